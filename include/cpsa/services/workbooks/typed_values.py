"""Values that an agency typed: read from a file it sent, and its entries checked before they are recorded.

So that the form in a browser shows again what was sent before, by whatever channel.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.intake.readers import entries_reader
from cpsa.intake.readers.read_update import read_update
from cpsa.intake.readers.workbook.workbook_update import WorkbookUpdate
from cpsa.services.app_context import AppContext
from cpsa.services.examination.judge_file import find_file_table
from cpsa.services.quarter.agency_quarter import AgencyQuarter, SubmissionSummary
from cpsa.store.database import read_transaction
from cpsa.submissions.update import MISPLACED, Unreadable, Update
from cpsa.template.filled_values import FilledValues


def load_newest_values(context: AppContext, account: AgencyQuarter) -> FilledValues:
    """Return the values in the newest file with figures, as typed; none where it cannot be read."""
    framework = context.load_framework(account.quarter)
    for received in reversed(account.submissions):
        if find_file_table(received.file_name, framework, account.form) is None:
            return load_typed_values(context, received)
    return FilledValues()


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
    if not isinstance(found, WorkbookUpdate):
        return FilledValues(values, update.nil is not None)
    entries: dict[str, list[Mapping[str, str]]] = {}
    for row in found.entries:
        entries.setdefault(row.kind, []).append(row.values)
    explanations = {explanation.about: explanation.text for explanation in found.explanations}
    tables = {
        table.code: [{code: value.text for code, value in row.items()} for _, row in table.rows]
        for table in update.tables
    }
    return FilledValues(
        values, update.nil is not None, explanations, entries, found.officer, tables
    )


def find_entry_problems(
    context: AppContext, agency: str, quarter: Quarter, filled: FilledValues
) -> Sequence[tuple[str, int, RequestError]]:
    """Return the entries that could not be used: kind, which row of it (from 0), and why.

    The error names neither file nor place: the caller knows the row's name.
    """
    with read_transaction(context.engine) as connection:
        codes = context.load_entry_codes(connection)
    owner = {"agency": agency, "quarter": quarter.key}
    found: list[tuple[str, int, RequestError]] = []
    for kind, rows in filled.entries.items():
        for number, row in enumerate(rows):
            line = {**dict.fromkeys(entries_reader.HEADER, ""), **row}
            if any(text.strip() for text in line.values()):
                whole = {**line, **owner, "kind": kind}
                entries = entries_reader.select_usable_rows([("", whole)], "", codes)
                found += [(kind, number, problem) for problem in entries.problems]
    return found
