"""Arrivals that await confirmation: what one is, and what is recorded when one is settled.

What must not go here: why an arrival waits (``mail_trust``), what settles it (``confirm_arrival``,
``refuse_arrival``, ``settle_arrivals``), and letters about it (``write_confirmation_letters``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from cpsa.errors import RequestError
from cpsa.i18n import catalogue
from cpsa.intake.channels.channel import FileUse
from cpsa.services.app_context import AppContext
from cpsa.services.required_reason import require_reason
from cpsa.store.database import read_transaction
from cpsa.store.queries import arrival_queries, audit_queries, awaiting_arrival_queries
from cpsa.store.queries.awaiting_arrival_queries import EXPIRED, REFUSED, REPLACED
from cpsa.translator import format_dotted_moment

CONFIRMATION_PERIOD = timedelta(days=30)
ADDRESS, TIME, TRUST = "address", "time", "trust"  # what settled it, where no person did
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
        return int(self.row.id)

    @property
    def waits(self) -> bool:
        return self.row.outcome is None

    @property
    def expires_at(self) -> datetime:
        return find_expiry(self.row)


def find_expiry(row: Any) -> datetime:
    """From when an arrival that awaits confirmation is refused."""
    recorded_at: datetime = row.recorded_at
    return recorded_at + CONFIRMATION_PERIOD


def load_awaiting_arrival(context: AppContext, number: int) -> AwaitingArrival:
    """The arrival of a number; RequestError where there is none."""
    with read_transaction(context.engine) as connection:
        return _load_arrival(connection, number)


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


def describe_wait(row: Any, language: str) -> str:
    """The effect that it would have, and why its sender is not proven."""
    keys = f"awaiting.reason.{row.reason}", f"awaiting.proof.{row.proof}"
    return "; ".join(catalogue.text(key, language) for key in keys)


def require_awaiting(connection: Connection, number: int, now: datetime) -> AwaitingArrival:
    """Return the arrival of a number; RequestError where it waits no longer."""
    found = _load_arrival(connection, number)
    if not found.waits:
        raise RequestError(
            f"awaiting.settled.{found.row.outcome}", at=format_dotted_moment(found.row.settled_at)
        )
    if found.expires_at <= now:
        raise RequestError("awaiting.settled.expired", at=format_dotted_moment(found.expires_at))
    return found


def require_settlement_reason(by: str, reason: str) -> str:
    """Return the reason without blanks around it; a person needs one, a click behind the link does not."""
    return reason.strip() if by == ADDRESS else require_reason(reason)


def record_refusal(
    connection: Connection, row: Any, outcome: str, now: datetime, by: str, reason: str
) -> None:
    """Record that an arrival is not imported, where it was not settled before."""
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


def record_settlement_audit(
    connection: Connection, row: Any, verb: str, now: datetime, by: str, reason: str
) -> None:
    """For a click behind the link, its agency or department is recorded as the person."""
    subject = " ".join(part for part in (str(row.id), row.party, row.period) if part)
    recorded_by = row.party if by == ADDRESS else by
    audit_queries.add_audit(connection, now, recorded_by, verb, subject, reason)
