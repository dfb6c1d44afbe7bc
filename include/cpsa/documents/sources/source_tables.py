"""Sources of figures, agency by agency: its updates, its figures by quarter, its baselines.

What must not go here: which of them are needed (``source_needs``).
"""

from __future__ import annotations

from collections.abc import Iterator

from cpsa.calendar import Quarter
from cpsa.documents.blocks import code_cell, column, figure_cell, table, text_cell
from cpsa.documents.content_model import Block, Cell, CellKind, Subheading, Table
from cpsa.documents.document_text import DocumentText
from cpsa.documents.linked_blocks import AnchoredRows, LinkedCell, LinkedColumn
from cpsa.documents.sources import source_needs
from cpsa.documents.sources.source_needs import NeededSources, QuarterSpan
from cpsa.documents.sources.source_rows import make_answer_cell, make_baseline_rows
from cpsa.figures import NO_FIGURE
from cpsa.framework.model import TOTAL, Indicator
from cpsa.i18n import catalogue
from cpsa.provenance.check_summary import describe_finding
from cpsa.provenance.derivation import DerivationPart, DerivationResolver
from cpsa.provenance.origin import AmountKind, AmountOrigin
from cpsa.provenance.snapshot import has_value


def build_agency_sources(
    words: DocumentText, resolver: DerivationResolver, needs: NeededSources
) -> Iterator[Block]:
    """Everything that is needed of each agency."""
    known = words.snapshot.agencies
    unregistered = sorted(set(needs.agencies) - set(known))
    for agency in (*(key for key in known if key in needs.agencies), *unregistered):
        blocks = [
            block
            for block in _make_agency_tables(words, resolver, needs, agency)
            if block is not None
        ]
        if blocks:
            yield Subheading(words.agency_with_code(agency))
            yield from blocks


def _make_agency_tables(
    words: DocumentText, resolver: DerivationResolver, needs: NeededSources, agency: str
) -> Iterator[Table | None]:
    quarters = needs.list_quarters(agency, resolver)
    yield _make_update_table(words, resolver, agency, quarters)
    yield _make_finding_table(words, resolver, agency, quarters)
    yield _make_figure_table(words, resolver, needs, agency, quarters)
    if needs.agencies[agency].baselines:
        yield _make_baseline_table(words, agency)


def _make_update_table(
    words: DocumentText, resolver: DerivationResolver, agency: str, quarters: tuple[str, ...]
) -> Table | None:
    versions, checks = resolver.versions(agency), resolver.checks(agency)
    rows, ids = [], []
    for quarter in quarters:
        received = "; ".join(
            words(
                "source.received",
                version=version,
                day=words.day(received_at),
                time=words.time(received_at),
            )
            for version, received_at in versions.get(quarter, ())
        )
        passed = NO_FIGURE
        if check := checks.get(quarter):
            passed = words("source.passed", passed=check.passed, rules=check.rules)
        rows.append((code_cell(quarter), text_cell(received or NO_FIGURE), text_cell(passed)))
        ids.append(source_needs.make_update_anchor(agency, quarter))
    if not rows:
        return None
    columns = (
        column(words("quarter"), 0),
        column(words("source.update"), 3),
        column(words("source.checks"), 3),
    )
    bodies = (AnchoredRows(tuple(rows), ids=tuple(ids)),)
    return table(words("source.updates"), columns, bodies=bodies, dense=True)


