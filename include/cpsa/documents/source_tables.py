"""Sources of figures, agency by agency: its updates, its figures by quarter, its baselines.

What must not go here: which of them are called for (``source_needs``).
"""

from __future__ import annotations

from collections.abc import Iterator

from cpsa import messages
from cpsa.calendar import IST, Quarter
from cpsa.documents import source_needs as at
from cpsa.documents.linked import Anchored, Linked, LinkedColumn
from cpsa.documents.model import Block, Cell, CellKind, Subheading, Table
from cpsa.documents.origin import Amount, What
from cpsa.documents.parts import code, column, message, number, own_words, plain, present, table
from cpsa.documents.resting import Part, Resting
from cpsa.documents.source_needs import Needs, Span
from cpsa.documents.words import NONE, Words
from cpsa.framework import TOTAL, Indicator


def agencies(words: Words, resting: Resting, needs: Needs) -> Iterator[Block]:
    """Everything that is called for of each agency."""
    known = words.snapshot.agencies
    others = sorted(set(needs.agencies) - set(known))
    for agency in (*(one for one in known if one in needs.agencies), *others):
        blocks = [block for block in _of_agency(words, resting, needs, agency) if block is not None]
        if blocks:
            yield Subheading(words.agency_with_code(agency))
            yield from blocks


def _of_agency(words: Words, resting: Resting, needs: Needs, agency: str) -> Iterator[Table | None]:
    quarters = needs.quarters(agency, resting)
    yield _updates(words, resting, agency, quarters)
    yield _findings(words, resting, agency, quarters)
    yield _figures(words, resting, needs, agency, quarters)
    if needs.agencies[agency].baselines:
        yield _baselines(words, agency)


def _updates(
    words: Words, resting: Resting, agency: str, quarters: tuple[str, ...]
) -> Table | None:
    versions, checks = resting.versions(agency), resting.checks(agency)
    rows, ids = [], []
    for quarter in quarters:
        told = "; ".join(
            words(
                "source.received",
                version=version,
                day=words.day(received_at),
                time=f"{received_at.astimezone(IST):%H:%M}",
            )
            for version, received_at in versions.get(quarter, ())
        )
        passed = NONE
        if held := checks.get(quarter):
            passed = words("source.passed", passed=held.passed, rules=held.rules)
        rows.append((code(quarter), plain(told or NONE), plain(passed)))
        ids.append(at.of_update(agency, quarter))
    if not rows:
        return None
    columns = (
        column(words("quarter"), 0),
        column(words("source.update"), 3),
        column(words("source.checks"), 3),
    )
    bodies = (Anchored(tuple(rows), ids=tuple(ids)),)
    return table(words("source.updates"), columns, bodies=bodies, dense=True)


def _findings(
    words: Words, resting: Resting, agency: str, quarters: tuple[str, ...]
) -> Table | None:
    checks = resting.checks(agency)
    rows = [
        (
            code(quarter),
            code(row.rule),
            plain(message(words, row)),
            plain(words("source.waived")) if row.waived else own_words(row.explanation),
        )
        for quarter in quarters
        for row in (checks[quarter].findings if quarter in checks else ())
    ]
    if not rows:
        return None
    columns = (
        column(words("quarter"), 0),
        column(words("findings.rule"), 0),
        column(words("findings.message"), 5),
        column(words("findings.explanation"), 3),
    )
    return table(words("source.found"), columns, rows, dense=True)


def _figures(
    words: Words, resting: Resting, needs: Needs, agency: str, quarters: tuple[str, ...]
) -> Table | None:
    """A row for each figure, and for its target; columns for quarters and for sums."""
    own = needs.agencies[agency]
    called = [span for held in (own.actual, own.target) for some in held.values() for span in some]
    spans = sorted({span for span in called if span[0] != span[1]})
    rows, ids = [], []
    for one in words.snapshot.framework.indicators:
        for dimension in (TOTAL, *one.dimensions):
            place = one.code, dimension
            if place in own.actual:
                held = own.actual[place]
                if row := _actual(words, resting, agency, one, dimension, held, quarters, spans):
                    rows.append(row)
                    ids.append(at.of_row(agency, place))
        if one.code in own.target:
            held = own.target[one.code]
            if row := _target(words, resting, agency, one, held, quarters, spans):
                rows.append(row)
                ids.append(at.of_target(agency, one.code))
    if not rows:
        return None
    columns = (
        column(agency, 0),  # stays in sight with the head of a long table
        column(words("indicator"), 4),
        *(LinkedColumn(one, figure=True, href=at.of_update(agency, one)) for one in quarters),
        *(column(span_in_words(words, span), figure=True) for span in spans),
    )
    bodies = (Anchored(tuple(rows), ids=tuple(ids)),)
    return table(words("source.figures"), columns, bodies=bodies, dense=True)


