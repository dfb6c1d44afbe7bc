"""Arrivals awaiting confirmation: recording, finding and settling them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, insert, or_, select

from cpsa.store.queries import examination_queries
from cpsa.store.schema import Instant, new_id
from cpsa.store.stored_row import StoredRow
from cpsa.store.tables.action_tables import action_report
from cpsa.store.tables.arrival_tables import arrival
from cpsa.store.tables.awaiting_arrival_tables import arrival_settlement, awaiting_arrival
from cpsa.store.tables.entry_tables import entry, entry_load
from cpsa.submissions.state import SubmissionState

CONFIRMED, REFUSED, EXPIRED, REPLACED = "confirmed", "refused", "expired", "replaced"
_MAY_COUNT = (SubmissionState.ACCEPTED, SubmissionState.RECEIVED)
_SETTLED = [arrival_settlement.c[name] for name in ("outcome", "settled_at", "settled_by")]


def add_awaiting_arrival(connection: Connection, **values: object) -> int:
    """Record an arrival that awaits confirmation; return its number."""
    return new_id(connection.execute(insert(awaiting_arrival).values(**values)))


def find_same_arrival(
    connection: Connection,
    channel: str,
    key: str,
    sha256: str,
    kind: str,
    owner: tuple[str, str] | None = None,
) -> StoredRow | None:
    """This very arrival, where it was recorded before.

    ``owner``: only as a file of this agency and quarter, where a mail brings the same bytes for two.
    """
    query = _select_arrivals().where(
        awaiting_arrival.c.channel == channel,
        awaiting_arrival.c.key == key,
        awaiting_arrival.c.sha256 == sha256,
        awaiting_arrival.c.kind == kind,
    )
    if owner is not None:
        query = query.where(
            awaiting_arrival.c.party == owner[0], awaiting_arrival.c.period == owner[1]
        )
    return connection.execute(query.order_by(awaiting_arrival.c.id).limit(1)).one_or_none()


def find_awaiting_arrival(connection: Connection, number: int) -> StoredRow | None:
    """An arrival by its number, with ``outcome``, ``settled_at``, ``settled_by`` (none: not settled yet)."""
    return connection.execute(
        _select_arrivals().where(awaiting_arrival.c.id == number)
    ).one_or_none()


def list_awaiting_arrivals(
    connection: Connection, recorded_before: datetime | None = None, period: str = ""
) -> Sequence[StoredRow]:
    """The arrivals awaiting confirmation, oldest first; optionally of a period or recorded before an instant."""
    query = _select_arrivals().where(_is_awaiting())
    if recorded_before is not None:
        query = query.where(awaiting_arrival.c.recorded_at <= recorded_before)
    if period:
        query = query.where(awaiting_arrival.c.period == period)
    return connection.execute(query.order_by(awaiting_arrival.c.id)).all()


def list_settled_arrivals(
    connection: Connection, outcome: str, since: datetime
) -> Sequence[StoredRow]:
    """The arrivals settled with an outcome since an instant, oldest first."""
    return connection.execute(
        _select_arrivals()
        .where(arrival_settlement.c.outcome == outcome, arrival_settlement.c.settled_at >= since)
        .order_by(awaiting_arrival.c.id)
    ).all()


def list_confirmed_not_imported(connection: Connection) -> Sequence[StoredRow]:
    """The confirmed arrivals that are not imported: the process ended between the two. Oldest first."""
    imported = select(arrival.c.id).where(
        arrival.c.channel == awaiting_arrival.c.channel,
        arrival.c.key == awaiting_arrival.c.key,
        arrival.c.sha256 == awaiting_arrival.c.sha256,
        arrival.c.collected_at >= arrival_settlement.c.settled_at,
        or_(
            awaiting_arrival.c.kind != "update",
            and_(
                arrival.c.agency == awaiting_arrival.c.party,
                arrival.c.quarter == awaiting_arrival.c.period,
            ),
        ),
    )
    return connection.execute(
        _select_arrivals()
        .where(
            arrival_settlement.c.outcome == CONFIRMED,
            ~imported.correlate(awaiting_arrival, arrival_settlement).exists(),
        )
        .order_by(awaiting_arrival.c.id)
    ).all()


def find_newer_received_at(connection: Connection, row: StoredRow) -> datetime | None:
    """When the newest file was received that came after this one in its place; None where none did.

    An update that may count, a department's form, or a file of entries.
    """
    if row.kind == "update":
        every = examination_queries.load_submissions(
            connection, row.period, row.period, [row.party]
        )
        found = [submission.received_at for submission in every if submission.state in _MAY_COUNT]
        newest = max(found, default=None)
    elif row.kind == "report":
        newest = connection.execute(
            select(func.max(action_report.c.received_at, type_=Instant())).where(
                action_report.c.department == row.party, action_report.c.half == row.period
            )
        ).scalar()
    else:
        newest = connection.execute(
            select(func.max(entry_load.c.received_at, type_=Instant()))
            .join(entry, entry.c.load_id == entry_load.c.id)
            .where(entry.c.agency.in_(row.parties))
            .where(*([entry.c.quarter == row.period] if row.period else []))
        ).scalar()
    return newest if newest is not None and newest > row.received_at else None


def count_awaiting_arrivals(connection: Connection) -> StoredRow:
    """How many arrivals await confirmation, and since when: number, since."""
    return connection.execute(
        select(
            func.count().label("number"), func.min(awaiting_arrival.c.recorded_at).label("since")
        )
        .select_from(awaiting_arrival)
        .where(_is_awaiting())
    ).one()


def settle_arrival(
    connection: Connection,
    number: int,
    outcome: str,
    settled_at: datetime,
    person: str,
    reason: str,
) -> bool:
    """Settle an arrival, in a transaction of its own; False where it was settled before."""
    settled = select(arrival_settlement.c.outcome).where(arrival_settlement.c.awaiting_id == number)
    if connection.execute(settled).first() is not None:
        return False
    connection.execute(
        insert(arrival_settlement).values(
            awaiting_id=number,
            outcome=outcome,
            settled_at=settled_at,
            settled_by=person,
            reason=reason,
        )
    )
    return True


def has_entries(connection: Connection, pairs: Collection[tuple[str, str]]) -> bool:
    """Whether any of these agencies' quarters has entries."""
    if not pairs:
        return False
    named = or_(*((entry.c.agency == agency) & (entry.c.quarter == key) for agency, key in pairs))
    return connection.execute(select(entry.c.id).where(named).limit(1)).first() is not None


def _select_arrivals() -> Select[*tuple[Any, ...]]:
    joined = awaiting_arrival.outerjoin(
        arrival_settlement, arrival_settlement.c.awaiting_id == awaiting_arrival.c.id
    )
    return select(*awaiting_arrival.c, *_SETTLED).select_from(joined)


def _is_awaiting() -> ColumnElement[bool]:
    settled = arrival_settlement.alias("settled")
    query = select(settled.c.awaiting_id).where(settled.c.awaiting_id == awaiting_arrival.c.id)
    return ~query.correlate(awaiting_arrival).exists()
