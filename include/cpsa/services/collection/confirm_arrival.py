"""Confirms an arrival that awaits it: it is imported, as of when it was received.

Its settlement decides and is written first, once; importing follows and can be repeated, so that
a process that ends between the two loses nothing. What must not go here: checking what was imported.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cpsa.errors import RequestError
from cpsa.intake.arrival import Arrival
from cpsa.intake.channels.channel import FileUse
from cpsa.services.app_context import AppContext
from cpsa.services.collection.awaiting_arrivals import (
    record_settlement_audit,
    require_awaiting,
    require_settlement_reason,
)
from cpsa.services.collection.import_entries import import_entries
from cpsa.services.collection.import_update import import_update
from cpsa.services.decisions.department_replies import find_seat_of_address, load_seats
from cpsa.services.decisions.import_report import import_report
from cpsa.services.service_results import IntakeResult
from cpsa.store.database import read_transaction, write_transaction
from cpsa.store.queries import awaiting_arrival_queries
from cpsa.store.queries.awaiting_arrival_queries import CONFIRMED
from cpsa.translator import format_dotted_moment

CONFIRMED_VERB = "confirm arrival"  # in the audit trail


def confirm_arrival(
    context: AppContext,
    number: int,
    now: datetime,
    by: str,
    reason: str = "",
    *,
    replaces_newer: bool = False,
) -> IntakeResult:
    """Import an arrival with its original time of arrival: the next version, or its decisions.

    ``by``: ``ADDRESS`` for a click behind the link, else the person, who needs a reason. A file that
    was received later in its place is only followed with ``replaces_newer``. RequestError where it
    waits no longer, also once its 30 days are over.
    """
    with write_transaction(context.engine, alone=True) as connection:
        found = require_awaiting(connection, number, now)
        reason = require_settlement_reason(by, reason)
        if found.newer_at is not None and not replaces_newer:
            raise RequestError(
                "awaiting.newer", number=number, at=format_dotted_moment(found.newer_at)
            )
        awaiting_arrival_queries.settle_arrival(connection, number, CONFIRMED, now, by, reason)
        record_settlement_audit(connection, found.row, CONFIRMED_VERB, now, by, reason)
    return import_confirmed(context, found.row, now)


def import_confirmed(context: AppContext, row: Any, now: datetime) -> IntakeResult:
    """Import what was confirmed, by what it is; importing it once more changes nothing."""
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
