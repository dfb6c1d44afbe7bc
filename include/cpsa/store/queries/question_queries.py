"""Questions that wait, or waited, for a person; documents that changed after they were sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from cpsa.store.schema import new_id
from cpsa.store.stored_row import StoredRow
from cpsa.store.tables.publication_tables import QuestionKind, QuestionOutcome, question


@dataclass(frozen=True)
class QuestionRecord:
    """A question as it was put to a person.

    ``half``: blank for a backfill. ``edition``: the digest of the documents that it is about;
    ``documents``: their row numbers. ``run``: the Airflow run in which it waits.
    """

    id: int
    kind: QuestionKind
    half: str
    subject: str
    edition: str
    documents: tuple[int, ...]
    asked_at: datetime
    run: str
    answer_by: datetime | None
    ended_at: datetime | None
    outcome: QuestionOutcome | None

    @property
    def is_open(self) -> bool:
        return self.ended_at is None


def add_question(connection: Connection, **values: Any) -> int:
    return new_id(connection.execute(insert(question).values(**values)))


def find_question(connection: Connection, question_id: int) -> QuestionRecord | None:
    row = connection.execute(select(question).where(question.c.id == question_id)).first()
    return None if row is None else _parse_question(row)


def list_open_questions(
    connection: Connection, half: str | None = None
) -> tuple[QuestionRecord, ...]:
    """Every question without an answer, or those of a half-year; oldest first."""
    wanted: list[ColumnElement[bool]] = [question.c.ended_at.is_(None)]
    if half is not None:
        wanted.append(question.c.half == half)
    rows = connection.execute(select(question).where(*wanted).order_by(question.c.id))
    return tuple(_parse_question(row) for row in rows)


def list_newest_questions(
    connection: Connection, halves: Iterable[str] | None = None
) -> dict[str, QuestionRecord]:
    """The newest question about each half-year's dispatch, of some half-years or all."""
    newest = select(func.max(question.c.id)).where(question.c.kind == QuestionKind.DISPATCH)
    if halves is not None:
        newest = newest.where(question.c.half.in_(list(halves)))
    rows = connection.execute(
        select(question).where(question.c.id.in_(newest.group_by(question.c.half)))
    )
    return {row.half: _parse_question(row) for row in rows}


def list_questions_before(
    connection: Connection, newest: QuestionRecord
) -> tuple[QuestionRecord, ...]:
    """Earlier questions about the same half-year, newest first."""
    earlier = select(question).where(
        question.c.kind == newest.kind, question.c.half == newest.half, question.c.id < newest.id
    )
    rows: Sequence[StoredRow] = connection.execute(earlier.order_by(question.c.id.desc())).all()
    return tuple(_parse_question(row) for row in rows)


def end_questions(
    connection: Connection,
    outcome: QuestionOutcome,
    now: datetime,
    *wanted: ColumnElement[bool],
) -> int:
    """End the open ones of these questions; how many were open."""
    ended = update(question).where(question.c.ended_at.is_(None), *wanted)
    return connection.execute(ended.values(ended_at=now, outcome=outcome)).rowcount


def _parse_question(row: StoredRow) -> QuestionRecord:
    return QuestionRecord(
        row.id,
        QuestionKind(row.kind),
        row.half,
        row.subject,
        row.edition,
        tuple(row.documents),
        row.asked_at,
        row.asked_by_run,
        row.answer_by,
        row.ended_at,
        None if row.outcome is None else QuestionOutcome(row.outcome),
    )
