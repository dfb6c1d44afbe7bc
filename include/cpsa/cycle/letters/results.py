"""What closing a quarter found, agency by agency, for the closing notices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from cpsa.calendar import Quarter
from cpsa.letters import Result
from cpsa.store import closings


@dataclass(frozen=True)
class Closing:
    """When a quarter was closed, and its results as they stand by agency."""

    closed_at: datetime
    results: Mapping[str, Result]


def read_closing(connection: Connection, quarter: Quarter) -> Closing:
    """A closed quarter's results."""
    first = closings.first_closing(connection, quarter.key)
    if first is None:
        raise LookupError(f"{quarter} is not closed")
    latest = closings.latest_closings(connection, quarter.key)
    latest = latest[latest["quarter"] == quarter.key]
    groups: dict[str, dict[str, float]] = {}
    for row in closings.rows_of(connection, "group_score", latest).to_dict("records"):
        groups.setdefault(row["agency"], {})[row["group"]] = row["score"]
    scores = closings.rows_of(connection, "score", latest)
    return Closing(
        first["closed_at"],
        {
            row.agency: Result(
                row.state,
                row.status,
                None if row.composite is None or row.composite != row.composite else row.composite,
                row.coverage,
                groups.get(row.agency, {}),
            )
            for row in scores.itertuples()
        },
    )
