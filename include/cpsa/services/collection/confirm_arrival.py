"""Settles an arrival awaiting confirmation: confirmed, it is imported; refused, it is not.

Its settlement decides and is written first, once; importing follows and can be repeated, so that
a process that ends between the two loses nothing. What must not go here: why an arrival waits
(``mail_trust``), letters about it (``write_confirmation_letters``), and checking what was imported.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import Connection

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.i18n import catalogue
from cpsa.i18n.text import LANGUAGES
from cpsa.intake.arrival import Arrival
from cpsa.intake.channels.channel import FileUse
from cpsa.services.app_context import AppContext
from cpsa.services.arrival_records import report_unreadable_file
from cpsa.services.collection.import_entries import import_entries
from cpsa.services.collection.import_update import import_update
from cpsa.services.collection.mail_trust import is_still_pending
from cpsa.services.decisions.department_replies import find_seat_of_address, load_seats
from cpsa.services.decisions.import_report import import_report
from cpsa.services.service_results import IntakeResult
from cpsa.store.database import read_transaction, write_transaction
from cpsa.store.queries import (
    arrival_queries,
    audit_queries,
    awaiting_arrival_queries,
)
from cpsa.store.queries.awaiting_arrival_queries import CONFIRMED, EXPIRED, REFUSED, REPLACED
from cpsa.translator import format_dotted_moment

CONFIRMATION_PERIOD = timedelta(days=30)
ADDRESS, TIME, TRUST = "address", "time", "trust"  # what settled it, where no person did
CONFIRMED_VERB, REFUSED_VERB = "confirm arrival", "refuse arrival"  # in the audit trail
LIST_COLUMNS = [
    *("number", "received_at", "recorded_at", "until", "channel", "kind", "party", "period"),
    *("file_name", "size", "sha256", "reason", "proof", "why_en", "why_hi"),
]
PROBLEMS = {outcome: f"awaiting.{outcome}" for outcome in (REFUSED, EXPIRED, REPLACED)}


@dataclass(frozen=True)
class AwaitingArrival:
    """An arrival that awaits confirmation, or did. ``row``: of ``awaiting_arrival`` with its settlement.

    ``newer_at``: when a newer update, form or file of entries was received in its place.
    """

    row: Any
    newer_at: datetime | None

    @property
    def number(self) -> int:
        result: int = self.row.id
        return result

    @property
    def waits(self) -> bool:
        return self.row.outcome is None

    @property
    def expires_at(self) -> datetime:
        result: datetime = self.row.recorded_at + CONFIRMATION_PERIOD
        return result


def load_awaiting_arrival(context: AppContext, number: int) -> AwaitingArrival:
    """The arrival of a number; RequestError where there is none."""
    with read_transaction(context.engine) as connection:
        return _load_arrival(connection, number)


def list_awaiting_arrivals(context: AppContext, period: Quarter | None = None) -> pd.DataFrame:
    """What awaits confirmation, oldest first, of one quarter if ``period`` is given.

    Columns: number, received_at, recorded_at, until (it is refused then), channel, kind, party,
    period, file_name, size, sha256, reason, proof, why_en, why_hi.
    """
    with read_transaction(context.engine) as connection:
        rows = awaiting_arrival_queries.list_awaiting_arrivals(
            connection, period=period.key if period else ""
        )
    return pd.DataFrame(
        [
            (
                *(row.id, row.received_at, row.recorded_at, row.recorded_at + CONFIRMATION_PERIOD),
                *(row.channel, row.kind, row.party, row.period, row.file_name, row.size),
                *(row.sha256, row.reason, row.proof),
                *(describe_wait(row, language) for language in LANGUAGES),
            )
            for row in rows
        ],
        columns=LIST_COLUMNS,
    )


def describe_wait(row: Any, language: str) -> str:
    """The effect that it would have, and why its sender is not proven."""
    keys = f"awaiting.reason.{row.reason}", f"awaiting.proof.{row.proof}"
    return "; ".join(catalogue.text(key, language) for key in keys)


def confirm_arrival(
    context: AppContext,
    number: int,
    now: datetime,
    by: str,
    reason: str = "",
    replaces_newer: bool = False,
) -> IntakeResult:
    """Import an arrival with its original time of arrival: the next version, or its decisions.

    ``by``: ``ADDRESS`` for a click behind the link, else the person, who needs a reason. A file that
    was received later in its place is only followed with ``replaces_newer``. RequestError where it
    waits no longer, also once its 30 days are over.
    """
    with write_transaction(context.engine, alone=True) as connection:
        found = _require_awaiting(connection, number, now)
        _require_reason(by, reason)
        if found.newer_at is not None and not replaces_newer:
            raise RequestError(
                "awaiting.newer", number=number, at=format_dotted_moment(found.newer_at)
            )
        awaiting_arrival_queries.settle_arrival(
            connection, number, CONFIRMED, now, by, reason.strip()
        )
        _record_audit(connection, found.row, CONFIRMED_VERB, now, by, reason)
    return _import_arrival(context, found.row, now)


def refuse_arrival(
    context: AppContext,
    number: int,
    now: datetime,
    by: str,
    reason: str = "",
    outcome: str = REFUSED,
) -> IntakeResult:
    """Settle that an arrival is not imported. ``outcome``: ``REFUSED``, or ``REPLACED`` where its
    sender states that a newer file counts. Its bytes are kept. RequestError as for confirming."""
    with write_transaction(context.engine, alone=True) as connection:
        found = _require_awaiting(connection, number, now)
        _require_reason(by, reason)
        _record_refusal(connection, found.row, outcome, now, by, reason.strip())
        _record_audit(connection, found.row, REFUSED_VERB, now, by, reason)
    row = found.row
    return IntakeResult(
        row.key, arrival_queries.REFUSED, row.party, row.period, reason=PROBLEMS[outcome]
    )


def settle_arrivals(context: AppContext, now: datetime) -> list[IntakeResult]:
    """Settle without a person: import what was confirmed and is not imported, and what no longer
    waits; refuse what nobody confirmed in 30 days. Called before each scan of a mailbox.
    """
    with read_transaction(context.engine) as connection:
        unfinished = awaiting_arrival_queries.list_confirmed_not_imported(connection)
        awaiting = awaiting_arrival_queries.list_awaiting_arrivals(connection)
        free = [row for row in awaiting if not is_still_pending(context, connection, row)]
    numbers = {row.id for row in free}
    for row in awaiting:
        if row.id not in numbers and row.recorded_at + CONFIRMATION_PERIOD <= now:
            with write_transaction(context.engine, alone=True) as connection:
                _record_refusal(connection, row, EXPIRED, now, TIME, "")
    released = []
    for row in free:
        with write_transaction(context.engine, alone=True) as connection:
            if awaiting_arrival_queries.settle_arrival(
                connection, row.id, CONFIRMED, now, TRUST, ""
            ):
                released.append(row)
    return [_import_or_report(context, row, now) for row in (*unfinished, *released)]


def _import_or_report(context: AppContext, row: Any, now: datetime) -> IntakeResult:
    """Import one of several and return its result; an error in it does not stop the others."""
    try:
        return _import_arrival(context, row, now)
    except OSError as error:
        detail = error.strerror or type(error).__name__
        problem = RequestError("awaiting.not_imported", number=row.id, detail=detail)
        return report_unreadable_file(context, row.key, problem)
    except RequestError as error:
        return report_unreadable_file(context, row.key, error)


def _record_refusal(
    connection: Connection, row: Any, outcome: str, now: datetime, by: str, reason: str
) -> None:
    if awaiting_arrival_queries.settle_arrival(connection, row.id, outcome, now, by, reason):
        arrival_queries.record_arrival(
            connection,
            channel=row.channel,
            key=row.key,
            sha256=row.sha256,
            file_name=row.file_name,
            size=row.size,
            received_at=row.received_at,
            collected_at=now,
            outcome=arrival_queries.REFUSED,
            agency="" if row.kind == FileUse.REPORT else row.party,
            quarter="" if row.kind == FileUse.REPORT else row.period,
            problem=PROBLEMS[outcome],
        )


def _import_arrival(context: AppContext, row: Any, now: datetime) -> IntakeResult:
    arrival = Arrival(
        channel=row.channel,
        key=row.key,
        file_name=row.file_name,
        content=context.read_received_bytes(row.sha256),
        agency="",
        quarter="",
        received_at=row.received_at,
    )
    if row.kind == FileUse.REPORT:
        with read_transaction(context.engine) as connection:
            seat = find_seat_of_address(load_seats(context, connection), row.sender, row.parties)
        return import_report(context, arrival, now, row.parties, seat)
    if row.kind == FileUse.ENTRIES:
        return import_entries(context, arrival, now, row.parties)
    return import_update(context, arrival.for_agency(row.party, row.period), now)


def _load_arrival(connection: Connection, number: int) -> AwaitingArrival:
    row = awaiting_arrival_queries.find_awaiting_arrival(connection, number)
    if row is None:
        raise RequestError("awaiting.unknown", number=number)
    newer_at = (
        awaiting_arrival_queries.find_newer_received_at(connection, row)
        if row.outcome is None
        else None
    )
    return AwaitingArrival(row, newer_at)


def _require_awaiting(connection: Connection, number: int, now: datetime) -> AwaitingArrival:
    found = _load_arrival(connection, number)
    if not found.waits:
        raise RequestError(
            f"awaiting.settled.{found.row.outcome}", at=format_dotted_moment(found.row.settled_at)
        )
    if found.expires_at <= now:
        raise RequestError("awaiting.settled.expired", at=format_dotted_moment(found.expires_at))
    return found


def _require_reason(by: str, reason: str) -> None:
    if by != ADDRESS and not reason.strip():
        raise RequestError("cycle.no_reason")


def _record_audit(
    connection: Connection, row: Any, verb: str, now: datetime, by: str, reason: str
) -> None:
    """For a click behind the link, its agency or department is recorded as the person."""
    subject = " ".join(part for part in (str(row.id), row.party, row.period) if part)
    recorded_by = row.party if by == ADDRESS else by
    audit_queries.add_audit(connection, now, recorded_by, verb, subject, reason.strip())
