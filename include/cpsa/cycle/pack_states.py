"""How far the packs of a half-year have come, by department."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, Row

from cpsa.calendar import HalfYear
from cpsa.deliver import pack
from cpsa.store import dispatches
from cpsa.store.tables.dispatch import State

_HANDED_OVER = frozenset({State.ACCEPTED, State.BOUNCED, State.UNCERTAIN, State.IN_DATA})
_REFUSED = frozenset({State.FAILED, State.EXPIRED})


@dataclass(frozen=True)
class PackStates:
    """The newest pack of each recipient of a half-year; rows of the ledger."""

    packs: tuple[Row, ...]

    @property
    def waiting(self) -> tuple[str, ...]:
        """Departments whose packs are tried again."""
        return self._departments(frozenset({State.PENDING, State.CLAIMED}))

    @property
    def refused(self) -> tuple[str, ...]:
        """Departments whose packs no server takes, so that a person has to look."""
        return self._departments(_REFUSED)

    @property
    def uncertain(self) -> tuple[str, ...]:
        return self._departments(frozenset({State.UNCERTAIN}))

    @property
    def is_sent(self) -> bool:
        """Whether a mail server was handed any of them and none waits."""
        return not self.waiting and any(row.state in _HANDED_OVER for row in self.packs)

    @property
    def pending(self) -> tuple[Row, ...]:
        return tuple(row for row in self.packs if row.state == State.PENDING)

    def _departments(self, states: frozenset[State]) -> tuple[str, ...]:
        found = (row.recipient.partition(":")[0] for row in self.packs if row.state in states)
        return tuple(sorted(set(found)))


def read_pack_states(connection: Connection, half: HalfYear) -> PackStates:
    newest = {
        row.recipient: row
        for row in dispatches.outbox(connection, half.key)
        if row.slot == pack.SLOT and row.state != State.SUPERSEDED
    }
    return PackStates(tuple(newest.values()))
