"""Closings and their rows: scores, rates, restatements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Connection, CursorResult, FromClause, func, insert, select

from cpsa.store import bulk_rows
from cpsa.store.as_of import HistoryMark
from cpsa.store.dialect import is_among
from cpsa.store.named_sql import LAST_QUARTER, NO_LIMIT, load_sql
from cpsa.store.schema import new_id
from cpsa.store.tables.closing_tables import (
    ClosingKind,
    closing,
    closing_submission,
    group_score,
    reporting,
    restatement,
    score,
)
from cpsa.submissions.state import SubmissionState

if TYPE_CHECKING:
    import pandas as pd

_CLOSING_TABLES = {
    table.name: table for table in (closing_submission, score, group_score, reporting, restatement)
}


def load_latest_closings(
    connection: Connection, until: str | None = None, mark: HistoryMark | None = None
) -> pd.DataFrame:
    """The newest closing of each closed quarter: id, quarter, version, closed_at, basis, …

    A quarter whose closing was withdrawn is open and has no row. ``mark``: history up to a mark.
    """
    rows = _execute_latest_closings(connection, until, mark)
    return bulk_rows.make_frame(rows, list(rows.keys()))


def list_closed_quarters(connection: Connection) -> list[str]:
    """The keys of the quarters that are closed."""
    return [row.quarter for row in _execute_latest_closings(connection)]


def _execute_latest_closings(
    connection: Connection, until: str | None = None, mark: HistoryMark | None = None
) -> CursorResult[*tuple[Any, ...]]:
    limits = {
        "until": until or LAST_QUARTER,
        "newest_closing": mark.closing if mark else NO_LIMIT,
    }
    statement = load_sql("close_quarter/list_latest_closings").columns(*closing.c)
    return connection.execute(statement, limits)


def find_newest_closing_id(connection: Connection, quarter: str) -> int | None:
    """The newest closing of a quarter; None while it is open, and again once it is withdrawn."""
    newest = find_newest_version(connection, quarter)
    return newest["id"] if newest and newest["kind"] == ClosingKind.CLOSED else None


def find_first_closing(connection: Connection, quarter: str) -> Mapping[Any, Any] | None:
    """The act of closing a quarter (its first version since it was open), None while it is open."""
    in_force = _select_closings_in_force()
    query = select(in_force).where(in_force.c.quarter == quarter).order_by(in_force.c.version)
    return connection.execute(query.limit(1)).mappings().first()


def find_newest_version(connection: Connection, quarter: str) -> Mapping[Any, Any] | None:
    """The newest version of a quarter's closing, a withdrawn one too; None where it was never closed."""
    query = (
        select(closing)
        .where(closing.c.quarter == quarter)
        .order_by(closing.c.version.desc())
        .limit(1)
    )
    return connection.execute(query).mappings().first()


def load_framework_versions(connection: Connection) -> dict[str, str]:
    """The closed quarters, each with the version of the framework of its newest closing."""
    return {row.quarter: row.framework for row in _execute_latest_closings(connection)}


def find_framework_version(connection: Connection, quarter: str) -> str | None:
    """The version of the framework of a quarter's newest closing; None while it is open."""
    newest = find_newest_version(connection, quarter)
    if newest is None or newest["kind"] == ClosingKind.WITHDRAWN:
        return None
    return str(newest["framework"])


def find_withdrawn_version(connection: Connection, quarter: str) -> int:
    """The version of the act of closing that the newest withdrawn version of a quarter undid."""
    newest = find_newest_version(connection, quarter)
    assert newest is not None and newest["kind"] == ClosingKind.WITHDRAWN
    earlier = select(func.max(closing.c.version)).where(
        closing.c.quarter == quarter,
        closing.c.kind == ClosingKind.WITHDRAWN,
        closing.c.version < newest["version"],
    )
    return (connection.execute(earlier).scalar() or 0) + 1


def load_registry_loads(connection: Connection) -> dict[str, int]:
    """The closed quarters, each with the load of the registry it was closed with."""
    return {quarter: act.registry_load for quarter, act in load_first_closings(connection).items()}


class FirstClosing(NamedTuple):
    """The act of closing a quarter: with which load of the registry, and when."""

    registry_load: int
    closed_at: datetime


