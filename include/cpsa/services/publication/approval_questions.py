"""Questions that wait for a person: whether a half-year's documents may be sent, or a backfill run.

A question is about one edition of the documents. It ends by an answer, or when its edition is no
longer the newest; then nothing is sent by it. What must not go here: who may answer, and sending.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from cpsa.calendar import HalfYear
from cpsa.services.app_context import AppContext
from cpsa.services.publication import half_year_editions
from cpsa.services.publication.stale_periods import is_stale
from cpsa.store.database import read_transaction, write_transaction
from cpsa.store.queries import question_queries
from cpsa.store.queries.question_queries import QuestionRecord
from cpsa.store.tables.publication_tables import QuestionKind, QuestionOutcome, question


def record_question(
    context: AppContext, half: HalfYear, edition: str, run: str, now: datetime
) -> QuestionRecord | None:
    """Record a question whether an edition may be sent; ends questions about older editions.

    The same run gets its question again. None where another run has a question about this edition, or
    where it is no longer the newest.
    """
    with write_transaction(context.engine, alone=True) as connection:
        newest = half_year_editions.find_newest_edition(connection, half)
        if newest.digest != edition:
            return None
        for known_question in question_queries.list_open_questions(connection, half.key):
            if (
                known_question.edition == edition and known_question.run
            ):  # version 1.0.0 kept no run of a question
                return known_question if known_question.run == run else None
        _end_questions(connection, half, QuestionOutcome.SUPERSEDED, now)
        question_id = question_queries.add_question(
            connection,
            kind=QuestionKind.DISPATCH,
            half=half.key,
            edition=edition,
            documents=list(newest.document_ids),
            asked_at=now,
            asked_by_run=run,
        )
        return question_queries.find_question(connection, question_id)


def record_backfill_question(
    context: AppContext, subject: str, run: str, answer_by: datetime, now: datetime
) -> QuestionRecord:
    """Record a question to an admin about a backfill; the same run gets its question again.

    ``subject``: what it is about, such as its quarters; ``answer_by``: until when it can be answered.
    """
    with write_transaction(context.engine, alone=True) as connection:
        for known_question in question_queries.list_open_questions(connection, ""):
            if known_question.run == run:
                return known_question
        question_id = question_queries.add_question(
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
        new_question = question_queries.find_question(connection, question_id)
    assert new_question is not None
    return new_question


def end_question_of_run(
    context: AppContext, run: str, outcome: QuestionOutcome, now: datetime
) -> bool:
    """Record how the question of a run ended; False where it had no open question."""
    with write_transaction(context.engine) as connection:
        of_run = question.c.asked_by_run == run
        return bool(question_queries.end_questions(connection, outcome, now, of_run))


def list_open_questions(context: AppContext) -> tuple[QuestionRecord, ...]:
    """List every open question, oldest first."""
    with read_transaction(context.engine) as connection:
        return question_queries.list_open_questions(connection)


def record_nothing_to_send(
    context: AppContext, half: HalfYear, edition: str, run: str, now: datetime
) -> None:
    """Record that an edition needs no question, so that it is not offered again."""
    new_question = record_question(context, half, edition, run, now)
    if new_question is not None:
        end_question(context, new_question.id, QuestionOutcome.NOTHING_TO_SEND, now)


def find_newest_edition_digest(context: AppContext, half: HalfYear) -> str:
    """Return the digest of a half-year's documents as last built; blank where none are."""
    with read_transaction(context.engine) as connection:
        return half_year_editions.find_newest_edition(connection, half).digest


def is_newest_edition(context: AppContext, half: HalfYear, edition: str) -> bool:
    """Whether an edition is the newest, and nothing that it shows has changed since it was built."""
    with read_transaction(context.engine) as connection:
        newest = half_year_editions.find_newest_edition(connection, half)
        return newest.digest == edition and not is_stale(connection, half)


def is_open(context: AppContext, question_id: int) -> bool:
    """Whether a question still waits for an answer."""
    with read_transaction(context.engine) as connection:
        found = question_queries.find_question(connection, question_id)
    return found is not None and found.is_open


def find_open_question(context: AppContext, half: HalfYear) -> QuestionRecord | None:
    """Find the open question about a half-year."""
    with read_transaction(context.engine) as connection:
        found = question_queries.list_open_questions(connection, half.key)
    return found[-1] if found else None


def end_question(
    context: AppContext, question_id: int, outcome: QuestionOutcome, now: datetime
) -> bool:
    """Record how a question ended; False where it had ended before."""
    with write_transaction(context.engine) as connection:
        return bool(
            question_queries.end_questions(connection, outcome, now, question.c.id == question_id)
        )


def record_superseded(context: AppContext, half: HalfYear, edition: str, now: datetime) -> bool:
    """Record that a question ended because its edition is no longer the newest."""
    wanted = question.c.half == half.key, question.c.edition == edition
    with write_transaction(context.engine) as connection:
        return bool(
            question_queries.end_questions(connection, QuestionOutcome.SUPERSEDED, now, *wanted)
        )


def void_questions(connection: Connection, half: HalfYear, now: datetime) -> int:
    """End the questions about a half-year of which a quarter was undone; return how many were open."""
    return _end_questions(connection, half, QuestionOutcome.VOID, now)


def _end_questions(
    connection: Connection, half: HalfYear, outcome: QuestionOutcome, now: datetime
) -> int:
    return question_queries.end_questions(connection, outcome, now, question.c.half == half.key)
