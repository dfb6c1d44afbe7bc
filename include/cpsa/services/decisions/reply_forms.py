"""A department's report form as it is now: its open actions, with what was typed into it.

What belongs here: the rows of the form in the browser, the workbook that an answer there is stored
as, and the marked form that is sent back. What must not: recording (``record_decisions``), and the form
that is sent with the documents (``report_form_content``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from cpsa.actions.answer_faults import describe_fault, describe_next_step
from cpsa.actions.answers import AnswerFault
from cpsa.actions.decision import Decision
from cpsa.actions.promise_text import add_promise
from cpsa.actions.status import ActionStatus
from cpsa.calendar import HalfYear, Quarter
from cpsa.i18n.catalogue import make_text, text
from cpsa.i18n.text import Text
from cpsa.intake.file_guard.containers import FileKind
from cpsa.intake.file_guard.inspect_file import inspect_file
from cpsa.intake.file_guard.unwrap_zip import unwrap_zip
from cpsa.provenance.snapshot import to_single_line
from cpsa.services.app_context import AppContext
from cpsa.services.decisions.load_action_statuses import read_action_statuses
from cpsa.store.database import read_transaction
from cpsa.store.stored_row import StoredRow
from cpsa.submissions.update import Unreadable
from cpsa.template.marked_copy import marking_process
from cpsa.template.marked_copy.fault_mark import FaultMark
from cpsa.template.marked_copy.marked_workbook import mark_workbook_cells
from cpsa.template.report_form.report_form_context import ReportFormContext, ReportFormRow
from cpsa.template.report_form.report_form_reader import read_report_form
from cpsa.template.report_form.report_form_writer import find_form_cell, write_report_form
from cpsa.translator import Translator

INPUTS = ("decision", "day", "promised", "remarks")
HOW_TEXT_KEY = "actions.marked.how"
_NO_TEXT = Text.untranslated("–")
_URGENCIES = ("high", "medium", "low")

Answers = Mapping[str, Mapping[str, str]]  # by number and column, as they were typed


@dataclass(frozen=True)
class OpenAction:
    """One action without a final decision, as its department reads it."""

    line: ReportFormRow
    status: ActionStatus

    @property
    def number(self) -> str:
        return self.line.number


def list_open_actions(
    context: AppContext, department: str, half: HalfYear, now: datetime
) -> tuple[OpenAction, ...]:
    """List the actions that a department has to answer, of a half-year and those before, most urgent first."""
    return tuple(
        action
        for action in _list_actions(context, department, half, now)
        if action.status.pending and action.status.counts
    )


def build_filled_form(
    context: AppContext,
    department: str,
    half: HalfYear,
    language: str,
    answers: Answers,
    post: str,
    now: datetime,
) -> bytes:
    """Build the sealed form with what was typed, as an .xlsx; rows of all open actions."""
    lines = [action.line for action in list_open_actions(context, department, half, now)]
    return write_report_form(
        _build_form_context(context, department, half, language, lines, answers, post, now)
    )


def build_marked_form(
    context: AppContext, report: StoredRow, language: str, now: datetime
) -> bytes | None:
    """Build a received form with each unrecorded row marked; None where there is none.

    The department's own file where it is an .xlsx; else a fresh form with what was typed.
    ``report``: a row of action_report.
    """
    faults = [AnswerFault(**problem) for problem in report.problems]
    if not faults:
        return None
    content = unwrap_zip(context.read_received_bytes(report.sha256))
    if inspect_file(content) is FileKind.XLSX:
        marks = [_make_mark(fault, fault.place, language) for fault in faults]
        if marked := marking_process.mark_in_process(content, marks, language, HOW_TEXT_KEY):
            return marked
    form = read_report_form(content)
    if isinstance(form, Unreadable):
        return None
    half = HalfYear.parse(report.half)
    answers = {
        answer.number: {column: getattr(answer, column) for column in INPUTS}
        for answer in reversed(form.answers)
    }
    lines = [
        action.line
        for action in _list_actions(context, report.department, half, now)
        if action.number in answers or (action.status.pending and action.status.counts)
    ]
    if not lines:
        return None
    form_context = _build_form_context(
        context, report.department, half, language, lines, answers, form.post, now
    )
    marks = [
        _make_mark(
            fault,
            find_form_cell(form_context, fault.number, fault.column or "decision"),
            language,
        )
        for fault in faults
    ]
    return mark_workbook_cells(write_report_form(form_context), marks, language, HOW_TEXT_KEY)


def _make_mark(fault: AnswerFault, place: str, language: str) -> FaultMark:
    return FaultMark(
        rule="ATR",
        must_correct=True,
        message=describe_fault(fault, language),
        correction=describe_next_step(fault, language),
        place=place,
    )


def _list_actions(
    context: AppContext, department: str, half: HalfYear, now: datetime
) -> Sequence[OpenAction]:
    with read_transaction(context.engine) as connection:
        statuses = read_action_statuses(context, connection, now)
        agencies = context.load_register(connection).agencies.set_index("code")
    own = [
        status
        for status in statuses
        if status.action.department == department and status.action.quarter <= half.last_quarter.key
    ]
    ordered = sorted(
        own, key=lambda status: (_rank_urgency(status.action.urgency), status.action.number)
    )
    return [OpenAction(_build_line(context, agencies, status), status) for status in ordered]


def _rank_urgency(urgency: str) -> int:
    return _URGENCIES.index(urgency) if urgency in _URGENCIES else len(_URGENCIES)


def _build_line(context: AppContext, agencies: pd.DataFrame, status: ActionStatus) -> ReportFormRow:
    action = status.action
    quarter = Quarter.parse(action.quarter)
    urgency = (
        make_text(f"documents.urgency.{action.urgency}") if _has_known_urgency(action) else _NO_TEXT
    )
    return ReportFormRow(
        number=action.number,
        raised=Text.from_function(quarter.label),
        agencies=_name_agency(agencies, action.agency),
        words=to_single_line(action.text),
        request=to_single_line(action.request),
        urgency=urgency,
        due=Text.from_function(lambda language: _describe_due(context, status, language)),
        last=Text.from_function(lambda language: _describe_last_decision(status, language)),
    )


def _has_known_urgency(action: Any) -> bool:
    return action.urgency in _URGENCIES


def _name_agency(agencies: pd.DataFrame, code: str) -> Text:
    if code not in agencies.index:
        return Text.untranslated(code)
    row = agencies.loc[code]
    return Text.from_function(lambda language: f"{row[f'name_{language}']} ({code})")


def _describe_due(context: AppContext, status: ActionStatus, language: str) -> str:
    if status.due is None:
        days = context.reference.replies.term.days
        return text("actions.form.not_sent", language, days=days)
    key = "late" if status.late else "in_time"
    return text(f"actions.form.{key}", language, day=_format_day(status.due, language))


def _describe_last_decision(status: ActionStatus, language: str) -> str:
    decision = text(f"documents.decision.{status.decision}", language)
    if status.decided_at is None:
        return decision
    day = _format_day(status.decided_at, language)
    last_on = text("actions.form.last_on", language, decision=decision, day=day)
    return add_promise(last_on, status, language)


def _format_day(instant: datetime, language: str) -> str:
    return Translator(language).day(instant)


def _build_form_context(
    context: AppContext,
    department: str,
    half: HalfYear,
    language: str,
    lines: Sequence[ReportFormRow],
    answers: Answers,
    post: str,
    now: datetime,
) -> ReportFormContext:
    return ReportFormContext(
        department=department,
        name=context.reference.departments[department].name,
        half=half,
        reader=language,
        lines=lines,
        choices={decision.value: decision.label for decision in Decision},
        term_days=context.reference.replies.term.days,
        made_at=now,
        key=context.seal_key,
        answers=answers,
        post=post,
    )
