"""The half-years with sent documents that have changed since, as it was recorded, without an answer yet.

What must not go here: finding out what has changed (``record_changed_documents``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cpsa.calendar import HalfYear
from cpsa.letters.letter_kinds import PACK_SLOT
from cpsa.services.app_context import AppContext
from cpsa.store.database import read_transaction
from cpsa.store.queries import changed_document_queries


@dataclass(frozen=True)
class ChangedHalfYear:
    """A half-year whose recipients have documents that have changed since they were sent.

    ``recipients``: their seats; ``documents``: how many documents of all of them; ``found_at``:
    since when the newer edition is there.
    """

    half: str
    recipients: tuple[str, ...]
    documents: int
    found_at: datetime


def list_changed_half_years(context: AppContext, now: datetime) -> tuple[ChangedHalfYear, ...]:
    """Half-years with sent documents that have changed, without an answer yet; oldest first."""
    with read_transaction(context.engine) as connection:
        changes = changed_document_queries.list_unanswered_changes(connection, PACK_SLOT)
        if not changes:
            return ()
        # It knows documents of every kind, which take long to import; mostly nothing has changed.
        from cpsa.services.publication import half_year_editions

        found = []
        for half, rows in changes.items():
            newest = half_year_editions.find_newest_edition(connection, HalfYear.parse(half)).digest
            current = [row for row in rows if row.edition == newest and row.found_at <= now]
            if current:
                recipients = tuple(sorted(row.recipient for row in current))
                documents = sum(row.documents for row in current)
                found_at = min(row.found_at for row in current)
                found.append(ChangedHalfYear(half, recipients, documents, found_at))
    return tuple(sorted(found, key=lambda change: change.half))
