"""What the list of work items reads from the store: one statement for each kind.

What must not go here: how an item is worded or where it leads (``cpsa.web.board.work_items``).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Text,
    and_,
    bindparam,
    func,
    or_,
    select,
)

from cpsa.store.named_sql import load_sql
from cpsa.store.schema import Instant
from cpsa.store.stored_row import StoredRow
from cpsa.store.tables.arrival_tables import arrival
from cpsa.store.tables.dispatch_tables import MailState, dispatch

ADDRESS_BOUNCED = "address_bounced"  # why a mail waits (cpsa.delivery.ledger)
FAILURE_SLOT_PREFIX = "failed "  # begins the slot of a notice of a failed step (notify_ops)
PACK_SLOT = "pack"  # the slot of a department's documents (department_letter)
TEST_COPIES = "%-test"  # cycles of test copies
UNTRIED_AFTER = timedelta(hours=1)  # a planned mail is tried before that, or not at all
REFUSED_SHOWN_FOR = timedelta(days=30)

# Files whose sender was not proven and who did not confirm them: nobody has to do anything.
_SETTLED_PROBLEMS = ("awaiting.refused", "awaiting.expired", "awaiting.replaced")

_later_dispatch = dispatch.alias("later")


def list_delayed_mail(connection: Connection, now: datetime) -> Sequence[StoredRow]:
    """Mail that was put off, or planned over an hour ago and not tried, by reason.

    Columns: reason (none: not tried), number, since, next_attempt_at. Without what waits for a
    corrected address.
    """
    statement = load_sql("board/list_delayed_mails").columns(
        reason=Text(), number=Integer(), since=Instant(), next_attempt_at=Instant()
    )
    before = bindparam("planned_before", now - UNTRIED_AFTER, Instant)
    return connection.execute(statement.bindparams(before)).all()


def count_mail_for_dead_addresses(connection: Connection) -> StoredRow:
    """Mail that waits until an address is corrected: number, since."""
    return connection.execute(
        select(func.count().label("number"), func.min(dispatch.c.planned_at).label("since")).where(
            dispatch.c.state == MailState.PENDING, dispatch.c.reason == ADDRESS_BOUNCED
        )
    ).one()


def count_unsettled_mail(connection: Connection) -> Sequence[StoredRow]:
    """Mail of any period that did or may have not arrived, by state: number, since."""
    return connection.execute(
        select(
            dispatch.c.state,
            func.count().label("number"),
            func.min(dispatch.c.changed_at).label("since"),
        )
        .where(is_unsettled())
        .group_by(dispatch.c.state)
    ).all()


def is_unsettled() -> ColumnElement[bool]:
    """Whether a mail needs a person.

    Uncertain mail always. Of mail that came back or was given up the newest revision; a letter or
    notice no longer once a later mail to the same recipient was accepted.
    """
    newer = (
        select(_later_dispatch.c.id)
        .where(
            _later_dispatch.c.cycle == dispatch.c.cycle,
            _later_dispatch.c.slot == dispatch.c.slot,
            _later_dispatch.c.recipient == dispatch.c.recipient,
            _later_dispatch.c.revision > dispatch.c.revision,
        )
        .exists()
    )
    arrived = (
        select(_later_dispatch.c.id)
        .where(
            _later_dispatch.c.recipient == dispatch.c.recipient,
            _later_dispatch.c.state == MailState.ACCEPTED,
            _later_dispatch.c.id > dispatch.c.id,
        )
        .exists()
    )
    given_up = dispatch.c.state.in_([MailState.BOUNCED, MailState.FAILED, MailState.EXPIRED])
    settled = or_(newer, and_(dispatch.c.slot != PACK_SLOT, arrived))
    return and_(
        dispatch.c.cycle.not_like(TEST_COPIES),
        or_(dispatch.c.state == MailState.UNCERTAIN, and_(given_up, ~settled)),
    )


def is_delayed(now: datetime) -> ColumnElement[bool]:
    """Whether a mail was put off, waits for an address, or was not tried."""
    untried = dispatch.c.planned_at < now - UNTRIED_AFTER
    return and_(
        dispatch.c.state == MailState.PENDING,
        or_(dispatch.c.next_attempt_at.is_not(None), dispatch.c.reason.is_not(None), untried),
    )


def list_failure_notices(connection: Connection, since: datetime) -> Sequence[StoredRow]:
    """The notices of failed steps planned since an instant, oldest first: cycle, slot, planned_at."""
    return connection.execute(
        select(dispatch.c.cycle, dispatch.c.slot, dispatch.c.planned_at)
        .where(dispatch.c.slot.like(f"{FAILURE_SLOT_PREFIX}%"), dispatch.c.planned_at >= since)
        .order_by(dispatch.c.id)
    ).all()


def list_open_mail(connection: Connection, now: datetime, limit: int) -> Sequence[StoredRow]:
    """The mails that the list counts, oldest first.

    Columns: cycle, slot, recipient, state, reason, detail, subject, planned_at, changed_at,
    next_attempt_at, message_id.
    """
    names = ("cycle", "slot", "recipient", "state", "reason", "detail", "subject", "planned_at")
    shown = [dispatch.c[name] for name in (*names, "changed_at", "next_attempt_at", "message_id")]
    return connection.execute(
        select(*shown)
        .where(or_(is_unsettled(), is_delayed(now)))
        .order_by(dispatch.c.planned_at, dispatch.c.id)
        .limit(limit)
    ).all()


def list_planned_halves(connection: Connection, halves: Sequence[str]) -> set[str]:
    """The half-years whose packs are in the ledger: approved, whatever their state."""
    packs = select(dispatch.c.cycle).where(
        dispatch.c.slot == PACK_SLOT, dispatch.c.cycle.in_(halves)
    )
    return set(connection.execute(packs.distinct()).scalars())


def list_channel_scans(connection: Connection) -> Sequence[StoredRow]:
    """The newest scan of each channel: channel, place, read_at, first_at, tried_at, error.

    ``read_at``: when a scan of this place was last completed; ``error``: of the newest scan, a key.
    """
    statement = load_sql("board/list_channel_scans").columns(
        channel=Text(),
        place=Text(),
        read_at=Instant(),
        first_at=Instant(),
        tried_at=Instant(),
        error=Text(),
    )
    return connection.execute(statement).all()


def count_locked_out_files(connection: Connection) -> Sequence[StoredRow]:
    """Quarters with files that wait for a lock exception: quarter, number of agencies, since.

    Only an agency's newest file waits: an exception is for that one.
    """
    statement = load_sql("board/count_locked_out_files").columns(
        quarter=Text(), number=Integer(), since=Instant()
    )
    return connection.execute(statement).all()


def count_refused_files(connection: Connection, now: datetime) -> StoredRow:
    """Files of the last 30 days that were refused and not followed by another: number, since."""
    return connection.execute(
        select(func.count().label("number"), func.min(arrival.c.collected_at).label("since")).where(
            is_refused(now)
        )
    ).one()


def is_refused(now: datetime) -> ColumnElement[bool]:
    """Whether a file was refused, and no accepted file followed for its agency and quarter."""
    later = arrival.alias("later_arrival")
    followed = (
        select(later.c.id)
        .where(
            later.c.agency == arrival.c.agency,
            later.c.quarter == arrival.c.quarter,
            later.c.outcome != "refused",
            later.c.id > arrival.c.id,
        )
        .exists()
    )
    unknown = or_(arrival.c.agency == "", arrival.c.quarter == "")
    return and_(
        arrival.c.outcome == "refused",
        arrival.c.problem.not_in(_SETTLED_PROBLEMS),
        arrival.c.collected_at > now - REFUSED_SHOWN_FOR,
        or_(unknown, ~followed),
    )


def list_refused_arrivals(connection: Connection, now: datetime, limit: int) -> Sequence[StoredRow]:
    """These files, oldest first: channel, file_name, agency, quarter, collected_at, problem, params."""
    names = ("channel", "file_name", "agency", "quarter", "collected_at", "problem", "params")
    return connection.execute(
        select(*(arrival.c[name] for name in names))
        .where(is_refused(now))
        .order_by(arrival.c.id)
        .limit(limit)
    ).all()
