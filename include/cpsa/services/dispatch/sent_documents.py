"""Which of a half-year's documents each seat has received, by the ledger.

Mail that may have arrived counts as received, so that nothing is sent twice; bounced mail does
not. What must not go here: deciding what is sent next.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection

from cpsa.calendar import HalfYear
from cpsa.documents.pack_contents import list_pack_periods
from cpsa.letters.letter_kinds import PACK_SLOT
from cpsa.letters.seats import make_mail_reference
from cpsa.store.queries import dispatch_queries, document_queries
from cpsa.store.tables.dispatch_tables import MailState

UNSENT_STATES = frozenset({MailState.PENDING, MailState.FAILED, MailState.EXPIRED})
_DELIVERED_STATES = frozenset(
    {MailState.ACCEPTED, MailState.UNCERTAIN, MailState.IN_DATA, MailState.CLAIMED}
)


class DocumentName(NamedTuple):
    """A document that is due to seats, whichever its edition; the language is the seat's."""

    kind: str
    period: str
    subject: str
    format: str


@dataclass(frozen=True)
class DeliveredDocument:
    """One document that a seat received: its edition, and the mail that delivered it."""

    edition: Mapping[str, Any]
    mail: str
    sent_at: datetime

    @property
    def sha256(self) -> str:
        return str(self.edition["sha256"])


@dataclass(frozen=True)
class SeatMail:
    """A seat's mail so far. ``state`` and ``email`` are those of the newest, ``mail_count`` counts those
    that arrived or may have arrived."""

    state: MailState | None = None
    email: str = ""
    digest: str = ""
    mail_count: int = 0
    documents: Mapping[DocumentName, DeliveredDocument] = field(default_factory=dict)

    @property
    def is_unsent(self) -> bool:
        """Whether its newest mail is planned and was not sent."""
        return self.state in UNSENT_STATES

    @property
    def has_failed(self) -> bool:
        """Whether its newest mail was refused, or deferred too often."""
        return self.state in (MailState.FAILED, MailState.EXPIRED)


def load_sent_documents(
    connection: Connection, half: HalfYear, departments: Mapping[str, str]
) -> dict[str, SeatMail]:
    """Load the mail of each seat to which the half-year's documents were ever due.

    ``departments``: every code that a department has or had, each with the one it has now.
    """
    editions = document_queries.load_editions(connection, list_pack_periods(half))
    posts: dict[str, SeatMail] = {}
    for row in dispatch_queries.load_outbox(connection, half.key):
        if row.slot != PACK_SLOT or row.state == MailState.SUPERSEDED:
            continue
        before = posts.get(row.recipient, SeatMail())
        documents, mail_count = dict(before.documents), before.mail_count
        if row.state in _DELIVERED_STATES:
            mail = make_mail_reference(half, row.recipient.partition(":")[0], mail_count)
            for file in row.attachments:
                if edition := editions.get(file["sha256"]):
                    name = DocumentName(*(edition[field] for field in DocumentName._fields))
                    name = name._replace(subject=departments.get(name.subject, name.subject))
                    documents[name] = DeliveredDocument(edition, mail, row.changed_at)
            mail_count += 1
        posts[row.recipient] = SeatMail(
            MailState(row.state), row.to_email, row.digest, mail_count, documents
        )
    return posts