def _make_finding_table(
    words: DocumentText, resolver: DerivationResolver, agency: str, quarters: tuple[str, ...]
) -> Table | None:
    checks = resolver.checks(agency)
    rows = [
        (
            code_cell(quarter),
            code_cell(row.rule),
            text_cell(describe_finding(words.snapshot, row, words.language)),
            make_answer_cell(words, row),
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


def _make_figure_table(
    words: DocumentText,
    resolver: DerivationResolver,
    needs: NeededSources,
    agency: str,
    quarters: tuple[str, ...],
) -> Table | None:
    """A row for each figure, and for its target; columns for quarters and for sums."""
    agency_needs = needs.agencies[agency]
    all_spans = [
        span
        for spans_by_key in (agency_needs.actual, agency_needs.target)
        for key_spans in spans_by_key.values()
        for span in key_spans
    ]
    spans = sorted({span for span in all_spans if span[0] != span[1]})
    rows, ids = [], []
    for indicator in words.snapshot.framework.indicators:
        for dimension in (TOTAL, *indicator.dimensions):
            place = indicator.code, dimension
            if place in agency_needs.actual:
                needed_spans = agency_needs.actual[place]
                if row := _make_actual_row(
                    words, resolver, agency, indicator, dimension, needed_spans, quarters, spans
                ):
                    rows.append(row)
                    ids.append(source_needs.make_row_anchor(agency, place))
        if indicator.code in agency_needs.target:
            needed_spans = agency_needs.target[indicator.code]
            if row := _make_target_row(
                words, resolver, agency, indicator, needed_spans, quarters, spans
            ):
                rows.append(row)
                ids.append(source_needs.make_target_anchor(agency, indicator.code))
    if not rows:
        return None
    columns = (
        column(agency, 0),  # stays in sight with the head of a long table
        column(words("indicator"), 4),
        *(
            LinkedColumn(
                quarter, figure=True, href=source_needs.make_update_anchor(agency, quarter)
            )
            for quarter in quarters
        ),
        *(column(format_span(words, span), figure=True) for span in spans),
    )
    bodies = (AnchoredRows(tuple(rows), ids=tuple(ids)),)
    return table(words("source.figures"), columns, bodies=bodies, dense=True)


def _make_actual_row(
    words: DocumentText,
    resolver: DerivationResolver,
    agency: str,
    indicator: Indicator,
    dimension: str,
    needed: set[QuarterSpan],
    quarters: tuple[str, ...],
    spans: list[QuarterSpan],
) -> tuple[Cell, ...] | None:
    facts = {
        row.quarter: row for row in resolver.facts(agency).get((indicator.code, dimension), ())
    }
    if not facts:
        return None
    versions = resolver.versions(agency)
    label = words.figure(indicator.code, dimension)
    cells: list[Cell] = [code_cell(indicator.code), text_cell(label)]
    for quarter in quarters:
        row = facts.get(quarter)
        if row is None or not any(since <= quarter <= until for since, until in needed):
            cells.append(figure_cell(""))
            continue
        id = (
            source_needs.make_cell_anchor(agency, (indicator.code, dimension), quarter)
            if (quarter, quarter) in needed
            else ""
        )
        note = describe_place(words, row)
        if len(versions[quarter]) > 1:  # only some indicators had been reopened
            note = words("source.version", place=note, version=int(row.version))
        text = words.in_full(row.hundredths, indicator.unit)
        cells.append(LinkedCell(text, CellKind.FIGURE, id=id, note=note))
    for span in spans:
        amount = AmountOrigin(AmountKind.ACTUAL, indicator.code, dimension, agency, *span)
        cells.append(
            _make_sum_cell(words, resolver, amount, indicator.unit, is_needed=span in needed)
        )
    return tuple(cells)


def _make_target_row(
    words: DocumentText,
    resolver: DerivationResolver,
    agency: str,
    indicator: Indicator,
    needed: set[QuarterSpan],
    quarters: tuple[str, ...],
    spans: list[QuarterSpan],
) -> tuple[Cell, ...] | None:
    targets: dict[str, int] = {}
    for span in needed:
        targets |= resolver.list_targets(
            AmountOrigin(AmountKind.TARGET, indicator.code, TOTAL, agency, *span), agency
        )
    if not targets:
        return None
    cells: list[Cell] = [code_cell(indicator.code), text_cell(words("source.aim"))]
    cells += [
        figure_cell(words.in_full(targets[quarter], indicator.unit) if quarter in targets else "")
        for quarter in quarters
    ]
    for span in spans:
        amount = AmountOrigin(AmountKind.TARGET, indicator.code, TOTAL, agency, *span)
        cells.append(
            _make_sum_cell(words, resolver, amount, indicator.unit, is_needed=span in needed)
        )
    return tuple(cells)


def _make_sum_cell(
    words: DocumentText,
    resolver: DerivationResolver,
    amount: AmountOrigin,
    unit: str,
    *,
    is_needed: bool,
) -> Cell:
    parts = resolver.resolve(amount).parts if is_needed else ()
    return figure_cell(words.in_full(int(sum_parts(parts)), unit) if parts else "")


def sum_parts(parts: tuple[DerivationPart, ...]) -> float:
    return sum(part.value or 0 for part in parts)


def describe_place(words: DocumentText, row: object) -> str:
    """Sheet and cell, or line, of a figure; also whether a NIL return gave it."""
    place = str(getattr(row, "place", ""))
    text = catalogue.describe_place(place, words.language) if has_value(place) else ""
    if getattr(row, "origin", "") == "nil":
        return ", ".join(filter(None, (words("source.nil"), text)))
    return text


def format_span(words: DocumentText, span: QuarterSpan) -> str:
    """A half-year or year by its key; what is to date by its last quarter."""
    since, until = span
    if not since:
        return words("source.to_date", quarter=until)
    first, last = Quarter.parse(since), Quarter.parse(until)
    for period in (first.half, first.year):
        if (period.first_quarter, period.last_quarter) == (first, last):
            return period.key
    return f"{since} – {until}"


def _make_baseline_table(words: DocumentText, agency: str) -> Table | None:
    rows = make_baseline_rows(words, agency)
    if not rows:
        return None
    columns = (
        column(words("code"), 0),
        column(words("indicator"), 4),
        column(words("figures.baseline"), figure=True),
        column(words("source.as_of"), 0),
    )
    bodies = (AnchoredRows(rows, id=f"{agency}.baselines"),)
    return table(words("source.baselines"), columns, bodies=bodies, dense=True)
