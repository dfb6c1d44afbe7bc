"""Tracing a table's code to the files its figures come from.

Takes the document's history as of its build, builds its content again and derives each
figure's sources. What must not go here: how the result is shown.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from cpsa.calendar import AnyPeriod, parse_period
from cpsa.documents.action_statuses import find_action_status
from cpsa.documents.cluster_profile import describe_figure_source
from cpsa.documents.content_model import Cell, CellKind, Content, Section, Table
from cpsa.documents.document_key import DocumentKey
from cpsa.documents.document_registry import build_content, get_kind
from cpsa.documents.document_text import DocumentText
from cpsa.documents.policy_actions.action_blocks import describe_timing
from cpsa.errors import RequestError
from cpsa.figures import NO_FIGURE
from cpsa.provenance import table_codes
from cpsa.provenance.check_summary import describe_finding
from cpsa.provenance.derivation import DerivationPart, DerivationResolver
from cpsa.provenance.snapshot import has_value
from cpsa.provenance.table_text import format_text_value
from cpsa.registry.cluster_register import MONEY_COLUMNS
from cpsa.services.app_context import AppContext
from cpsa.services.publication.take_snapshot import SnapshotWithInputs, take_snapshot
from cpsa.store.as_of import HistoryMark
from cpsa.store.database import read_transaction
from cpsa.store.queries import closing_queries, document_queries, examination_queries

BLANK = ("", NO_FIGURE)


@dataclass(frozen=True)
class TracedSource:
    """One source of a figure; ``what`` is named below ``trace.what``, ``value`` as printed."""

    what: str
    agency: str
    quarter: str
    named: str
    value: str
    version: int | None
    place: str


@dataclass(frozen=True)
class TracedFigure:
    """A printed figure; row and column count from 1, a total is the last row. ``adds_up`` is None
    where it has no reported source."""

    row: int
    column: int
    of: str
    under: str
    text: str
    adds_up: bool | None
    sources: tuple[TracedSource, ...]


@dataclass(frozen=True)
class TracedSubmission:
    """A submission that contains some of the figures; ``findings`` with the agency's explanations."""

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
class TracedTable:
    """A table with its figures. ``edition`` of ``editions`` counts from the oldest, 1; ``current``:
    whether no quarter of it was closed again since."""

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
    figures: tuple[TracedFigure, ...]
    updates: tuple[TracedSubmission, ...]

    @property
    def adds_up(self) -> bool:
        return all(figure.adds_up is not False for figure in self.figures)


def trace_figure(
    context: AppContext,
    code: str,
    language: str,
    figure: str | None = None,
    edition: int | None = None,
) -> TracedTable:
    """Trace the table of a code, with all its figures or the requested one.

    ``figure``: ``row,column``, or a text as printed, or part of the row's label. RequestError for a
    code, an edition or a figure that does not exist.
    """
    with read_transaction(context.engine) as connection:
        kept, number = _find_document(connection, code)
        editions = document_queries.list_editions(connection, kept.kind, kept.period, kept.subject)
    edition_number = len(editions) if edition is None else edition
    if not 1 <= edition_number <= len(editions):
        raise RequestError(
            "trace.no_edition",
            reference=kept.reference,
            edition=edition_number,
            editions=len(editions),
        )
    chosen = editions[edition_number - 1]
    period = parse_period(kept.period)
    taken = take_snapshot(context, period, HistoryMark(**chosen.mark) if chosen.mark else None)
    key = DocumentKey(get_kind(kept.kind), period, kept.subject, language, "html")
    content = build_content(key, taken.snapshot)
    tables = list(_list_tables(content))
    if number > len(tables):
        raise RequestError(
            "trace.no_table",
            reference=kept.reference,
            number=number,
            edition=edition_number,
            tables=len(tables),
            editions=len(editions),
        )
    section, table = tables[number - 1]
    words = DocumentText(taken.snapshot, language)
    derivation = DerivationResolver(words.snapshot, words)
    figures = tuple(_trace_figures(derivation, words, _choose_figures(table, figure)))
    with read_transaction(context.engine) as connection:
        updates = tuple(_load_submissions(connection, derivation, words, taken, period, figures))
        current = _is_current(connection, period, taken.mark)
    return TracedTable(
        code=table.code,
        reference=kept.reference,
        title=content.title,
        period=kept.period,
        section=section.title,
        caption=table.caption,
        edition=edition_number,
        editions=len(editions),
        built_at=chosen.built_at,
        as_of=taken.snapshot.as_of,
        current=current,
        figures=figures,
        updates=updates,
    )


