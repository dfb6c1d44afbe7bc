"""The results of closing a quarter by agency, for the closing notices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from cpsa.calendar import Quarter
from cpsa.letters.letter_context import ClosingResult
from cpsa.store.queries import closing_queries


@dataclass(frozen=True)
class ClosingResults:
    """When a quarter was closed, and its current results by agency."""

    closed_at: datetime
    results: Mapping[str, ClosingResult]


def load_closing_results(connection: Connection, quarter: Quarter) -> ClosingResults:
    """A closed quarter's results."""
    first = closing_queries.find_first_closing(connection, quarter.key)
    if first is None:
        raise LookupError(f"{quarter} is not closed")
    latest = closing_queries.load_latest_closings(connection, quarter.key)
    latest = latest[latest["quarter"] == quarter.key]
    groups: dict[str, dict[str, float]] = {}
    for row in closing_queries.load_closing_rows(connection, "group_score", latest).to_dict(
        "records"
    ):
        groups.setdefault(row["agency"], {})[row["group"]] = row["score"]
    scores = closing_queries.load_closing_rows(connection, "score", latest)
    return ClosingResults(
        first["closed_at"],
        {
            row.agency: ClosingResult(
                row.state,
                row.status,
                None if row.composite is None or row.composite != row.composite else row.composite,
                row.coverage,
                groups.get(row.agency, {}),
            )
            for row in scores.itertuples()
        },
    )
