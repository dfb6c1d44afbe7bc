"""The action taken report form of one department: which actions it lists, and the text of each row.

What belongs here: choosing and wording the rows. What must not: how the workbook looks or is
sealed (``template.report_form``).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time

from cpsa.actions.decision import Decision
from cpsa.actions.promise_text import add_promise
from cpsa.actions.status import ActionStatus
from cpsa.calendar import IST, HalfYear, Quarter
from cpsa.documents.blocks import URGENCIES
from cpsa.documents.document_key import DocumentKey
from cpsa.documents.document_text import DocumentText
from cpsa.documents.parameters import DocumentParameters
from cpsa.documents.policy_actions.action_selection import ActionSelection
from cpsa.errors import RequestError
from cpsa.figures import NO_FIGURE
from cpsa.i18n.catalogue import text
from cpsa.i18n.text import LANGUAGES, Text
from cpsa.provenance.snapshot import Snapshot, to_single_line
from cpsa.template.report_form.report_form_context import ReportFormContext, ReportFormRow
from cpsa.template.report_form.report_form_writer import write_report_form


def render_report_form(
    key: DocumentKey, snapshot: Snapshot, parameters: DocumentParameters, seal_key: bytes
) -> bytes:
    """The form as an .xlsx; RequestError where the department has nothing to answer."""
    half, department = key.period, key.subject
    departments = snapshot.reference.departments
    if not isinstance(half, HalfYear) or department not in departments:
        raise RequestError("documents.no_document", path=key.path)
    words_by_language = {language: DocumentText(snapshot, language) for language in LANGUAGES}
    selection = ActionSelection(words_by_language[key.language], half, parameters)
    lines = [_make_line(words_by_language, status) for status in selection.list_open(department)]
    if not lines:
        raise RequestError("actions.refused.nothing_open", department=department, half=half.key)
    return write_report_form(
        ReportFormContext(
            department=department,
            name=departments[department].name,
            half=half,
            reader=key.language,
            lines=lines,
            choices={decision.value: decision.label for decision in Decision},
            term_days=snapshot.reference.replies.term.days,
            made_at=_floor_to_day(snapshot.as_of),
            key=seal_key,
        )
    )


def _floor_to_day(as_of: datetime) -> datetime:
    """The beginning of the document's day: the file is the same whatever the hour of closing."""
    return datetime.combine(as_of.astimezone(IST).date(), time(), IST)


def _make_line(words_by_language: dict[str, DocumentText], status: ActionStatus) -> ReportFormRow:
    row = status.action

    def both(describe: Callable[[DocumentText], str]) -> Text:
        return Text.from_function(lambda language: describe(words_by_language[language]))

    def due(words: DocumentText) -> str:
        if status.due is None:
            term = words.number(words.snapshot.reference.replies.term.days)
            return text("actions.form.not_sent", words.language, days=term)
        key = "late" if status.late else "in_time"
        return text(f"actions.form.{key}", words.language, day=words.day(status.due))

    def last(words: DocumentText) -> str:
        decision = words(f"decision.{status.decision}")
        if status.decided_at is None:
            return decision
        day = words.day(status.decided_at)
        last_on = text("actions.form.last_on", words.language, decision=decision, day=day)
        return add_promise(last_on, status, words.language)

    def urgency(words: DocumentText) -> str:
        return words(f"urgency.{row.urgency}") if row.urgency in URGENCIES else NO_FIGURE

    return ReportFormRow(
        number=row.number,
        raised=both(lambda words: words.period(Quarter.parse(row.quarter))),
        agencies=both(lambda words: words.agency_with_code(row.agency)),
        words=to_single_line(row.text),
        request=to_single_line(row.request),
        urgency=both(urgency),
        due=both(due),
        last=both(last),
    )
