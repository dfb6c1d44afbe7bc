"""The workbooks that are sent to an agency: the template, and its own update with the faults marked."""

from __future__ import annotations

from datetime import date

from cpsa.calendar import Quarter, last_day_before
from cpsa.errors import RequestError
from cpsa.framework.model import Framework
from cpsa.framework.rule_guide import rule_address
from cpsa.i18n.text import Text
from cpsa.intake.file_guard.containers import FileKind
from cpsa.intake.file_guard.inspect_file import inspect_file
from cpsa.intake.file_guard.unwrap_zip import unwrap_zip
from cpsa.intake.readers.workbook import defined_names
from cpsa.intake.readers.workbook.workbook_reader import SUFFIXES, read_workbook
from cpsa.intake.readers.workbook.workbook_update import WorkbookUpdate
from cpsa.services.app_context import AppContext
from cpsa.services.examination.explain_warnings import load_findings
from cpsa.services.quarter.due_dates import find_agency_due_date
from cpsa.services.workbooks.typed_values import collect_typed_values
from cpsa.store.database import read_transaction
from cpsa.store.queries import explanation_queries, submission_queries
from cpsa.store.queries import registry_queries as registries
from cpsa.store.queries.stored_submissions import StoredSubmissions
from cpsa.submissions.finding import Finding, describe_correction, describe_finding
from cpsa.submissions.open_finding import open_findings
from cpsa.submissions.state import SubmissionState
from cpsa.submissions.update import MISPLACED
from cpsa.template.filled_values import FilledValues
from cpsa.template.marked_copy import marking_process
from cpsa.template.marked_copy.fault_mark import FaultMark
from cpsa.template.marked_copy.marked_workbook import mark_workbook_cells
from cpsa.template.template_context import TemplateAgency, TemplateContext
from cpsa.template.write_template import write_template

_CORRECTED_IN_PLACE = (SubmissionState.RETURNED, SubmissionState.ACCEPTED)
# The only fault of an update as a whole that has its own input: the tick.
_TICK_WITH_FIGURES = "nil_with_figures"
_OTHER_AGENCY_OR_QUARTER = "other_agency_or_quarter"


def build_template(
    context: AppContext, agency: str, quarter: Quarter, due_day: date | None = None
) -> bytes:
    """Build the workbook of one agency for one quarter; the same bytes while nothing changed.

    ``due_day``: the last day in time, where a letter states one that is not in the store yet.
    RequestError for an agency that the registry does not know or of which no update is due then.
    """
    return build_filled_template(context, agency, quarter, FilledValues(), due_day)


def build_filled_template(
    context: AppContext,
    agency: str,
    quarter: Quarter,
    filled: FilledValues,
    due_day: date | None = None,
) -> bytes:
    """Build the same workbook with the agency's earlier values in its inputs."""
    return write_template(build_template_context(context, agency, quarter, filled, due_day))


def build_template_context(
    context: AppContext,
    agency: str,
    quarter: Quarter,
    filled: FilledValues,
    due_day: date | None = None,
) -> TemplateContext:
    """Return what the workbook is built from; the form in the browser is built from the same."""
    with read_transaction(context.engine) as connection:
        load_id = registries.find_load_of_quarter(connection, quarter.key)
        registry = context.load_registry(connection, load_id)
        rows = registry.active_in(quarter.key).set_index("code")
        if agency not in rows.index:
            raise RequestError("cycle.owes_nothing", value=agency, quarter=quarter.key)
        before = StoredSubmissions.load(connection, quarter.key, [agency]).accepted_before(
            quarter.key
        )
        latest = before[-1:]
        facts = submission_queries.load_facts(connection, [submission.id for submission in latest])
        due_by = find_agency_due_date(connection, quarter, agency).due_by
    row = rows.loc[agency]
    targets = registry.targets
    targets = targets[(targets["agency"] == agency) & (targets["quarter"] == quarter.key)]
    return TemplateContext(
        agency=TemplateAgency(
            agency, row["form"], Text(row["name_en"], row["name_hi"]), row["language"]
        ),
        quarter=quarter,
        due_day=due_day or last_day_before(due_by),
        framework=context.load_framework(quarter),
        reference=context.reference,
        key=context.seal_key,
        last={
            (fact.indicator, fact.dimension): int(fact.hundredths) for fact in facts.itertuples()
        },
        last_quarter=Quarter.parse(latest[0].quarter) if latest else None,
        targets=dict(zip(targets["indicator"], targets["hundredths"].astype(int), strict=True)),
        filled=filled,
    )


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
    marks = [_make_mark(finding, framework, language, portal_url) for finding in to_mark]
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
    return mark_workbook_cells(fresh, marks, language)


def _make_mark(
    finding: Finding, framework: Framework, language: str, portal_url: str | None
) -> FaultMark:
    return FaultMark(
        rule=finding.rule,
        must_correct=finding.blocks,
        message=describe_finding(finding, framework, language),
        correction=describe_correction(finding, framework, language),
        name=_find_input_name(finding, framework),
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
