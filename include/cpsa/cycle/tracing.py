"""Following a table's code to the files its figures come from.

Takes the document's history as it stood when it was built, writes its content again and asks each
figure what it rests on. What must not go here: how the answer is shown.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from cpsa import documents
from cpsa.calendar import AnyPeriod, parse_period
from cpsa.cycle import snapshots
from cpsa.cycle.office import Office
from cpsa.cycle.snapshots import Taken
from cpsa.documents import DocumentKey, Kind, codes
from cpsa.documents.model import Cell, CellKind, Content, Section, Table
from cpsa.documents.parts import message, present
from cpsa.documents.resting import Part, Resting
from cpsa.documents.words import NONE, Words
from cpsa.errors import RequestError
from cpsa.store import closings, judgements
from cpsa.store import documents as shelf
from cpsa.store.database import reading
from cpsa.store.history import Mark

BLANK = ("", NONE)


@dataclass(frozen=True)
class Source:
    """One thing a figure rests on; ``what`` is named below ``trace.what``, ``value`` as printed."""

    what: str
    agency: str
    quarter: str
    named: str
    value: str
    version: int | None
    place: str


@dataclass(frozen=True)
class Figure:
    """A printed figure; row and column count from 1, a total is the last row. ``adds_up`` is None
    where it rests on nothing that was reported."""

    row: int
    column: int
    of: str
    under: str
    text: str
    adds_up: bool | None
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class Update:
    """A submission some figures stand in; ``findings`` with the agency's explanations."""

    agency: str
    quarter: str
    version: int
    file: str
    channel: str
    sha256: str
    received_at: datetime
    passed: int
    rules: int
    findings: tuple[str, ...]


@dataclass(frozen=True)
class Traced:
    """A table with its figures. ``edition`` of ``editions`` counts from the oldest, 1; ``current``:
    whether no quarter of it was closed anew since."""

    code: str
    reference: str
    title: str
    period: str
    section: str
    caption: str
    edition: int
    editions: int
    built_at: datetime
    as_of: datetime
    current: bool
    figures: tuple[Figure, ...]
    updates: tuple[Update, ...]

    @property
    def adds_up(self) -> bool:
        return all(one.adds_up is not False for one in self.figures)


def trace(
    office: Office,
    typed: str,
    language: str,
    figure: str | None = None,
    edition: int | None = None,
) -> Traced:
    """The table a code stands for, with all its figures or the one asked for.

    ``figure``: ``row,column``, or a text as printed, or part of the row's label. RequestError for a
    code, an edition or a figure there is not.
    """
    with reading(office.engine) as connection:
        kept, number = _document(connection, typed)
        held = shelf.editions_of(connection, kept.kind, kept.period, kept.subject)
    place = len(held) if edition is None else edition
    if not 1 <= place <= len(held):
        raise RequestError(
            "trace.no_edition", reference=kept.reference, edition=place, editions=len(held)
        )
    chosen = held[place - 1]
    period = parse_period(kept.period)
    taken = snapshots.take(office, period, Mark(**chosen.mark) if chosen.mark else None)
    key = DocumentKey(Kind(kept.kind), period, kept.subject, language, "html")
    said = documents.content(key, taken.snapshot)
    tables = list(_tables(said))
    if number > len(tables):
        raise RequestError(
            "trace.no_table",
            reference=kept.reference,
            number=number,
            edition=place,
            tables=len(tables),
            editions=len(held),
        )
    section, table = tables[number - 1]
    words = Words(taken.snapshot, language)
    resting = Resting(words)
    figures = tuple(_figures(resting, _chosen(table, figure)))
    with reading(office.engine) as connection:
        updates = tuple(_updates(connection, resting, taken, period, figures))
        current = _is_current(connection, period, taken.mark)
    return Traced(
        code=table.code,
        reference=kept.reference,
        title=said.title,
        period=kept.period,
        section=section.title,
        caption=table.caption,
        edition=place,
        editions=len(held),
        built_at=chosen.built_at,
        as_of=taken.snapshot.as_of,
        current=current,
        figures=figures,
        updates=updates,
    )


# Finding the document and the figure


def _document(connection: Connection, typed: str) -> tuple[Any, int]:
    """The document and the table's number in it, from a code or from ``REFERENCE-number``."""
    rows = shelf.references(connection)
    reference, _, number = typed.strip().rpartition("-")
    named = [row for row in rows if row.reference == reference]
    if named and number.isdigit() and int(number):
        return named[0], int(number)
    read = codes.read(typed)
    if read is None or not read[1]:
        raise RequestError("trace.no_code", value=repr(typed))
    by_code: dict[str, list[Any]] = {}
    for row in rows:
        if row.kind in _TRACED:
            by_code.setdefault(codes.of_document(row.reference), []).append(row)
    document, number_ = read
    found = by_code.get(document, [])
    if len(found) == 1:
        return found[0], number_
    if found:
        references = ", ".join(row.reference for row in found)
        example = f"{found[0].reference}-{number_:02d}"
        raise RequestError("trace.several", value=typed, references=references, example=example)
    near = difflib.get_close_matches(document, by_code, n=1, cutoff=0.6)
    if near:
        raise RequestError("trace.unknown_but", value=typed, near=f"{near[0]}-{number_:02d}")
    raise RequestError("trace.unknown", value=typed)


_TRACED = frozenset(kind for kind in Kind if kind not in (Kind.ATR, Kind.RESTATEMENT_NOTE))


