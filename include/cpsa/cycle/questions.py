"""Questions that wait for a person: whether a half-year's documents may be sent, or a backfill run.

A question is about one edition of the documents. It ends by an answer, or when its edition is no
longer the newest; then nothing is sent by it. What must not go here: who may answer, and sending.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from cpsa.calendar import HalfYear
from cpsa.cycle import editions
from cpsa.cycle.office import Office
from cpsa.cycle.stale_periods import is_stale
from cpsa.store import questions
from cpsa.store.database import reading, writing
from cpsa.store.questions import Question
from cpsa.store.tables.publication import QuestionKind, QuestionOutcome, question


def ask_question(
    office: Office, half: HalfYear, edition: str, run: str, now: datetime
) -> Question | None:
    """Record that a person is asked whether an edition may be sent; ends questions about older ones.

    The same run gets its question again. None where another run already asks about this edition, or
    where it is no longer the newest.
    """
    with writing(office.engine, alone=True) as connection:
        newest = editions.find_newest_edition(connection, half)
        if newest.digest != edition:
            return None
        for other in questions.list_open_questions(connection, half.key):
            if other.edition == edition and other.run:  # version 1.0.0 kept no run of a question
                return other if other.run == run else None
        _end(connection, half, QuestionOutcome.SUPERSEDED, now)
        question_id = questions.add_question(
            connection,
            kind=QuestionKind.DISPATCH,
            half=half.key,
            edition=edition,
            documents=list(newest.ids),
            asked_at=now,
            asked_by_run=run,
        )
        return questions.find_question(connection, question_id)


def ask_backfill_question(
    office: Office, subject: str, run: str, answer_by: datetime, now: datetime
) -> Question:
    """Record that an admin is asked about a backfill; the same run gets its question again.

    ``subject``: what it is about, such as its quarters; ``answer_by``: when its time runs out.
    """
    with writing(office.engine, alone=True) as connection:
        for other in questions.list_open_questions(connection, ""):
            if other.run == run:
                return other
        question_id = questions.add_question(
            connection,
            kind=QuestionKind.BACKFILL,
            half="",
            subject=subject,
            edition="",
            documents=[],
            asked_at=now,
            asked_by_run=run,
            answer_by=answer_by,
        )
        asked = questions.find_question(connection, question_id)
    assert asked is not None
    return asked


def end_question_of_run(office: Office, run: str, outcome: QuestionOutcome, now: datetime) -> bool:
    """Record how the question of a run ended; False where it had none that waits."""
    with writing(office.engine) as connection:
        of_run = question.c.asked_by_run == run
        return bool(questions.end_questions(connection, outcome, now, of_run))


def list_open_questions(office: Office) -> tuple[Question, ...]:
    """Every question that waits for a person, oldest first."""
    with reading(office.engine) as connection:
        return questions.list_open_questions(connection)


def record_nothing_to_send(
    office: Office, half: HalfYear, edition: str, run: str, now: datetime
) -> None:
    """Record that nobody has to be asked about an edition, so that it is not offered again."""
    asked = ask_question(office, half, edition, run, now)
    if asked is not None:
        end_question(office, asked.id, QuestionOutcome.NOTHING_TO_SEND, now)


def newest_edition(office: Office, half: HalfYear) -> str:
    """The digest of a half-year's documents as they were last built; blank where none are."""
    with reading(office.engine) as connection:
        return editions.find_newest_edition(connection, half).digest


def is_newest_edition(office: Office, half: HalfYear, edition: str) -> bool:
    """Whether an edition is the newest, and nothing that it shows has changed since it was built."""
    with reading(office.engine) as connection:
        newest = editions.find_newest_edition(connection, half)
        return newest.digest == edition and not is_stale(connection, half)


def is_open(office: Office, question_id: int) -> bool:
    """Whether a question still waits for an answer."""
    with reading(office.engine) as connection:
        found = questions.find_question(connection, question_id)
    return found is not None and found.is_open


def open_question(office: Office, half: HalfYear) -> Question | None:
    """The question about a half-year that waits for an answer."""
    with reading(office.engine) as connection:
        found = questions.list_open_questions(connection, half.key)
    return found[-1] if found else None


def end_question(office: Office, question_id: int, outcome: QuestionOutcome, now: datetime) -> bool:
    """Record how a question ended; False where it had ended before."""
    with writing(office.engine) as connection:
        return bool(questions.end_questions(connection, outcome, now, question.c.id == question_id))


def record_superseded(office: Office, half: HalfYear, edition: str, now: datetime) -> bool:
    """Record that a question ended because its edition is no longer the newest."""
    wanted = question.c.half == half.key, question.c.edition == edition
    with writing(office.engine) as connection:
        return bool(questions.end_questions(connection, QuestionOutcome.SUPERSEDED, now, *wanted))


def void_questions(connection: Connection, half: HalfYear, now: datetime) -> int:
    """End the questions about a half-year of which a quarter was undone; how many were open."""
    return _end(connection, half, QuestionOutcome.VOID, now)


def _end(connection: Connection, half: HalfYear, outcome: QuestionOutcome, now: datetime) -> int:
    return questions.end_questions(connection, outcome, now, question.c.half == half.key)
