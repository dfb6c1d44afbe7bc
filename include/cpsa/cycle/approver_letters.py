"""Letters to the approver: that a question waits, a week before its date, and the day before.

What belongs here: which letter is due when, and its words. What must not: asking the question
(``questions``), and what an answer does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from cpsa.calendar import IST, HalfYear
from cpsa.cycle import notices
from cpsa.cycle.dispatching import plan_dispatch
from cpsa.cycle.office import Office
from cpsa.cycle.pack_states import read_pack_states
from cpsa.cycle.posting import Sent, mail_port
from cpsa.cycle.remarks import changes_of_question
from cpsa.deliver import ledger
from cpsa.deliver.message import Message
from cpsa.errors import RequestError
from cpsa.messages import text
from cpsa.store import dispatches, questions
from cpsa.store.database import reading
from cpsa.store.questions import Question
from cpsa.store.tables.publication import QuestionKind

APPROVER = "APPROVER"
WEEK, DAY = timedelta(days=7), timedelta(days=1)
Address = Callable[[Question], str]  # where a question is answered


@dataclass(frozen=True)
class DueLetter:
    """A letter about a question. ``step``: asked, week or day; ``slot``: it is sent once by this."""

    question: Question
    step: str
    date: datetime | None

    @property
    def slot(self) -> str:
        if self.step == "asked" or self.question.kind is QuestionKind.BACKFILL:
            return f"approval {self.step} {self.question.id}"
        return f"approval {self.step}"

    def period(self, now: datetime) -> str:
        return self.question.half or notices.quarter_of_the_day(now)


def write_to_approver(
    office: Office, now: datetime, worker: str, address: Address
) -> tuple[Sent, ...]:
    """Send the letters that are due about open questions, each once; by period what became of them.

    ``address``: where a question is answered, by the run in which it waits.
    """
    with reading(office.engine) as connection:
        waiting = [
            question
            for question in questions.list_open_questions(connection)
            if question.run and not _is_settled(connection, question)
        ]
        due = [
            letter
            for question in waiting
            for letter in due_letters(question, now)
            if not dispatches.is_planned(connection, _cycle(letter, now), letter.slot)
        ]
    messages = [_message(office, letter, now, address) for letter in due]
    cycles = sorted(
        {f"{q.half or notices.quarter_of_the_day(now)}{notices.NOTICES}" for q in waiting}
    )
    if not cycles:
        return ()
    sent = []
    with mail_port(office) as port:
        ledger.plan(office.engine, messages, now, keep=True, secret=office.seal_key)
        for cycle in cycles:
            done = ledger.dispatch(office.engine, cycle, port, worker)
            sent.append(Sent.of(cycle, done, office.settings.language))
    return tuple(sent)


def due_letters(question: Question, now: datetime) -> Iterator[DueLetter]:
    """The letters about an open question whose time has come.

    A reminder whose time had come before the question was asked is not written: the first letter
    has just said the same.
    """
    date = _date(question)
    yield DueLetter(question, "asked", date)
    if date is None or now >= date:
        return
    step, before = ("day", DAY) if now >= date - DAY else ("week", WEEK)
    if now >= date - before and question.asked_at < date - before:
        yield DueLetter(question, step, date)


def _date(question: Question) -> datetime | None:
    """The date before which an answer is needed."""
    if question.kind is QuestionKind.BACKFILL:
        return question.answer_by
    return HalfYear.parse(question.half).dispatch_at


def _is_settled(connection, question: Question) -> bool:
    if question.kind is QuestionKind.BACKFILL:
        return False
    return read_pack_states(connection, HalfYear.parse(question.half)).is_sent


def _cycle(letter: DueLetter, now: datetime) -> str:
    return f"{letter.period(now)}{notices.NOTICES}"


def _message(office: Office, letter: DueLetter, now: datetime, address: Address) -> Message:
    language, question = office.settings.language, letter.question
    day = "" if letter.date is None else f"{letter.date.astimezone(IST):%d.%m.%Y}"
    key = f"approver.{question.kind}"
    if question.kind is QuestionKind.DISPATCH:
        half = HalfYear.parse(question.half)
        lines = _about_dispatch(office, half, now, day, language)
        words = {"period": half.label(language), "day": day}
    else:
        words = {"period": question.subject, "day": day}
        lines = [text(f"{key}.what", language, **words)]
    lines.append(text("approver.answer", language, address=address(question)))
    subject_key = "subject" if letter.step == "asked" else "reminder"
    subject = text(f"{key}.{subject_key}", language, **words)
    to = notices.Reader(APPROVER, office.settings.approver_mail)
    return notices.message(office, letter.period(now), letter.slot, subject, lines, to)


def _about_dispatch(
    office: Office, half: HalfYear, now: datetime, day: str, language: str
) -> list[str]:
    try:
        plan = plan_dispatch(office, half, now)
    except RequestError as error:  # that the question waits is worth a letter all the same
        words = {"period": half.label(language), "day": day}
        return [text("approver.dispatch.waits", language, **words), error.text(language)]
    key = "late" if now >= half.dispatch_at else "what"
    number = len(plan.messages)
    about = {"period": half.label(language), "day": day}
    lines = [text(f"approver.dispatch.{key}", language, **about, number=number)]
    changes = changes_of_question(office, half, now)
    return [*lines, *(remark.text(language) for remark in (*changes, *plan.remarks))]
