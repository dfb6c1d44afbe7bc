"""The audit as a table: who did what by hand, when, to what, and why.

What must not go here: writing it. Every use case writes its own row in its own transaction, so that
a change and its audit row are committed together or not at all.
"""

from __future__ import annotations

from datetime import datetime

import pandas as pd

from cpsa.calendar import IST
from cpsa.i18n.catalogue import has_text, text
from cpsa.services.app_context import AppContext
from cpsa.store.database import read_transaction
from cpsa.store.queries import audit_queries
from cpsa.translator import format_dotted_moment

COLUMNS = ["at", "who", "verb", "subject", "reason"]


def list_audit_entries(
    context: AppContext, since: datetime | None = None, subject: str = "", verb: str = ""
) -> pd.DataFrame:
    """List the rows of ``COLUMNS``, oldest first; ``at`` in India's time, ISO 8601.

    ``subject``: only what names it anywhere, such as an agency or a period.
    """
    with read_transaction(context.engine) as connection:
        rows = audit_queries.load_audit_entries(connection, since, subject, verb)
    return pd.DataFrame(
        [(row.at.astimezone(IST).isoformat(timespec="seconds"), *row[1:]) for row in rows],
        columns=COLUMNS,
    )


def describe_audit_entries(table: pd.DataFrame, language: str) -> pd.DataFrame:
    """Return the same for a reader, with headings and verbs in a language."""
    shown = table.assign(
        at=[format_dotted_moment(datetime.fromisoformat(at)) for at in table["at"]],
        verb=[_describe_verb(verb, language) for verb in table["verb"]],
    )
    return shown.set_axis([text(f"audit.column.{name}", language) for name in COLUMNS], axis=1)


def _describe_verb(verb: str, language: str) -> str:
    """Describe what was done; as stored, where a newer program stored a verb that is not known here."""
    key = f"audit.verb.{verb.replace(' ', '_')}"
    return text(key, language) if has_text(key) else verb
