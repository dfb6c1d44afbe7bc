"""The results of closing a quarter by agency, for the closing notices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from cpsa.calendar import Quarter
from cpsa.framework.model import Framework
from cpsa.letters.letter_context import ClosingResult
from cpsa.store.queries import closing_queries, obligation_queries
from cpsa.store.queries.stored_submissions import StoredSubmissions


@dataclass(frozen=True)
class ClosingResults:
    """When a quarter was closed, and its current results by agency."""

    closed_at: datetime
    results: Mapping[str, ClosingResult]


def load_closing_results(
    connection: Connection, quarter: Quarter, framework: Framework
) -> ClosingResults:
    """A closed quarter's results; of agencies that have no scores, the state alone."""
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
        _load_unscored_results(connection, quarter, framework)
        | {
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


def _load_unscored_results(
    connection: Connection, quarter: Quarter, framework: Framework
) -> dict[str, ClosingResult]:
    """The results of agencies whose form has no scores."""
    forms = obligation_queries.load_obligations(connection, quarter.key)
    unscored = [agency for agency, form in forms.items() if not framework.is_scored(form)]
    if not unscored:
        return {}
    submissions = StoredSubmissions.load(connection, quarter.key)
    states = {agency: submissions.state(agency, quarter.key, closed=True) for agency in unscored}
    return {agency: ClosingResult(state) for agency, state in states.items()}
