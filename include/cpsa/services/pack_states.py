"""How far the packs of a half-year have come, by department."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from cpsa.calendar import HalfYear
from cpsa.letters.letter_kinds import PACK_SLOT
from cpsa.store.queries import dispatch_queries
from cpsa.store.stored_row import StoredRow
from cpsa.store.tables.dispatch_tables import MailState

_HANDED_OVER = frozenset(
    {MailState.ACCEPTED, MailState.BOUNCED, MailState.UNCERTAIN, MailState.IN_DATA}
)
_REFUSED = frozenset({MailState.FAILED, MailState.EXPIRED})


@dataclass(frozen=True)
class PackStates:
    """The newest pack of each recipient of a half-year; rows of the ledger."""

    packs: tuple[StoredRow, ...]

    @property
    def waiting_departments(self) -> tuple[str, ...]:
        """Departments whose packs are tried again."""
        return self._list_departments(frozenset({MailState.PENDING, MailState.CLAIMED}))

    @property
    def refused_departments(self) -> tuple[str, ...]:
        """Departments whose packs no server accepts, so that a person has to act."""
        return self._list_departments(_REFUSED)

    @property
    def uncertain_departments(self) -> tuple[str, ...]:
        return self._list_departments(frozenset({MailState.UNCERTAIN}))

    @property
    def is_sent(self) -> bool:
        """Whether a mail server was handed any of them and none waits."""
        return not self.waiting_departments and any(row.state in _HANDED_OVER for row in self.packs)

    @property
    def pending(self) -> tuple[StoredRow, ...]:
        return tuple(row for row in self.packs if row.state == MailState.PENDING)

    def _list_departments(self, states: frozenset[MailState]) -> tuple[str, ...]:
        found = (row.recipient.partition(":")[0] for row in self.packs if row.state in states)
        return tuple(sorted(set(found)))


def load_pack_states(connection: Connection, half: HalfYear) -> PackStates:
    newest = {
        row.recipient: row
        for row in dispatch_queries.load_outbox(connection, half.key)
        if row.slot == PACK_SLOT and row.state != MailState.SUPERSEDED
    }
    return PackStates(tuple(newest.values()))