def _tables(said: Content) -> Iterator[tuple[Section, Table]]:
    for section in said.sections:
        for block in section.blocks:
            if isinstance(block, Table):
                yield section, block


@dataclass(frozen=True)
class _Place:
    row: int
    column: int
    of: str
    under: str
    cell: Cell


def _chosen(table: Table, figure: str | None) -> list[_Place]:
    places = list(_places(table))
    if figure is None:
        return places
    asked = " ".join(figure.split())
    row, comma, column = asked.partition(",")
    found = [one for one in places if " ".join(one.cell.text.split()) == asked]
    if not found and comma and row.strip().isdigit() and column.strip().isdigit():
        at = int(row), int(column)
        found = [one for one in places if (one.row, one.column) == at]
    if not found and asked:
        found = [one for one in places if asked.casefold() in one.of.casefold()]
    if not found:
        rows = sum(len(body.rows) for body in table.bodies) + bool(table.total)
        params = {"rows": rows, "columns": len(table.columns)}
        raise RequestError("trace.no_figure", code=table.code, value=repr(figure), **params)
    return found


def _places(table: Table) -> Iterator[_Place]:
    """Every figure that is not blank."""
    rows = [(body.title, row) for body in table.bodies for row in body.rows]
    if table.total:
        rows.append(("", table.total))
    for row_number, (title, row) in enumerate(rows, 1):
        named = [cell.text for cell in row if cell.kind is not CellKind.FIGURE and cell.text]
        label = " · ".join(filter(None, (title, *named)))
        for number, (column, cell) in enumerate(zip(table.columns, row, strict=True), 1):
            if cell.kind is CellKind.FIGURE and cell.text not in BLANK:
                yield _Place(row_number, number, label, column.title, cell)


# What it rests on


def _figures(resting: Resting, places: Iterable[_Place]) -> Iterator[Figure]:
    for one in places:
        sources: tuple[Source, ...] = ()
        adds_up = None
        if one.cell.origin is not None:
            rests = resting.of(one.cell.origin)
            sources = tuple(_source(resting.words, part) for part in rests.parts)
            adds_up = rests.adds_up(one.cell.text)
        yield Figure(one.row, one.column, one.of, one.under, one.cell.text, adds_up, sources)


def _source(words: Words, part: Part) -> Source:
    row = part.row
    version = getattr(row, "version", None)
    place = getattr(row, "place", "")
    return Source(
        what=part.what,
        agency=part.agency,
        quarter=part.quarter,
        named=_named(words, part),
        value=_value(words, part),
        version=int(version) if version is not None and present(version) else None,
        place=str(place) if present(place) else "",
    )


def _named(words: Words, part: Part) -> str:
    """What a source is about: indicator and dimension, group, rule, theme, number."""
    row = part.row
    match part.what:
        case "group":
            return words.group(part.group)
        case "findings":
            return " ".join(filter(None, (row.rule, row.indicator, row.dimension)))
        case "entries":
            return words.theme(row.theme)
        case "actions":
            return str(row.number)
    if part.dimension:
        return f"{part.indicator} {words.dimension(part.dimension)}"
    return part.indicator


def _value(words: Words, part: Part) -> str:
    value, row = part.value, part.row
    match part.what:
        case "group" | "achievement":
            return f"{words.score(value)} × {part.weight:g}"
        case "state":
            return words.state(row.state)
        case "scores":
            return words.status_of(row)
        case "findings" | "actions" | "closings" | "entries":
            if value is None or value == 1:
                return ""
            return words.in_full(int(value), "inr") if _is_amount(row, value) else str(value)
    known = words.snapshot.framework.by_code.get(part.indicator)
    if known is None:
        return words.number(int(value or 0))
    return words.in_full(None if value is None else int(value), known.unit)


def _is_amount(row: Any, value: float) -> bool:
    """Whether a value is the row's amount rather than its number of people."""
    return bool(present(row.amount) and int(row.amount) == value)


def _updates(
    connection: Connection,
    resting: Resting,
    taken: Taken,
    period: AnyPeriod,
    figures: Sequence[Figure],
) -> Iterator[Update]:
    """The submissions the figures stand in, each once, by quarter, agency and version."""
    wanted = sorted(
        {
            (source.quarter, source.agency, source.version)
            for figure in figures
            for source in figure.sources
            if source.version
        }
    )
    agencies = {agency for _, agency, _ in wanted}
    until = period.last_quarter.key
    rows = judgements.submissions(connection, until, agencies=agencies, at=taken.mark)
    sent = {(row.quarter, row.agency, row.version): row for row in rows}
    for one in wanted:
        row = sent.get(one)
        if row is None:
            continue
        checks = resting.checks(row.agency).get(row.quarter)
        yield Update(
            *(row.agency, row.quarter, int(row.version), row.file_name, row.channel, row.sha256),
            received_at=row.received_at,
            passed=checks.passed if checks else 0,
            rules=checks.rules if checks else 0,
            findings=tuple(_finding(resting.words, held) for held in checks.findings)
            if checks
            else (),
        )


def _finding(words: Words, row: Any) -> str:
    told = f"{row.rule}: {message(words, row)}"
    if row.waived:
        return f"{told} ({words('source.waived')})"
    return f"{told} – {row.explanation}" if present(row.explanation) else told


def _is_current(connection: Connection, period: AnyPeriod, mark: Mark) -> bool:
    until = period.last_quarter.key
    now = closings.latest_closings(connection, until, None)
    return set(now["id"]) == set(closings.latest_closings(connection, until, mark)["id"])
