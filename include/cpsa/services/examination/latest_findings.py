"""The findings of each newest and accepted submission and of each newest closing, without texts."""

from __future__ import annotations

import pandas as pd
from sqlalchemy import Connection

from cpsa.calendar import Quarter
from cpsa.store.as_of import HistoryMark
from cpsa.store.named_sql import LAST_QUARTER
from cpsa.store.queries import (
    closing_queries,
    examination_queries,
)
from cpsa.store.queries.stored_submissions import StoredSubmissions
from cpsa.submissions.open_finding import AT_CLOSING


def load_latest_findings(
    connection: Connection, quarter: Quarter | None = None, at: HistoryMark | None = None
) -> pd.DataFrame:
    """Load findings: the fields of each and the version that it was found in (0 at close)."""
    return load_findings_with_current(connection, quarter, at).drop(columns="current")


def load_findings_with_current(
    connection: Connection,
    quarter: Quarter | None = None,
    at: HistoryMark | None = None,
    *,
    with_trial: bool = False,
) -> pd.DataFrame:
    """Load the same with ``current``: whether it is of the current submission or of the newest closing."""
    until = quarter.key if quarter else LAST_QUARTER
    submissions = StoredSubmissions.load(connection, until, at=at)
    examined_rows = [*submissions.accepted.values(), *submissions.newest.values()]
    shut = closing_queries.load_latest_closings(connection, until, at)
    if quarter:
        examined_rows = [
            examined_row for examined_row in examined_rows if examined_row.quarter == quarter.key
        ]
        shut = shut[shut["quarter"] == quarter.key]
    versions = {
        examined_row.examination_id: examined_row.version
        for examined_row in examined_rows
        if examined_row.examination_id is not None
    }
    ids = [int(closing_id) for closing_id in shut["id"]]
    frame = examination_queries.load_findings(connection, versions, ids, with_trial=with_trial)
    frame["version"] = frame["examination_id"].map(versions).fillna(AT_CLOSING).astype(int)
    examined = {row.examination_id for row in submissions.current.values()}
    frame["current"] = frame["closing_id"].notna() | frame["examination_id"].isin(examined)
    order = frame.sort_values(["quarter", "agency", "version"], kind="stable")
    return order.drop(columns=["examination_id", "closing_id"]).reset_index(drop=True)
