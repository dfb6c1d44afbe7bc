"""Lists what every channel received."""

from __future__ import annotations

import pandas as pd

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.i18n.text import LANGUAGES
from cpsa.services.app_context import AppContext
from cpsa.store.database import read_transaction
from cpsa.store.queries import arrival_queries

LIST_COLUMNS = [
    *("collected_at", "received_at", "channel", "outcome", "agency", "quarter", "version"),
    *("file_name", "size", "key", "sha256", "reason", "problem_en", "problem_hi"),
]


def list_arrivals(
    context: AppContext, quarter: Quarter | None = None, outcome: str = ""
) -> pd.DataFrame:
    """What was received by every channel and the outcome, with texts in both languages.

    A refused file that names no period counts to the quarter whose window was open.
    """
    window = (quarter.opens_at, quarter.window_ends) if quarter else None
    with read_transaction(context.engine) as connection:
        frame = arrival_queries.load_arrivals(
            connection, quarter.key if quarter else "", outcome, window
        )
    for language in LANGUAGES:
        frame[f"problem_{language}"] = [
            RequestError(key, **params).text(language) if key else ""
            for key, params in zip(frame["problem"], frame["params"], strict=True)
        ]
    return frame.rename(columns={"problem": "reason"})[LIST_COLUMNS]
