"""The end of an arrival's waiting: confirmed, it is imported; refused, it is not.

Its settlement decides and is written first, once; importing follows and can be repeated, so that
whoever ends between the two loses nothing. What must not go here: why something waits
(``mail_trust``), letters about it (``confirmation_letters``), and checking what was imported.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import Connection

from cpsa import messages
from cpsa.bilingual import LANGUAGES
from cpsa.calendar import IST, Quarter
from cpsa.collect.arrival import Arrival
from cpsa.collect.channels.channel import FileUse
from cpsa.cycle.action_reports import take_in_report
from cpsa.cycle.arriving import take_entries, take_in, unrecorded
from cpsa.cycle.department_replies import seat_of_address, seats_of
from cpsa.cycle.mail_trust import still_waits
from cpsa.cycle.office import Office
from cpsa.cycle.results import Item
from cpsa.errors import RequestError
from cpsa.store import arrivals, awaiting_arrivals, judgements
from cpsa.store.awaiting_arrivals import CONFIRMED, EXPIRED, REFUSED, REPLACED
from cpsa.store.database import reading, writing

WAITS = timedelta(days=30)
ADDRESS, TIME, TRUST = "address", "time", "trust"  # by what it was settled, where by no person
CONFIRMED_VERB, REFUSED_VERB = "confirm arrival", "refuse arrival"  # in the audit trail
LIST_COLUMNS = [
    *("number", "received_at", "recorded_at", "until", "channel", "kind", "party", "period"),
    *("file_name", "size", "sha256", "reason", "proof", "why_en", "why_hi"),
]
PROBLEMS = {outcome: f"awaiting.{outcome}" for outcome in (REFUSED, EXPIRED, REPLACED)}


@dataclass(frozen=True)
class AwaitingArrival:
    """An arrival that waits, or waited. ``row``: of ``awaiting_arrival`` with its settlement.

    ``newer_at``: when a newer update, form or file of entries was received in its place.
    """

    row: Any
    newer_at: datetime | None

    @property
    def number(self) -> int:
        return self.row.id

    @property
    def waits(self) -> bool:
        return self.row.outcome is None

    @property
    def expires_at(self) -> datetime:
        return self.row.recorded_at + WAITS


def awaiting_arrival(office: Office, number: int) -> AwaitingArrival:
    """The arrival of a number; RequestError where there is none."""
    with reading(office.engine) as connection:
        return _found(connection, number)


def list_awaiting(office: Office, period: Quarter | None = None) -> pd.DataFrame:
    """What awaits confirmation, oldest first, of one quarter if asked.

    Columns: number, received_at, recorded_at, until (it is refused then), channel, kind, party,
    period, file_name, size, sha256, reason, proof, why_en, why_hi.
    """
    with reading(office.engine) as connection:
        rows = awaiting_arrivals.list_waiting(connection, period=period.key if period else "")
    return pd.DataFrame(
        [
            (
                *(row.id, row.received_at, row.recorded_at, row.recorded_at + WAITS),
                *(row.channel, row.kind, row.party, row.period, row.file_name, row.size),
                *(row.sha256, row.reason, row.proof),
                *(why_it_waits(row, language) for language in LANGUAGES),
            )
            for row in rows
        ],
        columns=LIST_COLUMNS,
    )


def why_it_waits(row: Any, language: str) -> str:
    """What it would do, and why its sender is not proven."""
    keys = f"awaiting.reason.{row.reason}", f"awaiting.proof.{row.proof}"
    return "; ".join(messages.text(key, language) for key in keys)


def confirm_arrival(
    office: Office,
    number: int,
    now: datetime,
    by: str,
    reason: str = "",
    replaces_newer: bool = False,
) -> Item:
    """Import an arrival with its original time of arrival: the next version, or its decisions.

    ``by``: ``ADDRESS`` for a click behind the link, else the person, who needs a reason. A file that
    was received later in its place is only followed with ``replaces_newer``. RequestError where it
    waits no longer, also once its 30 days are over.
    """
    with writing(office.engine, alone=True) as connection:
        found = _waiting(connection, number, now)
        _require_reason(by, reason)
        if found.newer_at is not None and not replaces_newer:
            raise RequestError("awaiting.newer", number=number, at=_moment(found.newer_at))
        awaiting_arrivals.settle(connection, number, CONFIRMED, now, by, reason.strip())
        _audit(connection, found.row, CONFIRMED_VERB, now, by, reason)
    return _import(office, found.row, now)


def refuse_arrival(
    office: Office, number: int, now: datetime, by: str, reason: str = "", outcome: str = REFUSED
) -> Item:
    """Settle that an arrival is not imported. ``outcome``: ``REFUSED``, or ``REPLACED`` where its
    sender says that a newer file counts. Its bytes are kept. RequestError as for confirming."""
    with writing(office.engine, alone=True) as connection:
        found = _waiting(connection, number, now)
        _require_reason(by, reason)
        _refuse(connection, found.row, outcome, now, by, reason.strip())
        _audit(connection, found.row, REFUSED_VERB, now, by, reason)
    row = found.row
    return Item(row.key, arrivals.REFUSED, row.party, row.period, reason=PROBLEMS[outcome])


def settle_arrivals(office: Office, now: datetime) -> list[Item]:
    """What needs no person: import what was confirmed and is not imported, and what nothing holds
    back any more; refuse what nobody confirmed in 30 days. Called before each look into a mailbox.
    """
    with reading(office.engine) as connection:
        unfinished = awaiting_arrivals.list_not_imported(connection)
        waiting = awaiting_arrivals.list_waiting(connection)
        free = [row for row in waiting if not still_waits(office, connection, row)]
    numbers = {row.id for row in free}
    for row in waiting:
        if row.id not in numbers and row.recorded_at + WAITS <= now:
            with writing(office.engine, alone=True) as connection:
                _refuse(connection, row, EXPIRED, now, TIME, "")
    released = []
    for row in free:
        with writing(office.engine, alone=True) as connection:
            if awaiting_arrivals.settle(connection, row.id, CONFIRMED, now, TRUST, ""):
                released.append(row)
    return [_imported(office, row, now) for row in (*unfinished, *released)]


def _imported(office: Office, row: Any, now: datetime) -> Item:
    """What became of one of several; whatever is wrong with it stops no other."""
    try:
        return _import(office, row, now)
    except OSError as error:
        detail = error.strerror or type(error).__name__
        problem = RequestError("awaiting.not_imported", number=row.id, detail=detail)
        return unrecorded(office, row.key, problem)
    except RequestError as error:
        return unrecorded(office, row.key, error)


def _refuse(
    connection: Connection, row: Any, outcome: str, now: datetime, by: str, reason: str
) -> None:
    if awaiting_arrivals.settle(connection, row.id, outcome, now, by, reason):
        arrivals.record(
            connection,
            channel=row.channel,
            key=row.key,
            sha256=row.sha256,
            file_name=row.file_name,
            size=row.size,
            received_at=row.received_at,
            collected_at=now,
            outcome=arrivals.REFUSED,
            agency="" if row.kind == FileUse.REPORT else row.party,
            quarter="" if row.kind == FileUse.REPORT else row.period,
            problem=PROBLEMS[outcome],
        )


def _import(office: Office, row: Any, now: datetime) -> Item:
    arrival = Arrival(
        channel=row.channel,
        key=row.key,
        file_name=row.file_name,
        content=office.received_bytes(row.sha256),
        agency="",
        quarter="",
        received_at=row.received_at,
    )
    if row.kind == FileUse.REPORT:
        with reading(office.engine) as connection:
            seat = seat_of_address(seats_of(office, connection), row.sender, row.parties)
        return take_in_report(office, arrival, now, row.parties, seat)
    if row.kind == FileUse.ENTRIES:
        return take_entries(office, arrival, now, row.parties)
    return take_in(office, arrival.of(row.party, row.period), now)


def _found(connection: Connection, number: int) -> AwaitingArrival:
    row = awaiting_arrivals.find(connection, number)
    if row is None:
        raise RequestError("awaiting.unknown", number=number)
    newer_at = awaiting_arrivals.newer_received_at(connection, row) if row.outcome is None else None
    return AwaitingArrival(row, newer_at)


def _waiting(connection: Connection, number: int, now: datetime) -> AwaitingArrival:
    found = _found(connection, number)
    if not found.waits:
        raise RequestError(
            f"awaiting.settled.{found.row.outcome}", at=_moment(found.row.settled_at)
        )
    if found.expires_at <= now:
        raise RequestError("awaiting.settled.expired", at=_moment(found.expires_at))
    return found


def _require_reason(by: str, reason: str) -> None:
    if by != ADDRESS and not reason.strip():
        raise RequestError("cycle.no_reason")


def _audit(
    connection: Connection, row: Any, verb: str, now: datetime, by: str, reason: str
) -> None:
    """Of a click behind the link its agency or department is recorded as who did it."""
    subject = " ".join(part for part in (str(row.id), row.party, row.period) if part)
    who = row.party if by == ADDRESS else by
    judgements.add_audit(connection, now, who, verb, subject, reason.strip())


def _moment(instant: datetime) -> str:
    return f"{instant.astimezone(IST):%d.%m.%Y %H:%M}"
