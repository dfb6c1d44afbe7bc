"""The pages behind the list of what waits: mail that a person looks into, and files and channels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row

from cpsa import messages
from cpsa.cycle.confirm_arrival import WAITS, why_it_waits
from cpsa.cycle.notices import without_addresses
from cpsa.cycle.office import Office
from cpsa.store import awaiting_arrivals, department_replies, waiting
from cpsa.store.database import reading

LISTED = 500  # lines of a page


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
        """Why it did not arrive; blank where nobody has tried."""
        key = f"deliver.why.{self.reason}"
        if key not in messages.catalogue():
            return ""
        return without_addresses(messages.text(key, language, detail=self.detail))


@dataclass(frozen=True)
class ArrivalsList:
    """Files that were refused or await confirmation, when each channel was last read, and replies of
    departments that a person enters by hand."""

    refused: Sequence[Row]
    awaiting: Sequence[Row]
    channels: Sequence[Row]
    replies: Sequence[Row] = ()

    def why_awaiting(self, row: Row, language: str) -> str:
        """What it would do, and why its sender is not proven."""
        return why_it_waits(row, language)

    def expires_at(self, row: Row) -> datetime:
        """When it is refused, unless somebody confirms it."""
        return row.recorded_at + WAITS

    def why(self, row: Row, language: str) -> str:
        known = row.problem in messages.catalogue()
        return messages.text(row.problem, language, **row.params) if known else row.problem


def mail_list(office: Office, now: datetime) -> Sequence[MailLine]:
    """Every mail that the list of what waits counts, oldest first."""
    with reading(office.engine) as connection:
        rows = waiting.open_mail(connection, now, LISTED)
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


def arrivals_list(office: Office, now: datetime) -> ArrivalsList:
    """The refused files that the list counts and those that await confirmation, oldest first, and every
    channel."""
    with reading(office.engine) as connection:
        return ArrivalsList(
            waiting.refused_list(connection, now, LISTED),
            awaiting_arrivals.list_waiting(connection)[:LISTED],
            waiting.channel_rounds(connection),
            department_replies.open_by_hand(connection, LISTED),
        )