def _actual(
    words: Words,
    resting: Resting,
    agency: str,
    one: Indicator,
    dimension: str,
    called: set[Span],
    quarters: tuple[str, ...],
    spans: list[Span],
) -> tuple[Cell, ...] | None:
    facts = {row.quarter: row for row in resting.facts(agency).get((one.code, dimension), ())}
    if not facts:
        return None
    versions = resting.versions(agency)
    label = words.indicator(one.code)
    if dimension != TOTAL:
        label = f"{label}: {words.dimension(dimension)}"
    cells: list[Cell] = [code(one.code), plain(label)]
    for quarter in quarters:
        row = facts.get(quarter)
        if row is None or not any(since <= quarter <= until for since, until in called):
            cells.append(number(""))
            continue
        id = (
            at.of_cell(agency, (one.code, dimension), quarter)
            if (quarter, quarter) in called
            else ""
        )
        note = where(words, row)
        if len(versions[quarter]) > 1:  # only some indicators had been reopened
            note = words("source.version", place=note, version=int(row.version))
        text = words.in_full(row.hundredths, one.unit)
        cells.append(Linked(text, CellKind.FIGURE, id=id, note=note))
    for span in spans:
        amount = Amount(What.ACTUAL, one.code, dimension, agency, *span)
        cells.append(_sum(words, resting, amount, one.unit, span in called))
    return tuple(cells)


def _target(
    words: Words,
    resting: Resting,
    agency: str,
    one: Indicator,
    called: set[Span],
    quarters: tuple[str, ...],
    spans: list[Span],
) -> tuple[Cell, ...] | None:
    aims: dict[str, int] = {}
    for span in called:
        aims |= resting.plans(Amount(What.TARGET, one.code, TOTAL, agency, *span), agency)
    if not aims:
        return None
    cells: list[Cell] = [code(one.code), plain(words("source.aim"))]
    cells += [
        number(words.in_full(aims[quarter], one.unit) if quarter in aims else "")
        for quarter in quarters
    ]
    for span in spans:
        amount = Amount(What.TARGET, one.code, TOTAL, agency, *span)
        cells.append(_sum(words, resting, amount, one.unit, span in called))
    return tuple(cells)


def _sum(words: Words, resting: Resting, of: Amount, unit: str, called: bool) -> Cell:
    parts = resting.of(of).parts if called else ()
    return number(words.in_full(int(total(parts)), unit) if parts else "")


def total(parts: tuple[Part, ...]) -> float:
    return sum(part.value or 0 for part in parts)


def where(words: Words, row: object) -> str:
    """Sheet and cell, or line, of a figure; that a NIL return gave it."""
    place = str(getattr(row, "place", ""))
    told = messages.place(place, words.language) if present(place) else ""
    if getattr(row, "origin", "") == "nil":
        return ", ".join(filter(None, (words("source.nil"), told)))
    return told


def span_in_words(words: Words, span: Span) -> str:
    """A half-year or year by its key; what is to date by its last quarter."""
    since, until = span
    if not since:
        return words("source.to_date", quarter=until)
    first, last = Quarter.parse(since), Quarter.parse(until)
    for period in (first.half, first.year):
        if (period.first_quarter, period.last_quarter) == (first, last):
            return period.key
    return f"{since} – {until}"


def _baselines(words: Words, agency: str) -> Table | None:
    rows = words.snapshot.registry.baselines
    rows = rows[rows["agency"] == agency]
    known = words.snapshot.framework.by_code
    held = tuple(
        (
            code(row.indicator),
            plain(words.indicator(row.indicator)),
            number(words.in_full(row.hundredths, known[row.indicator].unit)),
            code(row.as_of),
        )
        for row in rows.itertuples(index=False)
        if row.indicator in known
    )
    if not held:
        return None
    columns = (
        column(words("code"), 0),
        column(words("indicator"), 4),
        column(words("figures.baseline"), figure=True),
        column(words("source.as_of"), 0),
    )
    bodies = (Anchored(held, id=f"{agency}.baselines"),)
    return table(words("source.baselines"), columns, bodies=bodies, dense=True)
