"""Lists what departments sent."""

from __future__ import annotations

import pandas as pd

from cpsa.i18n.catalogue import text
from cpsa.i18n.text import LANGUAGES
from cpsa.services.app_context import AppContext
from cpsa.store.database import read_transaction
from cpsa.store.queries import department_reply_queries

REPLY_COLUMNS = [
    *("id", "received_at", "department", "half", "kind", "kind_en", "kind_hi", "channel"),
    *("recorded", "unchanged", "not_recorded", "numbers", "subject", "file_name"),
    *("settled_at", "settled_by", "settled_reason"),
]


def list_replies(context: AppContext, *, only_open: bool) -> pd.DataFrame:
    """What departments sent, oldest first: forms with what was recorded of them, replies entered by hand.

    ``only_open``: what is not yet entered by hand.
    """
    rows = []
    with read_transaction(context.engine) as connection:
        for reply in department_reply_queries.list_replies(connection, only_open=only_open):
            values = dict(reply._mapping)
            if reply.report_id is not None:
                report = department_reply_queries.load_report(connection, reply.report_id)
                values["recorded"] = len(
                    department_reply_queries.load_report_decisions(connection, report.id)
                )
                values["not_recorded"] = len(report.problems)
            for language in LANGUAGES:
                values[f"kind_{language}"] = text(f"actions.reply.{reply.kind}", language)
            values["numbers"] = ", ".join(reply.numbers)
            rows.append(values)
    frame = pd.DataFrame(rows, columns=REPLY_COLUMNS)
    for name in ("recorded", "not_recorded"):
        frame[name] = frame[name].astype("Int64")
    return frame
