"""Policy actions, what departments decided on them, and the reports by which they answered."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, insert, select

from cpsa.store import bulk_rows
from cpsa.store.as_of import HistoryMark
from cpsa.store.schema import new_id
from cpsa.store.tables.action_tables import action, action_report, decision

if TYPE_CHECKING:
    import pandas as pd

ACTION_COLUMNS = [
    "number",
    "quarter",
    "agency",
    "department",
    "theme",
    "text",
    "request",
    "urgency",
    "scheme",
]
DECISION_COLUMNS = ["number", "decision", "decided_at", "remarks", "recorded_at", "promised_on"]


def load_actions(connection: Connection, until: str | None = None) -> pd.DataFrame:
    """Policy actions raised up to a quarter, by number."""
    columns = [action.c[name] for name in ACTION_COLUMNS]
    query = select(*columns).order_by(action.c.number)
    if until is not None:
        query = query.where(action.c.quarter <= until)
    rows = connection.execute(query)
    return bulk_rows.make_frame(rows, ACTION_COLUMNS)


def load_raised_at(connection: Connection) -> dict[str, datetime]:
    """When each action was given its number."""
    return {
        number: at for number, at in connection.execute(select(action.c.number, action.c.raised_at))
    }


def add_actions(connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
    if rows:
        connection.execute(insert(action), rows)


def load_decisions(connection: Connection, mark: HistoryMark | None = None) -> pd.DataFrame:
    """The decisions of departments, in the order of recording; the newest of an action counts.

    ``mark``: history up to a mark.
    """
    columns = [
        decision.c.action.label("number"),
        *(decision.c[name] for name in DECISION_COLUMNS[1:]),
    ]
    query = select(*columns).order_by(decision.c.id)
    if mark is not None:
        query = query.where(decision.c.id <= mark.decision)
    rows = connection.execute(query)
    return bulk_rows.make_frame(rows, DECISION_COLUMNS)


def add_decisions(connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
    if rows:
        connection.execute(insert(decision), rows)


def find_newest_report_digest(
    connection: Connection, codes: Collection[str], half: str
) -> str | None:
    """The digest of the newest report that a department, by any of its codes, sent for a half."""
    return connection.execute(
        select(action_report.c.sha256)
        .where(action_report.c.department.in_(codes), action_report.c.half == half)
        .order_by(action_report.c.id.desc())
        .limit(1)
    ).scalar()


def add_action_report(connection: Connection, department: str, half: str, **values: object) -> int:
    """Register a report as its department's next version for a half-year; its id."""
    last = connection.execute(
        select(func.coalesce(func.max(action_report.c.version), 0)).where(
            action_report.c.department == department, action_report.c.half == half
        )
    ).scalar_one()
    result = connection.execute(
        insert(action_report).values(department=department, half=half, version=last + 1, **values)
    )
    return new_id(result)
