"""The workbooks that are sent to an agency: the template, and its own update with the faults marked."""

from __future__ import annotations

from dataclasses import replace

from cpsa.calendar import Quarter
from cpsa.framework.model import Framework
from cpsa.framework.rule_guide import rule_address
from cpsa.intake.file_guard.containers import FileKind
from cpsa.intake.file_guard.inspect_file import inspect_file
from cpsa.intake.file_guard.unwrap_zip import unwrap_zip
from cpsa.intake.readers.workbook import defined_names
from cpsa.intake.readers.workbook.workbook_reader import SUFFIXES, read_workbook
from cpsa.intake.readers.workbook.workbook_update import WorkbookUpdate
from cpsa.services.app_context import AppContext
from cpsa.services.examination.current_findings import load_findings
from cpsa.services.workbooks.build_template import build_filled_template
from cpsa.services.workbooks.fresh_places import map_fresh_places
from cpsa.services.workbooks.typed_values import collect_typed_values
from cpsa.store.database import read_transaction
from cpsa.store.queries import explanation_queries
from cpsa.store.queries.stored_submissions import StoredSubmissions
from cpsa.submissions.entry_amounts import ENTRY_AMOUNT
from cpsa.submissions.finding import Finding, describe_correction, describe_finding
from cpsa.submissions.open_finding import open_findings
from cpsa.submissions.state import SubmissionState
from cpsa.submissions.update import MISPLACED
from cpsa.template.filled_values import FilledValues
from cpsa.template.marked_copy import marking_process
from cpsa.template.marked_copy.fault_mark import FaultMark
from cpsa.template.marked_copy.marked_workbook import mark_workbook_cells

_CORRECTED_IN_PLACE = (SubmissionState.RETURNED, SubmissionState.ACCEPTED)
# The only fault of an update as a whole that has its own input: the tick.
_TICK_WITH_FIGURES = "nil_with_figures"
_CELL_MARK = "!"  # in the place of a cell; that of a line of a CSV has none
_OTHER_AGENCY_OR_QUARTER = "other_agency_or_quarter"


def mark_workbook(
    context: AppContext, agency: str, quarter: Quarter, version: int, language: str
) -> bytes | None:
    """Mark one version of an agency's workbook with each fault and each open question marked, as .xlsx.

    None where there is nothing to mark: a CSV, a file nobody could read or has examined, one
    without findings. The agency's own file comes back when it is an .xlsx that can be corrected in
    place; else a fresh template with what was understood of it.
    """
    framework = context.load_framework(quarter)
    with read_transaction(context.engine) as connection:
        own = StoredSubmissions.load(connection, quarter.key, [agency]).for_quarter(quarter.key)
        row = next((submission for submission in own if submission.version == version), None)
        if row is None or row.examination_id is None:
            return None
        findings = load_findings(connection, [row.examination_id])
        explanations = explanation_queries.load_explanations(connection, quarter.key, [agency])
    to_mark = open_findings(findings, explanations, framework)
    content = unwrap_zip(context.read_received_bytes(row.sha256)) if to_mark else b""
    kind = inspect_file(content)
    if kind not in SUFFIXES:
        return None
    portal_url = context.settings.portal_url
    marks = [make_mark(finding, framework, language, portal_url) for finding in to_mark]
    update = read_workbook(content)
    if not isinstance(update, WorkbookUpdate):
        return None
    misplaced = any(cell.doubt in MISPLACED for cell in update.update.cells)
    in_place = kind is FileKind.XLSX and row.state in _CORRECTED_IN_PLACE and not misplaced
    if in_place and (marked := marking_process.mark_in_process(content, marks, language)):
        return marked
    is_own = all(
        framework.rules[finding.rule].kind != _OTHER_AGENCY_OR_QUARTER for finding in to_mark
    )
    fresh = build_filled_template(
        context, agency, quarter, collect_typed_values(update) if is_own else FilledValues()
    )
    if any(mark.place for mark in marks):
        places = map_fresh_places(update, fresh)
        marks = [replace(mark, place=places.get(mark.place, "")) for mark in marks]
    return mark_workbook_cells(fresh, marks, language)


def make_mark(
    finding: Finding, framework: Framework, language: str, portal_url: str | None
) -> FaultMark:
    """A mark at the input that a finding is about; about a table's value or an entry, at the cell of the agency's file."""
    in_table = framework.find_table_column(finding.indicator) is not None or (
        finding.indicator == ENTRY_AMOUNT and _CELL_MARK in finding.place
    )
    return FaultMark(
        rule=finding.rule,
        must_correct=finding.blocks,
        message=describe_finding(finding, framework, language),
        correction=describe_correction(finding, framework, language),
        name="" if in_table else _find_input_name(finding, framework),
        place=finding.place if in_table else "",
        address=rule_address(portal_url, finding.rule, language),
    )


def _find_input_name(finding: Finding, framework: Framework) -> str:
    """Find the defined name of the input in which a finding is corrected or explained; "" for none."""
    if finding.indicator in framework.by_code:
        return defined_names.input_name(finding.indicator, finding.dimension)
    if finding.indicator in framework.groups:
        return defined_names.note_name(finding.indicator)
    if framework.rules[finding.rule].kind == _TICK_WITH_FIGURES:
        return defined_names.NIL
    return "" if finding.severity == "error" else defined_names.GENERAL_NOTE
