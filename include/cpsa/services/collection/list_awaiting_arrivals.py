"""Lists what awaits confirmation."""

from __future__ import annotations

import pandas as pd

from cpsa.calendar import Quarter
from cpsa.i18n.text import LANGUAGES
from cpsa.services.app_context import AppContext
from cpsa.services.collection.awaiting_arrivals import describe_wait, find_expiry
from cpsa.store.database import read_transaction
from cpsa.store.queries import awaiting_arrival_queries

LIST_COLUMNS = [
    *("number", "received_at", "recorded_at", "until", "channel", "kind", "party", "period"),
    *("file_name", "size", "sha256", "reason", "proof", "why_en", "why_hi"),
]


def list_awaiting_arrivals(context: AppContext, period: Quarter | None = None) -> pd.DataFrame:
    """What awaits confirmation, oldest first, of one quarter if ``period`` is given.

    Columns: number, received_at, recorded_at, until (it is refused then), channel, kind, party,
    period, file_name, size, sha256, reason, proof, why_en, why_hi.
    """
    with read_transaction(context.engine) as connection:
        rows = awaiting_arrival_queries.list_awaiting_arrivals(
            connection, period=period.key if period else ""
        )
    return pd.DataFrame(
        [
            (
                *(row.id, row.received_at, row.recorded_at, find_expiry(row)),
                *(row.channel, row.kind, row.party, row.period, row.file_name, row.size),
                *(row.sha256, row.reason, row.proof),
                *(describe_wait(row, language) for language in LANGUAGES),
            )
            for row in rows
        ],
        columns=LIST_COLUMNS,
    )