# Finding the document and the figure


def _find_document(connection: Connection, code: str) -> tuple[Any, int]:
    """Find the document and the table's number in it, from a code or from ``REFERENCE-number``."""
    rows = document_queries.list_references(connection)
    reference, _, number = code.strip().rpartition("-")
    named = [row for row in rows if row.reference == reference]
    if named and number.isdigit() and int(number):
        return named[0], int(number)
    parsed = table_codes.parse_table_code(code)
    if parsed is None or not parsed[1]:
        raise RequestError("trace.no_code", value=repr(code))
    by_code: dict[str, list[Any]] = {}
    for row in rows:
        if get_kind(row.kind).has_table_codes:
            by_code.setdefault(table_codes.make_document_code(row.reference), []).append(row)
    document, number_ = parsed
    found = by_code.get(document, [])
    if len(found) == 1:
        return found[0], number_
    if found:
        references = ", ".join(row.reference for row in found)
        example = f"{found[0].reference}-{number_:02d}"
        raise RequestError("trace.several", value=code, references=references, example=example)
    near = difflib.get_close_matches(document, by_code, n=1, cutoff=0.6)
    if near:
        raise RequestError("trace.unknown_but", value=code, near=f"{near[0]}-{number_:02d}")
    raise RequestError("trace.unknown", value=code)


def _list_tables(content: Content) -> Iterator[tuple[Section, Table]]:
    for section in content.sections:
        for block in section.blocks:
            if isinstance(block, Table):
                yield section, block


@dataclass(frozen=True)
class _FigureCell:
    row: int
    column: int
    row_label: str
    column_title: str
    cell: Cell


def _choose_figures(table: Table, figure: str | None) -> list[_FigureCell]:
    places = list(_list_figures(table))
    if figure is None:
        return places
    wanted = " ".join(figure.split())
    row, comma, column = wanted.partition(",")
    found = [place for place in places if " ".join(place.cell.text.split()) == wanted]
    if not found and comma and row.strip().isdigit() and column.strip().isdigit():
        at = int(row), int(column)
        found = [place for place in places if (place.row, place.column) == at]
    if not found and wanted:
        found = [place for place in places if wanted.casefold() in place.row_label.casefold()]
    if not found:
        rows = sum(len(body.rows) for body in table.bodies) + bool(table.total)
        params = {"rows": rows, "columns": len(table.columns)}
        raise RequestError("trace.no_figure", code=table.code, value=repr(figure), **params)
    return found


def _list_figures(table: Table) -> Iterator[_FigureCell]:
    """List every figure that is not blank."""
    rows = [(body.title, row) for body in table.bodies for row in body.rows]
    if table.total:
        rows.append(("", table.total))
    for row_number, (title, row) in enumerate(rows, 1):
        named = [cell.text for cell in row if not _is_traced(cell) and cell.text]
        label = " · ".join(filter(None, (title, *named)))
        for number, (column, cell) in enumerate(zip(table.columns, row, strict=True), 1):
            if _is_traced(cell) and cell.text not in BLANK:
                yield _FigureCell(row_number, number, label, column.title, cell)


def _is_traced(cell: Cell) -> bool:
    """A figure, or a date or text that leads to its source."""
    return cell.kind is CellKind.FIGURE or cell.origin is not None


# Sources of the figures


def _trace_figures(
    derivation: DerivationResolver, words: DocumentText, places: Iterable[_FigureCell]
) -> Iterator[TracedFigure]:
    for place in places:
        sources: tuple[TracedSource, ...] = ()
        adds_up = None
        if place.cell.origin is not None:
            derived = derivation.resolve(place.cell.origin)
            sources = tuple(_describe_source(words, part) for part in derived.parts)
            adds_up = derived.has_text(place.cell.text)
        yield TracedFigure(
            place.row,
            place.column,
            place.row_label,
            place.column_title,
            place.cell.text,
            adds_up,
            sources,
        )


def _describe_source(words: DocumentText, part: DerivationPart) -> TracedSource:
    row = part.row
    version = getattr(row, "version", None)
    place = getattr(row, "place", "")
    return TracedSource(
        what=part.kind,
        agency=part.agency,
        quarter=part.quarter,
        named=_describe_subject(words, part),
        value=_format_value(words, part),
        version=int(version) if version is not None and has_value(version) else None,
        place=str(place) if has_value(place) else "",
    )


