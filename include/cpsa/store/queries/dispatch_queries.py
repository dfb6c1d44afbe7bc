"""Statements of the dispatch ledger: each function is one step within a transaction of the caller.

What belongs here: reading and writing ``dispatch`` and its journal, so that every change of state
is guarded (state, fence) and journalled with it. What must not: the decision which step follows
(``cpsa.delivery.ledger``), and any clock but the database's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    Text,
    and_,
    cast,
    exists,
    false,
    func,
    insert,
    or_,
    select,
    update,
)

from cpsa.store.dialect import insert_or_ignore
from cpsa.store.schema import BLANKED, parse_instant
from cpsa.store.stored_row import StoredRow
from cpsa.store.tables.dispatch_tables import MailState, dispatch, dispatch_event

_other_dispatch = dispatch.alias("other")
_bounce_event = dispatch_event.alias("bounce")

_PLANNING_LOCK = 20170402  # planning among the locks of a PostgreSQL server

# The reason of a bounced dispatch whose address takes no mail at all until it is corrected.
ADDRESS_IS_DEAD = "bounced_address"
# The reason of an accepted dispatch that was forwarded from its address, and refused there.
REFUSED_FURTHER_ON = "refused_further_on"


def clock(connection: Connection) -> datetime:
    """The database's time: one clock for all workers, whatever their machines believe."""
    if connection.dialect.name == "sqlite":
        return parse_instant(
            connection.exec_driver_sql("SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now')").scalar_one()
        )
    result: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return result


def insert_new_dispatches(
    connection: Connection,
    rows: Sequence[Mapping[str, Any]],
    delays: Sequence[timedelta | None] = (),
) -> int:
    """Plan these rows; one whose cycle, slot, recipient and revision exist already is ignored.

    ``delays``: for each row how long it is not sent from now on; None, or none at all: at once.
    """
    at = clock(connection)
    into = insert_or_ignore(connection, dispatch)
    new = 0
    for row, delay in zip(rows, delays or [None] * len(rows), strict=True):
        first = {
            "state": MailState.PENDING,
            "attempts": 0,
            "fence": 0,
            "changed_at": at,
            "not_before": None if delay is None else at + delay,
        }
        planned = connection.execute(into.values(**row, **first).returning(*dispatch.c)).first()
        if planned is not None:
            _journal_step(connection, planned, at)
            new += 1
    return new


def lock_recipients(connection: Connection, recipients: Collection[str]) -> None:
    """Wait until nobody else plans for these recipients, until the caller's transaction has ended.

    SQLite needs no such lock, it has the one write lock.
    """
    if connection.dialect.name == "postgresql":
        # In one order, so that two who want the same recipients never wait for each other.
        codes = cast(sorted(set(recipients)), ARRAY(Text))
        key = func.hashtext(func.unnest(codes).column_valued("recipient"))
        connection.execute(select(func.pg_advisory_xact_lock(_PLANNING_LOCK, key)))


def load_newest_revisions(
    connection: Connection, cycles: Collection[str], recipients: Collection[str]
) -> dict[tuple[str, str, str], StoredRow]:
    """The newest revision of every (cycle, slot, recipient) of these cycles and recipients, locked:
    nobody claims or settles one before the caller's transaction has ended."""
    wanted = dispatch.c.cycle.in_(cycles), dispatch.c.recipient.in_(recipients)
    query = select(dispatch).where(*wanted).with_for_update()
    # A revision is planned after the one it replaces, so ids go up with revisions.
    rows = connection.execute(query.order_by(dispatch.c.id))
    return {(row.cycle, row.slot, row.recipient): row for row in rows}


