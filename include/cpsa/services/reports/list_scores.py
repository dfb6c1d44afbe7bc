"""Lists the scores of closed quarters."""

from __future__ import annotations

import pandas as pd

from cpsa.calendar import Quarter
from cpsa.figures import places4
from cpsa.services.app_context import AppContext
from cpsa.services.reports.closed_quarters import (
    load_closings,
    load_newest_framework,
    sort_within_quarters,
)
from cpsa.store.database import read_transaction
from cpsa.store.queries import (
    closing_queries,
)


def list_scores(context: AppContext, quarter: Quarter | None = None) -> pd.DataFrame:
    """List scores of closed quarters, rounded to four places, a column for every group."""
    with read_transaction(context.engine) as connection:
        shut = load_closings(connection, quarter)
        frame = closing_queries.load_closing_rows(connection, "score", shut)
        groups = closing_queries.load_closing_rows(connection, "group_score", shut)
        order = context.load_register(connection).agencies["code"].tolist()
    wide = groups.pivot(index=["quarter", "agency"], columns="group", values="score")
    framework = load_newest_framework(context, shut)
    names = [group.code for group in framework.scored_groups]
    wide = wide.reindex(columns=names).reset_index()
    frame = frame.merge(wide, on=["quarter", "agency"], how="left", sort=False)
    limited = map(
        framework.is_limited_by_coverage, frame["status"], frame["composite"], frame["coverage"]
    )
    frame["limited_by_coverage"] = ["yes" if is_limited else "" for is_limited in limited]
    for column in ("composite", "coverage", *names):
        frame[column] = [places4(value) for value in frame[column]]
    columns = ["agency", "quarter", "state", "composite", "status", "coverage", *names]
    columns.append("limited_by_coverage")
    return sort_within_quarters(frame, "agency", order)[columns]
