"""The outbox in numbers: what was sent, what bounced, and what needs a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from cpsa.store.queries import board_queries
from cpsa.store.tables.dispatch_tables import MailState

# As the table shows them: what is on its way, what arrived, what did not.
MAIL_COLUMNS: Mapping[str, tuple[MailState, ...]] = {
    "waiting": (MailState.PENDING, MailState.CLAIMED, MailState.IN_DATA),
    "accepted": (MailState.ACCEPTED,),
    "bounced": (MailState.BOUNCED,),
    "failed": (MailState.FAILED, MailState.EXPIRED),
    "uncertain": (MailState.UNCERTAIN,),
    "superseded": (MailState.SUPERSEDED,),
}


@dataclass(frozen=True)
class MailCounts:
    """Numbers of mails by period and column."""

    by_period: Mapping[str, Mapping[str, int]]


def count_mails_by_period(connection: Connection, periods: Sequence[str]) -> MailCounts:
    """The number of mails of these periods by column; periods without any are left out."""
    found: dict[str, dict[str, int]] = {}
    for row in board_queries.count_mails_by_cycle(connection, periods):
        counts = found.setdefault(row.cycle, dict.fromkeys(MAIL_COLUMNS, 0))
        column = next(name for name, states in MAIL_COLUMNS.items() if row.state in states)
        counts[column] += row.number
    return MailCounts({key: found[key] for key in periods if key in found})
