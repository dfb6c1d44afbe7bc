"""The pages behind the list of work items: mails that need a person, and files and channels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cpsa.i18n import catalogue
from cpsa.services.app_context import AppContext
from cpsa.services.collection.awaiting_arrivals import (
    describe_wait,
    find_expiry,
)
from cpsa.services.notify_ops import mask_addresses
from cpsa.store.database import read_transaction
from cpsa.store.queries import awaiting_arrival_queries, department_reply_queries, work_item_queries
from cpsa.store.stored_row import StoredRow

MAX_LINES = 500  # lines of a page


@dataclass(frozen=True)
class MailLine:
    """One mail. ``recipient``: a department's seat or an agency's code, never an address."""

    period: str
    recipient: str
    subject: str
    state: str
    since: datetime
    next_attempt_at: datetime | None
    reason: str
    detail: str

    def why(self, language: str) -> str:
        """Why it did not arrive; blank where it was not tried."""
        key = f"deliver.why.{self.reason}"
        if not catalogue.has_text(key):
            return ""
        return mask_addresses(catalogue.text(key, language, detail=self.detail))


@dataclass(frozen=True)
class ArrivalsList:
    """Files that were refused or await confirmation, when each channel was last read, and replies of
    departments that a person enters by hand."""

    refused: Sequence[StoredRow]
    awaiting: Sequence[StoredRow]
    channels: Sequence[StoredRow]
    replies: Sequence[StoredRow] = ()

    def why_awaiting(self, row: StoredRow, language: str) -> str:
        """What the file is for, and why its sender is not proven."""
        return describe_wait(row, language)

    def expires_at(self, row: StoredRow) -> datetime:
        """When it is refused, unless somebody confirms it."""
        return find_expiry(row)

    def why(self, row: StoredRow, language: str) -> str:
        known = catalogue.has_text(row.problem)
        return catalogue.text(row.problem, language, **row.params) if known else row.problem


def load_mail_list(context: AppContext, now: datetime) -> Sequence[MailLine]:
    """Every mail that the list of work items counts, oldest first."""
    with read_transaction(context.engine) as connection:
        rows = work_item_queries.list_open_mail(connection, now, MAX_LINES)
    return [
        MailLine(
            row.cycle,
            row.recipient,
            row.subject,
            row.state,
            row.changed_at,
            row.next_attempt_at,
            row.reason or "",
            row.detail or "",
        )
        for row in rows
    ]


def load_arrivals_list(context: AppContext, now: datetime) -> ArrivalsList:
    """The refused files that the list counts and those that await confirmation, oldest first, and every
    channel."""
    with read_transaction(context.engine) as connection:
        return ArrivalsList(
            work_item_queries.list_refused_arrivals(connection, now, MAX_LINES),
            awaiting_arrival_queries.list_awaiting_arrivals(connection)[:MAX_LINES],
            work_item_queries.list_channel_scans(connection),
            department_reply_queries.list_open_replies(connection, MAX_LINES),
        )