def _describe_subject(words: DocumentText, part: DerivationPart) -> str:
    """Describe what a source is about: indicator and dimension, group, rule, theme, number."""
    row = part.row
    match part.kind:
        case "group":
            return words.group(part.group)
        case "findings":
            return " ".join(filter(None, (row.rule, row.indicator, row.dimension)))
        case "entries":
            return words.theme(row.theme)
        case "actions":
            return str(row.number)
        case "table_values":
            return " ".join(filter(None, (part.indicator, part.dimension)))
        case "cluster_figures":
            where = describe_figure_source(words, row.as_of, row.basis, row.source)
            return f"{row.cluster} {row.column}; {where}"
    if part.dimension:
        return f"{part.indicator} {words.dimension(part.dimension)}"
    return part.indicator


def _format_value(words: DocumentText, part: DerivationPart) -> str:
    value, row = part.value, part.row
    match part.kind:
        case "group" | "achievement":
            return f"{words.score(value)} × {part.weight:g}"
        case "state":
            return words.state(row.state)
        case "scores":
            return words.status_of(row)
        case "actions":
            return _describe_action_status(words, str(row.number))
        case "findings" | "closings" | "entries" | "publications":
            if value is None or value == 1:
                return ""
            return words.in_full(int(value), "inr") if _is_amount(row, value) else str(value)
        case "table_values":
            return _format_table_value(words, part)
        case "cluster_figures":
            unit = "inr" if part.indicator in MONEY_COLUMNS else "count"
            return words.in_full(int(value or 0), unit)
    known = words.snapshot.framework.by_code.get(part.indicator)
    if known is None:
        return words.number(int(value or 0))
    return words.in_full(None if value is None else int(value), known.unit)


def _format_table_value(words: DocumentText, part: DerivationPart) -> str:
    found = words.snapshot.framework.find_table_column(part.indicator)
    if found is None:
        return str(part.row.value)
    if found[1].is_figure:
        return words.in_full(None if part.value is None else int(part.value), found[1].type)
    return format_text_value(words.snapshot.reference, words, found[1], part.row.value)


def _describe_action_status(words: DocumentText, number: str) -> str:
    """The newest decision on an action, its dates, and the date that the department promised."""
    status = find_action_status(words.snapshot, number)
    return f"{words(f'decision.{status.decision}')}; {describe_timing(words, status)}"


def _is_amount(row: Any, value: float) -> bool:
    """Whether a value is the row's amount or rate rather than a number of people or units."""
    return any(has_value(paise) and int(paise) == value for paise in (row.amount, row.rate))


def _load_submissions(
    connection: Connection,
    derivation: DerivationResolver,
    words: DocumentText,
    taken: SnapshotWithInputs,
    period: AnyPeriod,
    figures: Sequence[TracedFigure],
) -> Iterator[TracedSubmission]:
    """Load the submissions that contain the figures, each once, by quarter, agency and version."""
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
    rows = examination_queries.load_submissions(
        connection, until, agencies=agencies, mark=taken.mark
    )
    sent = {(row.quarter, row.agency, row.version): row for row in rows}
    for key in wanted:
        row = sent.get(key)
        if row is None:
            continue
        checks = derivation.checks(row.agency).get(row.quarter)
        yield TracedSubmission(
            *(row.agency, row.quarter, int(row.version), row.file_name, row.channel, row.sha256),
            received_at=row.received_at,
            passed=checks.passed if checks else 0,
            rules=checks.rules if checks else 0,
            findings=tuple(_describe_finding(words, finding) for finding in checks.findings)
            if checks
            else (),
        )


def _describe_finding(words: DocumentText, row: Any) -> str:
    description = f"{row.rule}: {describe_finding(words.snapshot, row, words.language)}"
    if row.waived:
        return f"{description} ({words('source.waived')})"
    return f"{description} – {row.explanation}" if has_value(row.explanation) else description


def _is_current(connection: Connection, period: AnyPeriod, mark: HistoryMark) -> bool:
    until = period.last_quarter.key
    now = closing_queries.load_latest_closings(connection, until, None)
    return set(now["id"]) == set(
        closing_queries.load_latest_closings(connection, until, mark)["id"]
    )
