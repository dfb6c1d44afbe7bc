"""Documents that changed after they were sent, and the reasons why no revision was sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, exists, insert, select

from cpsa.store.stored_row import StoredRow
from cpsa.store.tables.dispatch_tables import MailState, dispatch
from cpsa.store.tables.publication_tables import changed_document, no_revision


@dataclass(frozen=True)
class NoRevision:
    """Why changed documents of a half-year are not sent again. ``documents``: their row numbers."""

    half: str
    documents: tuple[int, ...]
    reason: str
    recorded_by: str
    recorded_at: datetime


def add_changed_documents(connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
    """Add the changed documents that are not recorded for the same edition and recipient."""
    if not rows:
        return
    known = {
        (row.edition, row.recipient)
        for row in connection.execute(
            select(changed_document.c.edition, changed_document.c.recipient).where(
                changed_document.c.half == rows[0]["half"]
            )
        )
    }
    new = [row for row in rows if (row["edition"], row["recipient"]) not in known]
    if new:
        connection.execute(insert(changed_document), new)


def list_unanswered_changes(connection: Connection, slot: str) -> dict[str, list[StoredRow]]:
    """By half-year, the recipients that no mail of this slot was planned for since, where nobody has
    recorded since why no revision is sent; of every edition."""
    mailed = exists().where(
        dispatch.c.cycle == changed_document.c.half,
        dispatch.c.slot == slot,
        dispatch.c.recipient == changed_document.c.recipient,
        dispatch.c.revision > 0,
        dispatch.c.state != MailState.SUPERSEDED,
        dispatch.c.planned_at >= changed_document.c.found_at,
    )
    refused = exists().where(
        no_revision.c.half == changed_document.c.half,
        no_revision.c.recorded_at >= changed_document.c.found_at,
    )
    rows = connection.execute(
        select(changed_document).where(~mailed, ~refused).order_by(changed_document.c.id)
    )
    found: dict[str, list[StoredRow]] = {}
    for row in rows:
        found.setdefault(row.half, []).append(row)
    return found


def add_no_revision(connection: Connection, **values: object) -> None:
    connection.execute(insert(no_revision).values(**values))


def find_no_revision(connection: Connection, half: str) -> NoRevision | None:
    """The newest reason recorded for a half-year."""
    newest = select(no_revision).where(no_revision.c.half == half)
    row = connection.execute(newest.order_by(no_revision.c.id.desc()).limit(1)).first()
    if row is None:
        return None
    return NoRevision(row.half, tuple(row.documents), row.reason, row.recorded_by, row.recorded_at)
