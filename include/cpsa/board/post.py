"""The outbox in numbers: what left, what came back, and what a person has to look into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from cpsa.store import overview
from cpsa.store.tables.dispatch import State

# As the table shows them: what is on its way, what arrived, what did not.
COLUMNS: Mapping[str, tuple[State, ...]] = {
    "waiting": (State.PENDING, State.CLAIMED, State.IN_DATA),
    "accepted": (State.ACCEPTED,),
    "bounced": (State.BOUNCED,),
    "failed": (State.FAILED, State.EXPIRED),
    "uncertain": (State.UNCERTAIN,),
    "superseded": (State.SUPERSEDED,),
}


@dataclass(frozen=True)
class Post:
    """Numbers of mails by period and column."""

    cycles: Mapping[str, Mapping[str, int]]


def post(connection: Connection, periods: Sequence[str]) -> Post:
    """How the mail of these periods stands; periods without any are left out."""
    found: dict[str, dict[str, int]] = {}
    for row in overview.mail(connection, periods):
        counts = found.setdefault(row.cycle, dict.fromkeys(COLUMNS, 0))
        column = next(name for name, states in COLUMNS.items() if row.state in states)
        counts[column] += row.number
    return Post({key: found[key] for key in periods if key in found})
