"""Audit entries: who did what by hand, and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, insert, select

from cpsa.store.stored_row import StoredRow
from cpsa.store.tables.audit_tables import audit


def add_audit(
    connection: Connection, at: datetime, person: str, verb: str, subject: str, reason: str
) -> None:
    connection.execute(
        insert(audit).values(at=at, who=person, verb=verb, subject=subject, reason=reason)
    )


def load_audit_entries(
    connection: Connection, since: datetime | None = None, subject: str = "", verb: str = ""
) -> Sequence[StoredRow]:
    """The audit entries since an instant, oldest first: at, who, verb, subject, reason."""
    query = select(*(audit.c[name] for name in ("at", "who", "verb", "subject", "reason")))
    if since is not None:
        query = query.where(audit.c.at >= since)
    if subject:
        query = query.where(audit.c.subject.contains(subject, autoescape=True))
    if verb:
        query = query.where(audit.c.verb == verb)
    return connection.execute(query.order_by(audit.c.id)).all()


def find_last_audit_entry(connection: Connection, verb: str, subject: str) -> StoredRow | None:
    """The newest audit entry of a verb and subject."""
    query = select(audit).where(audit.c.verb == verb, audit.c.subject == subject)
    return connection.execute(query.order_by(audit.c.id.desc()).limit(1)).first()