def load_first_closings(connection: Connection) -> dict[str, FirstClosing]:
    """The closed quarters, each with its act of closing."""
    in_force = _select_closings_in_force()
    columns = (in_force.c.quarter, in_force.c.registry_load, in_force.c.closed_at)
    query = select(*columns).order_by(in_force.c.version.desc())
    return {quarter: FirstClosing(*act) for quarter, *act in connection.execute(query)}


def _select_closings_in_force(mark: HistoryMark | None = None) -> FromClause:
    """Versions in force, to select from: those after the newest withdrawn one of their quarter."""
    statement = load_sql("close_quarter/list_closings_in_force")
    newest = mark.closing if mark else NO_LIMIT
    return statement.bindparams(newest_closing=newest).columns(*closing.c).subquery("in_force")


def add_closing(connection: Connection, **values: object) -> int:
    result = connection.execute(insert(closing).values(**values))
    return new_id(result)


def add_closing_rows(
    connection: Connection, name: str, closing_id: int, rows: Iterable[Mapping[str, object]]
) -> None:
    """Keep a closing's rows in one of its tables, by the table's name."""
    table = _CLOSING_TABLES[name]
    kept = [{"closing_id": closing_id, **row} for row in rows]
    names = list(kept[0]) if kept else []
    bulk_rows.add_values(connection, table, names, [tuple(row.values()) for row in kept])


def load_closing_rows(connection: Connection, name: str, closings: pd.DataFrame) -> pd.DataFrame:
    """Rows of these closings in a table, with the quarter in front; by quarter and key."""
    table = _CLOSING_TABLES[name]
    ids = [int(closing_id) for closing_id in closings["id"]]
    rows = connection.execute(select(table).where(table.c.closing_id.in_(ids)))
    frame = bulk_rows.make_frame(rows, list(rows.keys()))
    quarters = dict(zip(closings["id"], closings["quarter"], strict=True))
    frame.insert(0, "quarter", frame["closing_id"].map(quarters))
    # Sorted here: databases differ in how they order text, and documents must not.
    key = [column.name for column in table.primary_key if column.name != "closing_id"]
    frame = frame.drop(columns="closing_id").sort_values(["quarter", *key], kind="stable")
    return frame.reset_index(drop=True)


def load_group_scores(connection: Connection, closings: pd.DataFrame) -> pd.DataFrame:
    """``load_closing_rows`` of group scores, in little memory: texts are categories. A country has some for
    each agency and quarter."""
    import numpy as np
    import pandas as pd

    closed = closings.sort_values("quarter")
    ids = [int(closing_id) for closing_id in closed["id"]]
    query = select(group_score).where(is_among(connection, group_score.c.closing_id, ids))
    frame = bulk_rows.load_compact_frame(connection, query)
    codes = pd.Index(ids).get_indexer(frame.pop("closing_id"))
    quarters = pd.Index(closed["quarter"].tolist(), dtype=object)
    frame.insert(0, "quarter", pd.Categorical.from_codes(codes, quarters))
    key = ["group", "agency", "quarter"]
    order = np.lexsort([frame[name].cat.codes for name in key])  # the last one goes first
    return frame.take(order).reset_index(drop=True)


def load_accepted_pairs(connection: Connection) -> set[tuple[str, str]]:
    """Agencies and quarters whose update is accepted, as the newest closings recorded it."""
    scores = load_closing_rows(connection, "score", load_latest_closings(connection))
    accepted = scores[scores["state"] == SubmissionState.ACCEPTED]
    return set(zip(accepted["agency"], accepted["quarter"], strict=True))


def load_restatements(
    connection: Connection, until: str, mark: HistoryMark | None = None
) -> pd.DataFrame:
    """Figures restated after their quarter was closed, oldest first."""
    in_force = _select_closings_in_force(mark)
    columns = [
        restatement.c.quarter,
        restatement.c.agency,
        restatement.c.indicator,
        restatement.c.dimension,
        restatement.c.old,
        restatement.c.new,
        restatement.c.reason,
        in_force.c.closed_at.label("at"),
    ]
    rows = connection.execute(
        select(*columns)
        .join(in_force, in_force.c.id == restatement.c.closing_id)
        .where(restatement.c.quarter <= until)
        .where(*([in_force.c.id <= mark.closing] if mark else []))
        .order_by(restatement.c.id)
    )
    frame = bulk_rows.make_frame(rows, [column.name for column in columns])
    return frame.astype({"old": "Int64", "new": "Int64"})
