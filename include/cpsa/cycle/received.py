"""What each seat has got of a half-year's documents, by the ledger.

Mail that may have arrived counts as got, so that nothing is sent twice; mail that came back does
not. What must not go here: deciding what is sent next.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection

from cpsa.calendar import HalfYear
from cpsa.cycle.building import leaving_with
from cpsa.deliver import pack
from cpsa.store import dispatches
from cpsa.store import documents as shelf
from cpsa.store.tables.dispatch import State

NOT_LEFT = frozenset({State.PENDING, State.FAILED, State.EXPIRED})
_GOT = frozenset({State.ACCEPTED, State.UNCERTAIN, State.IN_DATA, State.CLAIMED})


class Name(NamedTuple):
    """A document as seats are due it, whichever its edition; the language is the seat's."""

    kind: str
    period: str
    subject: str
    format: str


@dataclass(frozen=True)
class Got:
    """One document as a seat has it: its edition, and the mail that brought it."""

    edition: Mapping[str, Any]
    mail: str
    sent_at: datetime

    @property
    def sha256(self) -> str:
        return self.edition["sha256"]


@dataclass(frozen=True)
class Post:
    """A seat's mail so far. ``state`` and ``email`` are those of the newest, ``mails`` counts those
    that it got or may have got."""

    state: State | None = None
    email: str = ""
    digest: str = ""
    mails: int = 0
    documents: Mapping[Name, Got] = field(default_factory=dict)

    @property
    def waits(self) -> bool:
        """Whether its newest mail is planned and has not left."""
        return self.state in NOT_LEFT

    @property
    def gave_up(self) -> bool:
        """Whether its newest mail was refused, or put off too often."""
        return self.state in (State.FAILED, State.EXPIRED)


def read(connection: Connection, half: HalfYear, departments: Mapping[str, str]) -> dict[str, Post]:
    """By seat, for all seats that were ever owed the half-year's documents.

    ``departments``: every code that a department has or had, each with the one it has now.
    """
    editions = shelf.editions(connection, leaving_with(half))
    posts: dict[str, Post] = {}
    for row in dispatches.outbox(connection, half.key):
        if row.slot != pack.SLOT or row.state == State.SUPERSEDED:
            continue
        before = posts.get(row.recipient, Post())
        got, mails = dict(before.documents), before.mails
        if row.state in _GOT:
            mail = pack.reference(half, row.recipient.partition(":")[0], mails)
            for file in row.attachments:
                if edition := editions.get(file["sha256"]):
                    name = Name(*(edition[field] for field in Name._fields))
                    name = name._replace(subject=departments.get(name.subject, name.subject))
                    got[name] = Got(edition, mail, row.changed_at)
            mails += 1
        posts[row.recipient] = Post(State(row.state), row.to_email, row.digest, mails, got)
    return posts
