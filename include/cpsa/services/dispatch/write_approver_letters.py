"""Letters to the approver: when a question is raised, a week before its date, and the day before.

What belongs here: which letter is due when, and its words. What must not: raising the question
(``questions``), and the effect of an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from cpsa.calendar import HalfYear
from cpsa.delivery import ledger
from cpsa.delivery.mail_message import MailMessage
from cpsa.errors import RequestError
from cpsa.i18n.catalogue import text
from cpsa.services.app_context import AppContext
from cpsa.services.dispatch.approval_notices import list_changes_of_question
from cpsa.services.dispatch.plan_dispatch import plan_dispatch
from cpsa.services.dispatch_summary import DispatchSummary, open_mail_port
from cpsa.services.notify_ops import (
    NOTICE_CYCLE_SUFFIX,
    NoticeRecipient,
    build_notice,
    find_current_quarter_key,
)
from cpsa.services.pack_states import load_pack_states
from cpsa.services.run_log import log_use_case
from cpsa.store.database import read_transaction
from cpsa.store.queries import dispatch_queries, question_queries
from cpsa.store.queries.question_queries import QuestionRecord
from cpsa.store.tables.publication_tables import QuestionKind
from cpsa.translator import format_dotted_date

APPROVER = "APPROVER"
WEEK, DAY = timedelta(days=7), timedelta(days=1)
QuestionAddress = Callable[[QuestionRecord], str]  # where a question is answered


@dataclass(frozen=True)
class ApproverLetter:
    """A letter to the approver about a question. ``step``: asked, week or day; ``slot``: it is sent once by this."""

    question: QuestionRecord
    step: str
    date: datetime | None

    @property
    def slot(self) -> str:
        if self.step == "asked" or self.question.kind is QuestionKind.BACKFILL:
            return f"approval {self.step} {self.question.id}"
        return f"approval {self.step}"

    def find_period(self, now: datetime) -> str:
        return self.question.half or find_current_quarter_key(now)


@log_use_case
def write_approver_letters(
    context: AppContext, now: datetime, worker: str, address: QuestionAddress
) -> tuple[DispatchSummary, ...]:
    """Send the letters that are due about open questions, each once; return the outcome by period.

    ``address``: where a question is answered, by the run that waits for it.
    """
    with read_transaction(context.engine) as connection:
        open_questions = [
            question
            for question in question_queries.list_open_questions(connection)
            if question.run and not _is_settled(connection, question)
        ]
        due = [
            letter
            for question in open_questions
            for letter in list_due_letters(question, now)
            if not dispatch_queries.is_planned(connection, _make_cycle(letter, now), letter.slot)
        ]
    messages = [_make_message(context, letter, now, address) for letter in due]
    cycles = sorted(
        {
            f"{open_question.half or find_current_quarter_key(now)}{NOTICE_CYCLE_SUFFIX}"
            for open_question in open_questions
        }
    )
    if not cycles:
        return ()
    sent = []
    with open_mail_port(context) as port:
        ledger.plan_mails(context.engine, messages, now, keep=True, secret=context.seal_key)
        for cycle in cycles:
            done = ledger.dispatch(context.engine, cycle, port, worker)
            sent.append(DispatchSummary.from_result(cycle, done, context.settings.language))
    return tuple(sent)


def list_due_letters(question: QuestionRecord, now: datetime) -> Iterator[ApproverLetter]:
    """The letters about an open question that are due.

    A reminder that was due before the question was raised is not written: the first letter
    has just stated the same.
    """
    date = _find_answer_date(question)
    yield ApproverLetter(question, "asked", date)
    if date is None or now >= date:
        return
    step, before = ("day", DAY) if now >= date - DAY else ("week", WEEK)
    if now >= date - before and question.asked_at < date - before:
        yield ApproverLetter(question, step, date)


def _find_answer_date(question: QuestionRecord) -> datetime | None:
    """The date before which an answer is needed."""
    if question.kind is QuestionKind.BACKFILL:
        return question.answer_by
    return HalfYear.parse(question.half).dispatch_at


def _is_settled(connection: Connection, question: QuestionRecord) -> bool:
    if question.kind is QuestionKind.BACKFILL:
        return False
    return load_pack_states(connection, HalfYear.parse(question.half)).is_sent


def _make_cycle(letter: ApproverLetter, now: datetime) -> str:
    return f"{letter.find_period(now)}{NOTICE_CYCLE_SUFFIX}"


def _make_message(
    context: AppContext, letter: ApproverLetter, now: datetime, address: QuestionAddress
) -> MailMessage:
    language, question = context.settings.language, letter.question
    day = "" if letter.date is None else format_dotted_date(letter.date)
    key = f"approver.{question.kind}"
    if question.kind is QuestionKind.DISPATCH:
        half = HalfYear.parse(question.half)
        lines = _describe_dispatch(context, half, now, day, language)
        words = {"period": half.label(language), "day": day}
    else:
        words = {"period": question.subject, "day": day}
        lines = [text(f"{key}.what", language, **words)]
    lines.append(text("approver.answer", language, address=address(question)))
    subject_key = "subject" if letter.step == "asked" else "reminder"
    subject = text(f"{key}.{subject_key}", language, **words)
    to = NoticeRecipient(APPROVER, context.settings.approver_mail)
    return build_notice(context, letter.find_period(now), letter.slot, subject, lines, to)


def _describe_dispatch(
    context: AppContext, half: HalfYear, now: datetime, day: str, language: str
) -> list[str]:
    try:
        plan = plan_dispatch(context, half, now)
    except RequestError as error:  # the question is open, so the letter is written without the plan
        words = {"period": half.label(language), "day": day}
        return [text("approver.dispatch.waits", language, **words), error.text(language)]
    key = "late" if now >= half.dispatch_at else "what"
    number = len(plan.messages)
    about = {"period": half.label(language), "day": day}
    lines = [text(f"approver.dispatch.{key}", language, **about, number=number)]
    changes = list_changes_of_question(context, half, now)
    return [*lines, *(notice.text(language) for notice in (*changes, *plan.notices))]
