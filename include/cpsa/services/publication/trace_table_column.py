"""Tracing a column of a table that an agency gave: every version, its file, values, cells and findings.

For values that no document shows, and for findings, which a version may have that gave no usable row.
What must not go here: tables of documents (``trace_figure``), or how the result is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from sqlalchemy import Connection

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.framework.agency_table import AgencyTable, TableColumn
from cpsa.framework.model import Framework
from cpsa.nearest_code import find_alike_code
from cpsa.provenance.table_text import format_text_value
from cpsa.services.app_context import AppContext
from cpsa.services.examination.current_findings import join_explanations
from cpsa.store.database import read_transaction
from cpsa.store.queries import examination_queries, table_queries
from cpsa.store.queries.examination_queries import SubmissionRecord
from cpsa.store.queries.stored_submissions import StoredSubmissions
from cpsa.submissions.finding import describe_finding
from cpsa.submissions.state import SubmissionState
from cpsa.submissions.table_rows import TableValue, make_column_code
from cpsa.translator import Translator


@dataclass(frozen=True)
class TracedCell:
    """A value, or what was found about one (``finding`` not blank), with the row's key and its place.

    ``text``: the value as printed; of a finding its message, with the agency's explanation.
    """

    row: str
    text: str
    place: str
    finding: str = ""


@dataclass(frozen=True)
class TracedVersion:
    """A version of the update. ``gave``: whether it gave the table; ``counts``: whether its rows count."""

    version: int
    state: str
    state_label: str
    file: str
    channel: str
    sha256: str
    received_at: datetime
    gave: bool
    counts: bool
    cells: tuple[TracedCell, ...]


@dataclass(frozen=True)
class TracedColumn:
    """A column of an agency's table for a quarter; ``versions`` with the oldest first."""

    agency: str
    quarter: str
    code: str
    label: str
    row: str
    versions: tuple[TracedVersion, ...]


def trace_table_column(
    context: AppContext, code: str, agency: str, quarter: Quarter, language: str, row: str = ""
) -> TracedColumn:
    """Trace ``table.column`` of an agency and quarter, in all rows or in those whose key contains ``row``.

    RequestError for a column that the agency's form does not have, without any version, or where no
    version has a value or finding in such a row.
    """
    with read_transaction(context.engine) as connection:
        framework = context.load_framework(quarter, connection)
        submissions = StoredSubmissions.load(connection, quarter.key, [agency])
        versions = submissions.versions.get((agency, quarter.key), ())
        if not versions:
            raise RequestError("trace.no_update", agency=agency, quarter=quarter.key)
        found = _find_column(framework, code)
        rows = table_queries.load_tables(
            connection, [(version.id, found[0].code) for version in versions]
        )
        counting = _find_counting(versions, {id_ for id_, _ in rows})
        findings = _load_findings(connection, framework, versions, code, language)
        formats = Translator(language)

        def list_cells(version: SubmissionRecord) -> Iterator[TracedCell]:
            for own in rows.get((version.id, found[0].code), ()):
                if (value := own.values.get(found[1].code)) is not None:
                    text = _format_value(context, formats, found[1], value)
                    yield TracedCell(own.key, text, value.place)
            yield from findings.get(version.examination_id, ())

        traced = tuple(
            TracedVersion(
                version.version,
                version.state,
                framework.state_labels[version.state].in_(language),
                version.file_name,
                version.channel,
                version.sha256,
                version.received_at,
                gave=(version.id, found[0].code) in rows,
                counts=version.id == counting,
                cells=tuple(_select_rows(list_cells(version), row)),
            )
            for version in versions
        )
    if row and not any(version.cells for version in traced):
        keys = dict.fromkeys(own.key for own in chain.from_iterable(rows.values()))
        raise RequestError("trace.no_row", code=code, value=repr(row), rows="; ".join(keys) or "–")
    label = ": ".join(part.label.in_(language) for part in found)
    return TracedColumn(agency, quarter.key, code, label, row, traced)


def _find_column(framework: Framework, code: str) -> tuple[AgencyTable, TableColumn]:
    found = framework.find_table_column(code)
    if found is not None:
        return found
    codes = [
        make_column_code(table.code, column)
        for table in framework.tables.values()
        for column in table.columns
    ]
    near = find_alike_code(code, codes)
    if near:
        raise RequestError("trace.no_column_but", value=repr(code), near=near)
    raise RequestError(
        "trace.no_column", value=repr(code), tables=", ".join(framework.tables) or "–"
    )


def _find_counting(versions: Sequence[SubmissionRecord], given: set[int]) -> int | None:
    """The id of the newest accepted version that gave the table."""
    ids = [
        version.id
        for version in versions
        if version.id in given and version.state == SubmissionState.ACCEPTED
    ]
    return ids[-1] if ids else None


def _load_findings(
    connection: Connection,
    framework: Framework,
    versions: Sequence[SubmissionRecord],
    code: str,
    language: str,
) -> Mapping[int | None, Sequence[TracedCell]]:
    """The findings about a column by examination, in the order in which they were found."""
    ids = [version.examination_id for version in versions if version.examination_id is not None]
    frame = examination_queries.load_findings(connection, ids, [])
    frame = frame[frame["indicator"] == code].reset_index(drop=True)
    frame = join_explanations(connection, frame, {versions[0].quarter: framework})
    cells: dict[int | None, list[TracedCell]] = {}
    for finding in frame.to_dict("records"):
        if finding["rule"] not in framework.rules:
            continue
        message = describe_finding(finding, framework, language)
        text = " – ".join(filter(None, (message, finding["explanation"])))
        cell = TracedCell(finding["dimension"], text, finding["place"], finding["rule"])
        cells.setdefault(int(finding["examination_id"]), []).append(cell)
    return cells


def _format_value(
    context: AppContext, formats: Translator, column: TableColumn, value: TableValue
) -> str:
    if column.is_figure:
        return formats.in_full(value.hundredths, column.type)
    return format_text_value(context.reference, formats, column, value.text)


def _select_rows(cells: Iterable[TracedCell], wanted: str) -> Iterator[TracedCell]:
    """Those of rows whose key contains a text, in any case; findings about a whole column, too."""
    sought = wanted.casefold()
    return (
        cell for cell in cells if sought in cell.row.casefold() or (cell.finding and not cell.row)
    )
