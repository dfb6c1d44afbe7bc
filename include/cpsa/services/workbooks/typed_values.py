"""Values that an agency typed: read from a file it sent, and its entries checked before they are recorded.

So that the form in a browser shows again what was sent before, by whatever channel.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.framework.agency_table import AgencyTable
from cpsa.intake.readers import entries_reader
from cpsa.intake.readers.read_update import read_table_file, read_update
from cpsa.intake.readers.workbook.workbook_update import WorkbookUpdate
from cpsa.services.app_context import AppContext
from cpsa.services.examination.judge_file import find_file_table
from cpsa.services.quarter.agency_quarter import AgencyQuarter, SubmissionSummary
from cpsa.store.database import read_transaction
from cpsa.store.queries import table_queries
from cpsa.store.queries.stored_submissions import StoredSubmissions
from cpsa.submissions.state import SubmissionState
from cpsa.submissions.update import MISPLACED, Unreadable, Update
from cpsa.template.filled_values import FilledValues

EntryRemark = tuple[str, int, RequestError]
"""Of a row of entries: its kind, which row of it (from 0), and what there is to say about it."""


def load_newest_values(context: AppContext, account: AgencyQuarter) -> FilledValues:
    """Return the values in the newest file with figures, as typed; none where it cannot be read.

    Of each table the rows of the newest file since then that has some, else the rows that count.
    """
    framework = context.load_framework(account.quarter)
    values, newer = FilledValues(), list[FilledValues]()
    for received in reversed(account.submissions):
        table = find_file_table(received.file_name, framework, account.form)
        if table is None:
            values = load_typed_values(context, received)
            break
        newer.append(_load_typed_rows(context, received, table))
    tables = framework.form_tables(account.form)
    if not tables:
        return values
    counting = _load_counting_rows(context, account, tables)
    return _take_tables(values, [*newer, values, counting], tables)


def _take_tables(
    values: FilledValues, sources: Sequence[FilledValues], tables: Sequence[AgencyTable]
) -> FilledValues:
    """The values with the rows of each table from the first of the sources that gives it."""
    rows: dict[str, Sequence[Mapping[str, str]]] = {}
    places: dict[tuple[str, str], int] = {}
    for table in tables:
        for source in sources:
            given = source.tables.get(table.code, ())
            if not all(map(table.is_stub, given)):
                rows[table.code] = given
                places |= {
                    key: row for key, row in source.row_places.items() if key[0] == table.code
                }
                break
    return replace(values, tables=rows, row_places=places)


def _load_typed_rows(
    context: AppContext, received: SubmissionSummary, table: AgencyTable
) -> FilledValues:
    """Return the rows of a received CSV of a table, as typed; none where it cannot be read."""
    found = read_table_file(context.read_received_bytes(received.sha256), table)
    return FilledValues() if isinstance(found, Unreadable) else collect_typed_values(found)


def _load_counting_rows(
    context: AppContext, account: AgencyQuarter, tables: Sequence[AgencyTable]
) -> FilledValues:
    """Return the rows that count for the quarter, as they can be typed again."""
    with read_transaction(context.engine) as connection:
        stored = StoredSubmissions.load(connection, account.quarter.key, [account.agency])
        accepted = [
            row
            for row in stored.for_quarter(account.quarter.key)
            if row.state == SubmissionState.ACCEPTED
        ]
        found = table_queries.load_counting_tables(connection, accepted).get(account.agency, {})
    return FilledValues(
        tables={
            table.code: [
                {
                    column.code: row.values[column.code].format_typed()
                    for column in table.filled_columns
                    if column.code in row.values
                }
                for row in found.get(table.code, ())
            ]
            for table in tables
        }
    )


def load_typed_values(context: AppContext, received: SubmissionSummary) -> FilledValues:
    """Return the values in a received file, as typed; none where it cannot be read."""
    found = read_update(context.read_received_bytes(received.sha256))
    return FilledValues() if isinstance(found, Unreadable) else collect_typed_values(found)


def collect_typed_values(found: Update | WorkbookUpdate) -> FilledValues:
    """Return the values that a reader found in a file, for filling a template or a form."""
    update = found.update if isinstance(found, WorkbookUpdate) else found
    values: dict[tuple[str, str], str] = {}
    for cell in update.cells:
        if cell.doubt in MISPLACED:
            continue  # the value may be that of another figure
        values.setdefault((cell.indicator, cell.dimension), cell.text)
    tables = {
        table.code: [{code: value.text for code, value in row.items()} for _, row in table.rows]
        for table in update.tables
    }
    places = {
        (table.code, place): number
        for table in update.tables
        for number, (row_place, row) in enumerate(table.rows)
        for place in (row_place, *(value.place for value in row.values()))
    }
    if not isinstance(found, WorkbookUpdate):
        is_nil = update.nil is not None
        return FilledValues(values, is_nil, tables=tables, row_places=places)
    entries: dict[str, list[Mapping[str, str]]] = {}
    for row in found.entries:
        entries.setdefault(row.kind, []).append(row.values)
    explanations = {explanation.about: explanation.text for explanation in found.explanations}
    return FilledValues(
        values, update.nil is not None, explanations, entries, found.officer, tables, places
    )


def find_entry_problems(
    context: AppContext, agency: str, quarter: Quarter, filled: FilledValues
) -> Sequence[EntryRemark]:
    """Return the entries that could not be used: kind, which row of it (from 0), and why.

    The error names neither file nor place: the caller knows the row's name.
    """
    return [
        (kind, number, problem)
        for kind, number, read in _read_entries(context, agency, quarter, filled)
        for problem in read.problems
    ]


def find_entry_notices(
    context: AppContext, agency: str, quarter: Quarter, filled: FilledValues
) -> Sequence[EntryRemark]:
    """Return what of the entries that can be used was not read as typed, or is in none of the lists."""
    return [
        (kind, number, notice)
        for kind, number, read in _read_entries(context, agency, quarter, filled)
        for notice in read.notices
    ]


def _read_entries(
    context: AppContext, agency: str, quarter: Quarter, filled: FilledValues
) -> Iterator[tuple[str, int, entries_reader.Entries]]:
    with read_transaction(context.engine) as connection:
        codes = context.load_entry_codes(connection)
    owner = {"agency": agency, "quarter": quarter.key}
    for kind, rows in filled.entries.items():
        for number, row in enumerate(rows):
            line = {**dict.fromkeys(entries_reader.COLUMNS, ""), **row}
            if any(text.strip() for text in line.values()):
                whole = {**line, **owner, "kind": kind}
                yield kind, number, entries_reader.select_usable_rows([("", whole)], "", codes)
