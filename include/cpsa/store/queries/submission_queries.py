"""Submissions and their facts: what was received and understood."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Integer, Text, func, insert, select

from cpsa.store import bulk_rows
from cpsa.store.named_sql import load_sql
from cpsa.store.queries.arrival_queries import FOLDER
from cpsa.store.schema import Instant, new_id
from cpsa.store.stored_row import StoredRow
from cpsa.store.tables.submission_tables import fact, submission

if TYPE_CHECKING:
    import pandas as pd


def list_agencies_with_submissions(connection: Connection, quarter: str) -> set[str]:
    """The agencies from which any file was received for a quarter."""
    query = select(submission.c.agency).where(submission.c.quarter == quarter).distinct()
    return set(connection.execute(query).scalars())


def list_known_quarters(connection: Connection) -> list[str]:
    """Every quarter with obligations, arrivals or a closing, oldest first."""
    return sorted(connection.execute(load_sql("board/list_known_quarters")).scalars())


def find_received_version(
    connection: Connection, agency: str, quarter: str, sha256: str, received_at: datetime
) -> int:
    """Return the version of these bytes that arrived in a folder at this instant; 0 for none."""
    query = select(func.max(submission.c.version)).where(
        submission.c.agency == agency,
        submission.c.quarter == quarter,
        submission.c.sha256 == sha256,
        submission.c.channel == FOLDER,
        submission.c.received_at == received_at,
    )
    return connection.execute(query).scalar_one() or 0


def find_newest_submission(connection: Connection, agency: str, quarter: str) -> StoredRow | None:
    """Return version, sha256, received_at and state of the newest file an agency sent for a quarter.

    Its state is that of its latest examination, ``received`` where there is none; None where no file
    came.
    """
    statement = load_sql("import/find_newest_submission").columns(
        version=Integer(), sha256=Text(), received_at=Instant(), state=Text()
    )
    return connection.execute(statement, {"agency": agency, "quarter": quarter}).first()


def add_submission(connection: Connection, **values: object) -> int:
    """Register one received file; its id."""
    result = connection.execute(insert(submission).values(**values))
    return new_id(result)


FACT_COLUMNS = [column.name for column in fact.c]


def add_facts(connection: Connection, facts: Iterable[tuple[Any, ...]]) -> None:
    """Keep figures as understood: rows of ``FACT_COLUMNS``, of submissions that have none yet."""
    key = len(fact.primary_key)
    bulk_rows.add_rows(connection, fact, FACT_COLUMNS, sorted(facts, key=lambda row: row[:key]))


def list_submissions_with_facts(connection: Connection, ids: Collection[int]) -> set[int]:
    """Which of these submissions' figures are kept already."""
    some = (
        select(fact.c.submission_id)
        .where(
            fact.c.agency == submission.c.agency,
            fact.c.quarter == submission.c.quarter,
            fact.c.submission_id == submission.c.id,
        )
        .exists()
    )
    found: set[int] = set()
    for batch in bulk_rows.split_into_batches(ids):
        query = select(submission.c.id).where(submission.c.id.in_(batch), some)
        found.update(connection.execute(query).scalars())
    return found


def load_facts(connection: Connection, ids: Collection[int]) -> pd.DataFrame:
    """Facts of these submissions: agency, quarter, indicator, dimension, hundredths, origin, …"""
    # By the fact's own key, which begins with agency and quarter; by its submission alone the
    # database would scan the whole table.
    query = select(*fact.c).join(
        submission,
        (fact.c.agency == submission.c.agency)
        & (fact.c.quarter == submission.c.quarter)
        & (fact.c.submission_id == submission.c.id),
    )
    frame = bulk_rows.load_frame(
        connection,
        (query.where(submission.c.id.in_(batch)) for batch in bulk_rows.split_into_batches(ids)),
    )
    return frame.astype({"hundredths": "int64", "submission_id": "int64", "carried_from": "Int64"})