def claim_due(
    connection: Connection, cycle: str, worker: str, lease: timedelta
) -> StoredRow | None:
    """Take one due message of the cycle for this worker, under a new fence.

    The least tried goes first, so that one which kills its workers does not delay the others.

    Two statements on purpose: an UPDATE over a sub-select with LIMIT 1 and SKIP LOCKED was seen to
    claim more than one row. SQLite needs no row locks, it has the one write lock.
    """
    now = clock(connection)
    due = (
        select(dispatch.c.id)
        .where(*_match_due(cycle, now))
        .order_by(dispatch.c.attempts, dispatch.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    found = connection.execute(due).scalar_one_or_none()
    if found is None:
        return None
    taken = {
        "state": MailState.CLAIMED,
        "fence": dispatch.c.fence + 1,
        "attempts": dispatch.c.attempts + 1,
        "worker": worker,
        "lease_until": now + lease,
    }
    return _change_dispatches(connection, [dispatch.c.id == found], now, taken)[0]


def list_accepted_mails(connection: Connection, slot: str, as_of: datetime) -> Sequence[StoredRow]:
    """Mails of a slot that were accepted by an instant and had not come back as undeliverable.

    Columns: cycle, recipient, at.
    """
    came_back = exists().where(
        _bounce_event.c.dispatch == dispatch.c.id,
        _bounce_event.c.state == MailState.BOUNCED,
        _bounce_event.c.at <= as_of,
    )
    return connection.execute(
        select(dispatch.c.cycle, dispatch.c.recipient, dispatch_event.c.at)
        .join(dispatch, dispatch.c.id == dispatch_event.c.dispatch)
        .where(
            dispatch_event.c.state == MailState.ACCEPTED,
            dispatch_event.c.at <= as_of,
            dispatch.c.slot == slot,
            ~came_back,
        )
        .order_by(dispatch_event.c.at)
    ).all()


def has_due(connection: Connection, cycle: str) -> bool:
    """Whether ``claim`` would find something."""
    due = select(dispatch.c.id).where(*_match_due(cycle, clock(connection))).limit(1)
    return connection.execute(due).first() is not None


def list_recent_claims(connection: Connection, span: timedelta) -> list[datetime]:
    """When dispatches of any cycle were claimed in the last so long, oldest first."""
    lately = (
        select(dispatch_event.c.at)
        .where(
            dispatch_event.c.state == MailState.CLAIMED,
            dispatch_event.c.at > clock(connection) - span,
        )
        .order_by(dispatch_event.c.at)
    )
    return list(connection.execute(lately).scalars())


def enter_data(connection: Connection, row: StoredRow, lease: timedelta) -> bool:
    """Promise that the message may be accepted from now on; False if the lease is lost."""
    now = clock(connection)
    in_time = dispatch.c.lease_until > now
    promised = {"state": MailState.IN_DATA, "lease_until": now + lease}
    return bool(
        _change_dispatches(
            connection, [*_match_claim(row, {MailState.CLAIMED}), in_time], now, promised
        )
    )


def change_state(
    connection: Connection, row: StoredRow, from_states: Collection[MailState], **values: Any
) -> bool:
    """Change a row that is still in one of ``from_states`` under the fence that ``row`` was read with."""
    return bool(
        _change_dispatches(connection, _match_claim(row, from_states), clock(connection), values)
    )


def record_detail(connection: Connection, row: StoredRow, **why: Any) -> None:
    """Update and journal details of a row whose state, and since when, stays as it is."""
    noted = connection.execute(
        update(dispatch).where(dispatch.c.id == row.id).values(**why).returning(dispatch)
    ).one()
    _journal_step(connection, noted, clock(connection))


def lock_dispatch(connection: Connection, row: StoredRow) -> None:
    """Wait until nobody else is changing this row; what is read after it is current."""
    connection.execute(select(dispatch.c.id).where(dispatch.c.id == row.id).with_for_update())


def has_newer_revision(connection: Connection, row: StoredRow) -> bool:
    """Whether a later revision of the same slot and recipient was planned."""
    newer = select(dispatch.c.id).where(
        dispatch.c.cycle == row.cycle,
        dispatch.c.slot == row.slot,
        dispatch.c.recipient == row.recipient,
        dispatch.c.revision > row.revision,
    )
    return connection.execute(newer.limit(1)).first() is not None


def mark_awaiting_address(connection: Connection, cycle: str, **why: Any) -> int:
    """Mark pending mails to dead addresses as waiting for a correction; how many are newly marked."""
    silent = or_(dispatch.c.reason.is_(None), dispatch.c.reason != why["reason"])
    conditions = (
        dispatch.c.cycle == cycle,
        dispatch.c.state == MailState.PENDING,
        _is_address_dead(),
        silent,
    )
    return len(_change_dispatches(connection, conditions, clock(connection), why))


def list_bounced_to(connection: Connection, email: str) -> Sequence[StoredRow]:
    """The bounced dispatches because of which mail to this address waits."""
    dead = (
        dispatch.c.state == MailState.BOUNCED,
        dispatch.c.reason == ADDRESS_IS_DEAD,
        func.lower(dispatch.c.to_email) == email.lower(),
    )
    return connection.execute(select(dispatch).where(*dead).order_by(dispatch.c.id)).all()


def release_expired_leases(connection: Connection, **values: Mapping[str, Any]) -> int:
    """Change every row whose lease has run out, by its state: ``claimed={...}, in_data={...}``."""
    now = clock(connection)
    released = 0
    for state, change in values.items():
        expired = (
            select(dispatch.c.id)
            .where(dispatch.c.state == state, dispatch.c.lease_until <= now)
            .with_for_update(skip_locked=True)
        )
        ids = connection.execute(expired).scalars().all()
        released += len(_change_dispatches(connection, [dispatch.c.id.in_(ids)], now, change))
    return released


def postpone_due(connection: Connection, cycle: str, pause: timedelta, **why: Any) -> int:
    """Put off all that is due in the cycle, with the reason why."""
    now = clock(connection)
    later = {"next_attempt_at": now + pause, **why}
    return len(_change_dispatches(connection, _match_due(cycle, now), now, later))


def make_due(
    connection: Connection, cycle: str, from_states: Collection[MailState], **values: Any
) -> int:
    """Change all in these states that is not due already."""
    conditions = (
        dispatch.c.cycle == cycle,
        dispatch.c.state.in_(from_states),
        or_(dispatch.c.state != MailState.PENDING, dispatch.c.next_attempt_at.is_not(None)),
    )
    return len(_change_dispatches(connection, conditions, clock(connection), values))


def find_dispatch(connection: Connection, message_id: str) -> StoredRow | None:
    """The dispatch a Message-ID belongs to, locked for the caller's transaction."""
    query = select(dispatch).where(dispatch.c.message_id == message_id).with_for_update()
    return connection.execute(query).one_or_none()


def list_uncertain_dispatches(connection: Connection) -> Sequence[StoredRow]:
    """What is uncertain, in any cycle."""
    unknown = select(dispatch).where(dispatch.c.state == MailState.UNCERTAIN)
    return connection.execute(unknown.order_by(dispatch.c.id)).all()


def load_outbox(connection: Connection, cycle: str | None) -> Sequence[StoredRow]:
    """All dispatches of the cycle, or of all cycles, in the order they were planned."""
    rows = select(dispatch).order_by(dispatch.c.cycle, dispatch.c.id)
    return connection.execute(
        rows if cycle is None else rows.where(dispatch.c.cycle == cycle)
    ).all()


def load_events(connection: Connection, id: int) -> Sequence[StoredRow]:
    """The journal of one dispatch, oldest first."""
    query = select(dispatch_event).where(dispatch_event.c.dispatch == id)
    return connection.execute(query.order_by(dispatch_event.c.id)).all()


def count_states_by_cycle(
    connection: Connection, cycles: Collection[str], slot: str
) -> dict[str, Counter[MailState]]:
    """The number of dispatches of a slot in each state, by cycle; what a later
    revision took the place of is left out."""
    counted = (
        select(dispatch.c.cycle, dispatch.c.state, func.count())
        .where(
            dispatch.c.cycle.in_(cycles),
            dispatch.c.slot == slot,
            dispatch.c.state != MailState.SUPERSEDED,
        )
        .group_by(dispatch.c.cycle, dispatch.c.state)
    )
    found: dict[str, Counter[MailState]] = {}
    for cycle, state, count in connection.execute(counted):
        found.setdefault(cycle, Counter())[MailState(state)] = count
    return found


def list_cycles_in_state(connection: Connection, slot: str, state: MailState) -> list[str]:
    """The cycles of which some dispatch of a slot is in a state, in their order."""
    found = select(dispatch.c.cycle).where(dispatch.c.slot == slot, dispatch.c.state == state)
    return list(connection.execute(found.distinct().order_by(dispatch.c.cycle)).scalars())


def is_planned(connection: Connection, cycle: str, slot: str) -> bool:
    """Whether anything was ever planned under this slot."""
    found = select(dispatch.c.id).where(dispatch.c.cycle == cycle, dispatch.c.slot == slot)
    return connection.execute(found.limit(1)).first() is not None


def count_by_state(connection: Connection, cycle: str) -> Counter[MailState]:
    """The number of dispatches of the cycle in each state; what bounced and was planned again
    since, to another address or with other documents, counts no longer, and what is not to be sent
    yet does not count either."""
    planned_again = and_(
        dispatch.c.state == MailState.BOUNCED,
        exists().where(
            _other_dispatch.c.cycle == dispatch.c.cycle,
            _other_dispatch.c.slot == dispatch.c.slot,
            _other_dispatch.c.recipient == dispatch.c.recipient,
            _other_dispatch.c.revision > dispatch.c.revision,
        ),
    )
    is_early = and_(
        dispatch.c.state == MailState.PENDING,
        func.coalesce(dispatch.c.not_before > clock(connection), false()),
    )
    counted = (
        select(dispatch.c.state, func.count())
        .where(dispatch.c.cycle == cycle, ~planned_again, ~is_early)
        .group_by(dispatch.c.state)
    )
    return Counter({MailState(state): number for state, number in connection.execute(counted)})


def _match_claim(
    row: StoredRow, from_states: Collection[MailState]
) -> tuple[ColumnElement[bool], ...]:
    return (
        dispatch.c.id == row.id,
        dispatch.c.fence == row.fence,
        dispatch.c.state.in_(from_states),
    )


def _match_due(cycle: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        dispatch.c.cycle == cycle,
        dispatch.c.state == MailState.PENDING,
        or_(dispatch.c.next_attempt_at.is_(None), dispatch.c.next_attempt_at <= now),
        or_(dispatch.c.not_before.is_(None), dispatch.c.not_before <= now),
        ~_is_address_dead(),
    )


def _is_address_dead() -> ColumnElement[bool]:
    """Whether a mail to the same address bounced, and the address was not confirmed since."""
    return exists().where(
        _other_dispatch.c.state == MailState.BOUNCED,
        _other_dispatch.c.reason == ADDRESS_IS_DEAD,
        func.lower(_other_dispatch.c.to_email) == func.lower(dispatch.c.to_email),
    )


def _change_dispatches(
    connection: Connection,
    where: Iterable[ColumnElement[bool]],
    at: datetime,
    values: Mapping[str, Any],
) -> Sequence[StoredRow]:
    """The one place that changes dispatches: what it changes, it journals.

    What retention has blanked is not sent again, unless it is given new words.
    """
    if values.get("state") == MailState.PENDING and "html" not in values:
        where = [*where, dispatch.c.html != BLANKED]
    cleared = {"code": None, "reason": None, "detail": None}  # of this step, not of an earlier one
    changed = connection.execute(
        update(dispatch)
        .where(*where)
        .values(**{**cleared, **values}, changed_at=at)
        .returning(dispatch)
    ).all()
    for row in changed:
        _journal_step(connection, row, at)
    return changed


def _journal_step(connection: Connection, row: StoredRow, at: datetime) -> None:
    names = ("state", "fence", "worker", "code", "reason", "detail")
    step = {name: getattr(row, name) for name in names}
    connection.execute(insert(dispatch_event).values(dispatch=row.id, at=at, **step))
