"""Lists how many updates were received, accepted and on time, by form."""

from __future__ import annotations

import pandas as pd

from cpsa.calendar import Quarter
from cpsa.figures import places4
from cpsa.scoring.reporting_rates import compute_share, on_time_rate
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

REPORTING_COLUMNS = [
    "quarter",
    "form",
    "expected",
    "received",
    "accepted",
    "reporting_rate",
    "accepted_rate",
    "on_time",
    "on_time_rate",
    "not_requested",
]


def list_reporting(context: AppContext, quarter: Quarter | None = None) -> pd.DataFrame:
    """List reporting, accepted and on-time rates of closed quarters, by form."""
    with read_transaction(context.engine) as connection:
        shut = load_closings(connection, quarter)
        frame = closing_queries.load_closing_rows(connection, "reporting", shut)
    for rate, part in (("reporting_rate", "received"), ("accepted_rate", "accepted")):
        frame[rate] = [
            places4(compute_share(count, whole))
            for count, whole in zip(frame[part], frame["expected"], strict=True)
        ]
    counts = frame[["on_time", "expected", "not_requested"]]
    frame["on_time_rate"] = [places4(on_time_rate(*row)) for row in counts.itertuples(index=False)]
    frame["not_requested"] = frame["not_requested"].astype("Int64")
    return sort_within_quarters(frame, "form", list(load_newest_framework(context, shut).forms))[
        REPORTING_COLUMNS
    ]
