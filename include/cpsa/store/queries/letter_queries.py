"""What letters are planned from, beside obligations and submissions: recent and planned items.

Reads only, and only what is small: never the mails themselves, but for those whose address changed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select, union

from cpsa.store.schema import BLANKED
from cpsa.store.stored_row import StoredRow
from cpsa.store.tables.dispatch_tables import MailState, dispatch, dispatch_event
from cpsa.store.tables.exception_tables import lock_exception, waiver
from cpsa.store.tables.submission_tables import submission

_UNDER_WAY = (MailState.PENDING, MailState.CLAIMED, MailState.IN_DATA)


def list_quarters_received_since(connection: Connection, since: datetime) -> list[str]:
    """The quarters for which a file was received since an instant."""
    quarters = select(submission.c.quarter).where(submission.c.received_at >= since)
    return sorted(connection.execute(quarters.distinct()).scalars())


def list_pairs_decided_since(connection: Connection, since: datetime) -> set[tuple[str, str]]:
    """Agencies and quarters for which a lock exception or a waiver was given since an instant.

    Not those of a quiet exception: a backfill is for our own sake.
    """
    exceptions, waivers = (
        select(table.c.agency, table.c.quarter).where(table.c.given_at >= since)
        for table in (lock_exception, waiver)
    )
    given = union(exceptions.where(lock_exception.c.quiet.is_(False)), waivers)
    return {(agency, quarter) for agency, quarter in connection.execute(given)}


def list_quiet_exceptions(connection: Connection) -> frozenset[int]:
    """The lock exceptions of backfills: no letter is written about a file that one of them admits."""
    quiet = select(lock_exception.c.id).where(lock_exception.c.quiet)
    return frozenset(connection.execute(quiet).scalars())


def load_planned_letters(connection: Connection, cycles: Collection[str]) -> Sequence[StoredRow]:
    """The newest revision of every slot and recipient of these cycles: its state, not what
    it says. Columns: id, cycle, slot, recipient, to_email, state, fence, planned_at."""
    newest = (
        select(func.max(dispatch.c.id))
        .where(dispatch.c.cycle.in_(cycles))
        .group_by(dispatch.c.cycle, dispatch.c.slot, dispatch.c.recipient)
    )
    names = ("id", "cycle", "slot", "recipient", "to_email", "state", "fence", "planned_at")
    columns = [dispatch.c[name] for name in names]
    rows = select(*columns).where(dispatch.c.id.in_(newest)).order_by(dispatch.c.id)
    return connection.execute(rows).all()


def load_dispatches(connection: Connection, ids: Collection[int]) -> Sequence[StoredRow]:
    """These dispatches with all their columns; none of those that retention has blanked."""
    query = select(dispatch).where(dispatch.c.id.in_(ids), dispatch.c.html != BLANKED)
    return connection.execute(query).all()


def load_delivered_letters(
    connection: Connection, cycles: Collection[str], slots: Collection[str], until: datetime
) -> Sequence[StoredRow]:
    """Letters of these cycles and slots that a mail server had accepted by an instant and that had
    not bounced: cycle, slot, recipient and the first such instant, ``at``."""
    steps = (
        select(dispatch.c.cycle, dispatch.c.slot, dispatch.c.recipient)
        .add_columns(func.min(dispatch_event.c.at).label("at"))
        .join(dispatch_event, dispatch_event.c.dispatch == dispatch.c.id)
        .where(dispatch.c.cycle.in_(cycles), dispatch.c.slot.in_(slots))
        .where(dispatch_event.c.state == MailState.ACCEPTED, dispatch_event.c.at <= until)
    )
    returned = select(dispatch_event.c.dispatch).where(
        dispatch_event.c.state == MailState.BOUNCED, dispatch_event.c.at <= until
    )
    rows = steps.where(dispatch.c.id.not_in(returned)).group_by(
        dispatch.c.cycle, dispatch.c.slot, dispatch.c.recipient
    )
    return connection.execute(rows.order_by(dispatch.c.cycle, dispatch.c.recipient)).all()


def list_cycles_under_way(connection: Connection) -> list[str]:
    """The cycles with a mail that waits to be sent or is claimed by a worker."""
    cycles = select(dispatch.c.cycle).where(dispatch.c.state.in_(_UNDER_WAY))
    return sorted(connection.execute(cycles.distinct()).scalars())
