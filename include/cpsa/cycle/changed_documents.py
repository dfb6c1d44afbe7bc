"""Sent documents that have changed since: who holds them, and why no revision is sent.

A sent document has changed when its contents, built by today's program from the store as it was and
as it is now, differ in more than the date. That is looked up when documents are built, and kept;
until they change again it has two answers: a revision (``dispatching``), or a reason for none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from cpsa.calendar import HalfYear
from cpsa.cycle import editions, received
from cpsa.cycle.editions import Edition
from cpsa.cycle.office import Office
from cpsa.cycle.packing import Packing
from cpsa.cycle.received import Got, Name, Post
from cpsa.cycle.revising import Revising
from cpsa.deliver import pack
from cpsa.errors import RequestError
from cpsa.store import changed_documents, judgements
from cpsa.store import documents as document_rows
from cpsa.store.changed_documents import NoRevision
from cpsa.store.database import reading, writing

NO_REVISION = "send no revision"  # in the audit trail


@dataclass(frozen=True)
class ChangedSinceSent:
    """A half-year of which recipients hold documents that have changed since they were sent.

    ``recipients``: their seats; ``documents``: how many documents of all of them; ``found_at``:
    since when the newer edition is there.
    """

    half: str
    recipients: tuple[str, ...]
    documents: int
    found_at: datetime


def changed_since_sent(office: Office, now: datetime) -> tuple[ChangedSinceSent, ...]:
    """Half-years with sent documents that have changed, without an answer yet; oldest first."""
    with reading(office.engine) as connection:
        found = []
        for half, rows in changed_documents.list_unanswered(connection, pack.SLOT).items():
            newest = editions.find_newest_edition(connection, HalfYear.parse(half)).digest
            current = [row for row in rows if row.edition == newest and row.found_at <= now]
            if current:
                recipients = tuple(sorted(row.recipient for row in current))
                documents = sum(row.documents for row in current)
                found_at = min(row.found_at for row in current)
                found.append(ChangedSinceSent(half, recipients, documents, found_at))
    return tuple(sorted(found, key=lambda change: change.half))


def record_changed_documents(office: Office, half: HalfYear, now: datetime) -> int:
    """After a half-year was built: record who holds documents that say something else; how many.

    Nothing is looked up where nothing was sent.
    """
    with reading(office.engine) as connection:
        posts = received.read(connection, half, office.reference.department_codes)
        edition = editions.find_newest_edition(connection, half)
        refusal = changed_documents.find_no_revision(connection, half.key)
        refused = _rows_of(connection, refusal)
    if not any(post.documents for post in posts.values()):
        return 0
    rows = [
        {
            "half": half.key,
            "edition": edition.digest,
            "recipient": recipient,
            "documents": count,
            "found_at": now,
        }
        for recipient, count in _count_changed(office, half, posts, refused, now).items()
    ]
    with writing(office.engine) as connection:
        changed_documents.add_new(connection, rows)
    return len(rows)


def record_no_revision(
    office: Office, half: HalfYear, reason: str, who: str, now: datetime
) -> ChangedSinceSent:
    """Record why changed documents are not sent again; RequestError where none have changed."""
    if not reason.strip():
        raise RequestError("cycle.no_reason")
    changes = [one for one in changed_since_sent(office, now) if one.half == half.key]
    if not changes:
        raise RequestError("cycle.nothing_changed", period=half.key)
    with writing(office.engine) as connection:
        edition: Edition = editions.find_newest_edition(connection, half)
        changed_documents.add_no_revision(
            connection,
            half=half.key,
            edition=edition.digest,
            documents=list(edition.ids),
            reason=reason.strip(),
            recorded_by=who,
            recorded_at=now,
        )
        judgements.add_audit(connection, now, who, NO_REVISION, half.key, reason.strip())
    return changes[0]


def _count_changed(
    office: Office,
    half: HalfYear,
    posts: Mapping[str, Post],
    refused: Sequence[Mapping[str, Any]],
    now: datetime,
) -> dict[str, int]:
    """Of each recipient how many of its documents have changed, since they were sent and since it
    was last recorded that no revision is sent."""
    try:
        comparing = Revising(Packing.read(office, half, now), "")
        seats = comparing.packing.seats
    except RequestError:
        return {}  # recipients that cannot be read: sending says so
    found = {}
    for seat in seats:
        post = posts.get(seat.id, Post())
        changed = comparing.changed_for(seat, post)
        if changed and refused:
            since = _with_editions(post, refused, seat.language)
            changed = {
                name: row
                for name, row in changed.items()
                if name in comparing.changed_for(seat, since)
            }
        if changed:
            found[seat.id] = len(changed)
    return found


def _with_editions(post: Post, refused: Sequence[Mapping[str, Any]], language: str) -> Post:
    """A seat's documents as if it held the editions that were not sent to it."""
    rows = {_name(row): row for row in refused if row["language"] == language}
    held = {
        name: Got(rows[name], got.mail, got.sent_at) if name in rows else got
        for name, got in post.documents.items()
    }
    return replace(post, documents=held)


def _name(row: Mapping[str, Any]) -> Name:
    return Name(*(row[field] for field in Name._fields))


def _rows_of(connection: Connection, refusal: NoRevision | None) -> Sequence[Mapping[str, Any]]:
    return [] if refusal is None else document_rows.with_ids(connection, refusal.documents)
