"""Replies of departments and how each was answered: adding, listing and settling them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select, update

from cpsa.store.dialect import insert_or_ignore
from cpsa.store.stored_row import StoredRow
from cpsa.store.tables.action_tables import action_report, decision
from cpsa.store.tables.department_reply_tables import ReplyKind, department_reply
from cpsa.store.tables.dispatch_tables import dispatch


def add_reply(connection: Connection, kind: ReplyKind, **values: object) -> bool:
    """Record what a department sent; False when this very arrival was recorded before."""
    row: Mapping[str, object] = {"kind": kind, "params": {}, "numbers": [], **values}
    # Of an insert into a table with a numbered key psycopg tells no count of rows.
    into = insert_or_ignore(connection, department_reply).values(**row)
    return connection.execute(into.returning(department_reply.c.id)).first() is not None


def load_replies(connection: Connection, since: datetime | None = None) -> Sequence[StoredRow]:
    """Everything that departments sent, oldest first; optionally only those received since an instant."""
    query = select(department_reply).order_by(department_reply.c.id)
    if since is not None:
        query = query.where(department_reply.c.received_at >= since)
    return connection.execute(query).all()


def list_replies(connection: Connection, *, only_open: bool) -> Sequence[StoredRow]:
    """What departments sent, oldest first; or only the replies still to be entered by hand."""
    return list_open_replies(connection) if only_open else load_replies(connection)


def find_reply(connection: Connection, number: int) -> StoredRow | None:
    """One reply by its number."""
    query = select(department_reply).where(department_reply.c.id == number)
    return connection.execute(query).one_or_none()


def list_open_replies(connection: Connection, limit: int | None = None) -> Sequence[StoredRow]:
    """The replies that nobody has entered yet, oldest first."""
    query = (
        select(department_reply)
        .where(
            department_reply.c.kind == ReplyKind.BY_HAND, department_reply.c.settled_at.is_(None)
        )
        .order_by(department_reply.c.id)
    )
    return connection.execute(query if limit is None else query.limit(limit)).all()


def count_open_replies(connection: Connection) -> StoredRow:
    """How many replies are still to be entered by hand: number, since."""
    return connection.execute(
        select(
            func.count().label("number"), func.min(department_reply.c.received_at).label("since")
        ).where(
            department_reply.c.kind == ReplyKind.BY_HAND, department_reply.c.settled_at.is_(None)
        )
    ).one()


def settle_reply(
    connection: Connection, number: int, person: str, now: datetime, reason: str
) -> bool:
    """Mark a reply as entered by hand; False when it was before, or is none."""
    done = connection.execute(
        update(department_reply)
        .where(
            department_reply.c.id == number,
            department_reply.c.kind == ReplyKind.BY_HAND,
            department_reply.c.settled_at.is_(None),
        )
        .values(settled_at=now, settled_by=person, settled_reason=reason)
    )
    return done.rowcount > 0


def load_report(connection: Connection, report_id: int) -> StoredRow:
    """A report as it was recorded."""
    return connection.execute(select(action_report).where(action_report.c.id == report_id)).one()


def find_report_by_version(
    connection: Connection, department: str, half: str, version: int
) -> StoredRow | None:
    """A department's report for a half-year by its version."""
    return connection.execute(
        select(action_report).where(
            action_report.c.department == department,
            action_report.c.half == half,
            action_report.c.version == version,
        )
    ).one_or_none()


def find_newest_report_version(connection: Connection, department: str, half: str) -> int:
    """The version of a department's newest report for a half-year; 0 where there is none."""
    newest = select(func.coalesce(func.max(action_report.c.version), 0)).where(
        action_report.c.department == department, action_report.c.half == half
    )
    return int(connection.execute(newest).scalar_one())


def find_reply_by_key(connection: Connection, channel: str, key: str) -> StoredRow | None:
    """What a department sent by a channel under a key."""
    return connection.execute(
        select(department_reply)
        .where(department_reply.c.channel == channel, department_reply.c.key == key)
        .limit(1)
    ).one_or_none()


def count_replies_since(
    connection: Connection, department: str, channel: str, since: datetime
) -> int:
    """How often a department sent something by a channel since an instant."""
    return connection.execute(
        select(func.count()).where(
            department_reply.c.department == department,
            department_reply.c.channel == channel,
            department_reply.c.received_at >= since,
        )
    ).scalar_one()


def load_report_decisions(connection: Connection, report_id: int) -> Sequence[StoredRow]:
    """The decisions that a report brought, in the order of recording."""
    columns = ("action", "decision", "decided_at", "promised_on", "remarks")
    return connection.execute(
        select(*(decision.c[name] for name in columns))
        .where(decision.c.report_id == report_id)
        .order_by(decision.c.id)
    ).all()


def find_mails_by_id(connection: Connection, message_ids: Collection[str]) -> Sequence[StoredRow]:
    """Our mails with these Message-IDs: message_id, cycle, slot, recipient."""
    if not message_ids:
        return []
    columns = (dispatch.c[name] for name in ("message_id", "cycle", "slot", "recipient"))
    return connection.execute(
        select(*columns).where(dispatch.c.message_id.in_(message_ids)).order_by(dispatch.c.id)
    ).all()


def list_letters_by_suffix(connection: Connection, suffix: str) -> Sequence[StoredRow]:
    """The letters of the cycles with a suffix: id, cycle, slot, recipient, state, to_email."""
    names = ("id", "cycle", "slot", "recipient", "state", "to_email")
    return connection.execute(
        select(*(dispatch.c[name] for name in names))
        .where(dispatch.c.cycle.like(f"%{suffix}"))
        .order_by(dispatch.c.id)
    ).all()
