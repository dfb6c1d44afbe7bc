"""Announcements of stale periods: the newest of each, and how far the store had come."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from cpsa.store.stored_row import StoredRow
from cpsa.store.tables.action_tables import decision
from cpsa.store.tables.announcement_tables import announcement
from cpsa.store.tables.closing_tables import closing
from cpsa.store.tables.explanation_tables import explanation


def load_latest_announcements(
    connection: Connection, periods: Iterable[str]
) -> dict[str, StoredRow]:
    """The newest announcement of each period that has one."""
    newest = (
        select(func.max(announcement.c.id))
        .where(announcement.c.period.in_(list(periods)))
        .group_by(announcement.c.period)
    )
    rows = connection.execute(select(announcement).where(announcement.c.id.in_(newest)))
    return {row.period: row for row in rows}


def add_announcement(
    connection: Connection, period: str, stage: str, basis: str, at: datetime
) -> None:
    values = {"period": period, "stage": stage, "basis": basis, "at": at}
    connection.execute(insert(announcement).values(**values))


def compute_basis(connection: Connection, last_quarter: str) -> str:
    """The state of the store for a period that ends with a quarter: another basis means that
    its documents may have to say something else."""
    numbers = [
        connection.execute(query).scalar_one()
        for query in (
            select(func.coalesce(func.max(closing.c.id), 0)).where(
                closing.c.quarter <= last_quarter
            ),
            select(func.coalesce(func.max(explanation.c.id), 0)),
            select(func.coalesce(func.max(decision.c.id), 0)),
        )
    ]
    return ".".join(map(str, numbers))
