"""Settles, without a person, the arrivals that need no longer wait or have waited too long."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cpsa.errors import RequestError
from cpsa.services.app_context import AppContext
from cpsa.services.arrival_records import report_unreadable_file
from cpsa.services.collection.awaiting_arrivals import (
    TIME,
    TRUST,
    find_expiry,
    record_refusal,
)
from cpsa.services.collection.confirm_arrival import import_confirmed
from cpsa.services.collection.mail_trust import is_still_pending
from cpsa.services.service_results import IntakeResult
from cpsa.store.database import read_transaction, write_transaction
from cpsa.store.queries import awaiting_arrival_queries
from cpsa.store.queries.awaiting_arrival_queries import CONFIRMED, EXPIRED


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
        if row.id not in numbers and find_expiry(row) <= now:
            with write_transaction(context.engine, alone=True) as connection:
                record_refusal(connection, row, EXPIRED, now, TIME, "")
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
        return import_confirmed(context, row, now)
    except OSError as error:
        detail = error.strerror or type(error).__name__
        problem = RequestError("awaiting.not_imported", number=row.id, detail=detail)
        return report_unreadable_file(context, row.key, problem)
    except RequestError as error:
        return report_unreadable_file(context, row.key, error)
