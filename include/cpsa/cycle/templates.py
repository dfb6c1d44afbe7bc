"""The workbooks that go out to an agency: the template, and its own update with the faults marked."""

from __future__ import annotations

from datetime import date

from cpsa.bilingual import Text
from cpsa.calendar import Quarter, last_day_before
from cpsa.check import Finding, explained
from cpsa.collect import door, marking, workbook
from cpsa.collect import template as workbook_template
from cpsa.collect.door import FileKind
from cpsa.collect.marking import Mark, apart
from cpsa.collect.template import Filled
from cpsa.collect.update import MISPLACED
from cpsa.collect.workbook import SUFFIXES, WorkbookUpdate, names
from cpsa.cycle.due_dates import agency_due_date
from cpsa.cycle.explaining import findings_in
from cpsa.cycle.office import Office
from cpsa.cycle.prefill import as_typed
from cpsa.cycle.standing import Standing
from cpsa.errors import RequestError
from cpsa.framework import Framework
from cpsa.rule_guide import rule_address
from cpsa.store import intake, judgements
from cpsa.store import registry as registries
from cpsa.store.database import reading
from cpsa.submissions.finding import mend, message
from cpsa.submissions.state import SubmissionState

_MENDED_IN_PLACE = (SubmissionState.RETURNED, SubmissionState.ACCEPTED)
# The only fault of an update as a whole that has an input of its own: the tick.
_TICK_WITH_FIGURES = "nil_with_figures"
_OTHER_AGENCY_OR_QUARTER = "other_agency_or_quarter"


def template(office: Office, agency: str, quarter: Quarter, due_day: date | None = None) -> bytes:
    """The workbook of one agency for one quarter; the same bytes while nothing changed.

    ``due_day``: the last day in time, where a letter states one that the store does not hold yet.
    RequestError for an agency that the registry does not know or that owes nothing then.
    """
    return filled_template(office, agency, quarter, Filled(), due_day)


def filled_template(
    office: Office, agency: str, quarter: Quarter, filled: Filled, due_day: date | None = None
) -> bytes:
    """The same workbook with what the agency has said already in its inputs."""
    return workbook_template.write(template_context(office, agency, quarter, filled, due_day))


def template_context(
    office: Office, agency: str, quarter: Quarter, filled: Filled, due_day: date | None = None
) -> workbook_template.Context:
    """What the workbook is made from; the form in the browser is made from the same."""
    with reading(office.engine) as connection:
        load_id = registries.load_of_quarter(connection, quarter.key)
        registry = office.registry(connection, load_id)
        rows = registry.active_in(quarter.key).set_index("code")
        if agency not in rows.index:
            raise RequestError("cycle.owes_nothing", value=agency, quarter=quarter.key)
        before = Standing.read(connection, quarter.key, [agency]).accepted_before(quarter.key)
        latest = before[-1:]
        facts = intake.facts_of(connection, [one.id for one in latest])
        due_by = agency_due_date(connection, quarter, agency).due_by
    row = rows.loc[agency]
    aims = registry.targets
    aims = aims[(aims["agency"] == agency) & (aims["quarter"] == quarter.key)]
    return workbook_template.Context(
        agency=workbook_template.Agency(
            agency, row["form"], Text(row["name_en"], row["name_hi"]), row["language"]
        ),
        quarter=quarter,
        due_day=due_day or last_day_before(due_by),
        framework=office.framework(quarter),
        reference=office.reference,
        key=office.seal_key,
        last={
            (fact.indicator, fact.dimension): int(fact.hundredths) for fact in facts.itertuples()
        },
        last_quarter=Quarter.parse(latest[0].quarter) if latest else None,
        targets=dict(zip(aims["indicator"], aims["hundredths"].astype(int), strict=True)),
        filled=filled,
    )


def marked_workbook(
    office: Office, agency: str, quarter: Quarter, version: int, language: str
) -> bytes | None:
    """One version of an agency's workbook with each fault and each open question marked, as .xlsx.

    None where there is nothing to mark: a CSV, a file nobody could read or has examined, one
    without findings. The agency's own file comes back when it is an .xlsx that can be mended in
    place; else a fresh template with what was understood of it.
    """
    framework = office.framework(quarter)
    with reading(office.engine) as connection:
        own = Standing.read(connection, quarter.key, [agency]).of(quarter.key)
        row = next((one for one in own if one.version == version), None)
        if row is None or row.examination_id is None:
            return None
        found = findings_in(connection, [row.examination_id])
        answered = explained(
            found, judgements.explanations(connection, quarter.key, [agency]), framework
        )
    asked = [one for one in found if not one.waived and one not in answered]
    content = door.unwrap(office.received_bytes(row.sha256)) if asked else b""
    kind = door.look(content)
    if kind not in SUFFIXES:
        return None
    portal_url = office.settings.portal_url
    marks = [_mark(one, framework, language, portal_url) for one in asked]
    update = workbook.read(content)
    if not isinstance(update, WorkbookUpdate):
        return None
    misplaced = any(cell.doubt in MISPLACED for cell in update.update.cells)
    in_place = kind is FileKind.XLSX and row.state in _MENDED_IN_PLACE and not misplaced
    if in_place and (done := apart.marked(content, marks, language)):
        return done
    is_own = all(framework.rules[one.rule].kind != _OTHER_AGENCY_OR_QUARTER for one in asked)
    fresh = filled_template(office, agency, quarter, as_typed(update) if is_own else Filled())
    return marking.marked(fresh, marks, language)


def _mark(finding: Finding, framework: Framework, language: str, portal_url: str | None) -> Mark:
    return Mark(
        rule=finding.rule,
        must=finding.blocks,
        message=message(finding, framework, language),
        mend=mend(finding, framework, language),
        name=_input_of(finding, framework),
        address=rule_address(portal_url, finding.rule, language),
    )


def _input_of(finding: Finding, framework: Framework) -> str:
    """The defined name of the input that a finding is mended or explained in; "" for none."""
    if finding.indicator in framework.by_code:
        return names.input_name(finding.indicator, finding.dimension)
    if finding.indicator in framework.groups:
        return names.note_name(finding.indicator)
    if framework.rules[finding.rule].kind == _TICK_WITH_FIGURES:
        return names.NIL
    return "" if finding.severity == "error" else names.GENERAL_NOTE
