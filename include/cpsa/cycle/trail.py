"""The audit trail as a table: who did what by hand, when, to what, and why.

What must not go here: writing it. Every verb keeps its own row in its own transaction, so that
what was done and that it was done stand or fall together.
"""

from __future__ import annotations

from datetime import datetime

import pandas as pd

from cpsa.calendar import IST
from cpsa.cycle.office import Office
from cpsa.messages import catalogue, text
from cpsa.store import judgements
from cpsa.store.database import reading

COLUMNS = ["at", "who", "verb", "subject", "reason"]


def told(
    office: Office, since: datetime | None = None, subject: str = "", verb: str = ""
) -> pd.DataFrame:
    """The rows of ``COLUMNS``, oldest first; ``at`` in India's time, ISO 8601.

    ``subject``: only what names it anywhere, such as an agency or a period.
    """
    with reading(office.engine) as connection:
        rows = judgements.audited(connection, since, subject, verb)
    return pd.DataFrame(
        [(row.at.astimezone(IST).isoformat(timespec="seconds"), *row[1:]) for row in rows],
        columns=COLUMNS,
    )


def in_words(table: pd.DataFrame, language: str) -> pd.DataFrame:
    """The same for a reader, with headings and what was done in a language."""
    shown = table.assign(
        at=[datetime.fromisoformat(at).strftime("%d.%m.%Y %H:%M") for at in table["at"]],
        verb=[_verb(verb, language) for verb in table["verb"]],
    )
    return shown.set_axis([text(f"audit.column.{name}", language) for name in COLUMNS], axis=1)


def _verb(verb: str, language: str) -> str:
    """What was done; as it was kept, where a newer program has kept something we do not know."""
    key = f"audit.verb.{verb.replace(' ', '_')}"
    return text(key, language) if key in catalogue() else verb
