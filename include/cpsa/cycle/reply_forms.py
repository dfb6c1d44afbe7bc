"""A department's report form as it is now: its open actions, with what was typed into it.

What belongs here: the rows of the form in the browser, the workbook that an answer there is kept
as, and the marked form that goes back. What must not: recording (``decisions``), and the form that
goes out with the documents (``documents.report_form``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd
from sqlalchemy import Row

from cpsa.actions import Decision, Fault, Standing
from cpsa.actions.telling import to_do, told
from cpsa.bilingual import LANGUAGES, Text
from cpsa.calendar import IST, HalfYear, Quarter
from cpsa.collect import atr, door, marking
from cpsa.collect.door import FileKind
from cpsa.collect.marking import Mark, apart
from cpsa.collect.update import Unreadable
from cpsa.cycle.decisions import standings_of
from cpsa.cycle.office import Office
from cpsa.messages import text
from cpsa.store.database import reading

INPUTS = ("decision", "day", "promised", "remarks")
HOW = "actions.marked.how"
_NONE = Text("–", "–")
_URGENCIES = ("high", "medium", "low")

Answers = Mapping[str, Mapping[str, str]]  # by number and column, as they were typed


@dataclass(frozen=True)
class OpenAction:
    """One action without a final decision, as its department reads it."""

    line: atr.Line
    status: Standing

    @property
    def number(self) -> str:
        return self.line.number


def open_actions(
    office: Office, department: str, half: HalfYear, now: datetime
) -> tuple[OpenAction, ...]:
    """What a department has to answer of a half-year and of those before it, most urgent first."""
    return tuple(
        action
        for action in _actions(office, department, half, now)
        if action.status.pending and action.status.counts
    )


def filled_form(
    office: Office,
    department: str,
    half: HalfYear,
    language: str,
    answers: Answers,
    post: str,
    now: datetime,
) -> bytes:
    """The sealed form with what was typed, as an .xlsx; rows of all open actions."""
    lines = [action.line for action in open_actions(office, department, half, now)]
    return atr.write(_context(office, department, half, language, lines, answers, post, now))


def marked_form(office: Office, report: Row, language: str, now: datetime) -> bytes | None:
    """A received form with each row that was not recorded marked; None where there is none.

    The department's own file where it is an .xlsx; else a fresh form with what was typed.
    ``report``: a row of action_report.
    """
    faults = [Fault(**problem) for problem in report.problems]
    if not faults:
        return None
    content = door.unwrap(office.received_bytes(report.sha256))
    if door.look(content) is FileKind.XLSX:
        marks = [_mark(fault, fault.place, language) for fault in faults]
        if done := apart.marked(content, marks, language, HOW):
            return done
    form = atr.read(content)
    if isinstance(form, Unreadable):
        return None
    half = HalfYear.parse(report.half)
    answers = {
        answer.number: {column: getattr(answer, column) for column in INPUTS}
        for answer in reversed(form.answers)
    }
    lines = [
        action.line
        for action in _actions(office, report.department, half, now)
        if action.number in answers or (action.status.pending and action.status.counts)
    ]
    if not lines:
        return None
    context = _context(office, report.department, half, language, lines, answers, form.post, now)
    marks = [
        _mark(fault, atr.cell(context, fault.number, fault.column or "decision"), language)
        for fault in faults
    ]
    return marking.marked(atr.write(context), marks, language, HOW)


def _mark(fault: Fault, place: str, language: str) -> Mark:
    return Mark(
        rule="ATR",
        must=True,
        message=told(fault, language),
        mend=to_do(fault, language),
        place=place,
    )


def _actions(
    office: Office, department: str, half: HalfYear, now: datetime
) -> Sequence[OpenAction]:
    with reading(office.engine) as connection:
        statuses = standings_of(office, connection, now)
        agencies = office.roll(connection).agencies.set_index("code")
    own = [
        status
        for status in statuses
        if status.action.department == department and status.action.quarter <= half.last_quarter.key
    ]
    ordered = sorted(own, key=lambda status: (_rank(status.action.urgency), status.action.number))
    return [OpenAction(_line(office, agencies, status), status) for status in ordered]


def _rank(urgency: str) -> int:
    return _URGENCIES.index(urgency) if urgency in _URGENCIES else len(_URGENCIES)


def _line(office: Office, agencies: pd.DataFrame, status: Standing) -> atr.Line:
    action = status.action
    quarter = Quarter.parse(action.quarter)
    urgency = _both(f"documents.urgency.{action.urgency}") if _is_known(action) else _NONE
    return atr.Line(
        number=action.number,
        raised=Text(*(quarter.label(language) for language in LANGUAGES)),
        agencies=_agency(agencies, action.agency),
        asked="\n".join(
            " ".join(words.split())
            for words in (action.text, action.request)
            if isinstance(words, str) and words.strip()
        ),
        urgency=urgency,
        due=Text(*(_due(office, status, language) for language in LANGUAGES)),
        last=Text(*(_last(status, language) for language in LANGUAGES)),
    )


def _is_known(action) -> bool:
    return action.urgency in _URGENCIES


def _agency(agencies: pd.DataFrame, code: str) -> Text:
    if code not in agencies.index:
        return Text(code, code)
    row = agencies.loc[code]
    return Text(f"{row['name_en']} ({code})", f"{row['name_hi']} ({code})")


def _due(office: Office, status: Standing, language: str) -> str:
    if status.due is None:
        days = office.reference.replies.term.days
        return text("actions.form.not_sent", language, days=days)
    key = "late" if status.late else "in_time"
    return text(f"actions.form.{key}", language, day=_day(status.due, language))


def _last(status: Standing, language: str) -> str:
    decision = text(f"documents.decision.{status.decision}", language)
    if status.decided_at is None:
        return decision
    day = _day(status.decided_at, language)
    return text("actions.form.last_on", language, decision=decision, day=day)


def _day(instant: datetime, language: str) -> str:
    day = instant.astimezone(IST).date()
    return f"{day.day} {text(f'documents.month.{day.month}', language)} {day.year}"


def _both(key: str) -> Text:
    return Text(*(text(key, language) for language in LANGUAGES))


def _context(
    office: Office,
    department: str,
    half: HalfYear,
    language: str,
    lines: Sequence[atr.Line],
    answers: Answers,
    post: str,
    now: datetime,
) -> atr.Context:
    return atr.Context(
        department=department,
        name=office.reference.departments[department].name,
        half=half,
        reader=language,
        lines=lines,
        choices={decision.value: decision.label for decision in Decision},
        term_days=office.reference.replies.term.days,
        made_at=now,
        key=office.seal_key,
        answers=answers,
        post=post,
    )
