"""Refuses an arrival that awaits confirmation: it is not imported, and its bytes are kept."""

from __future__ import annotations

from datetime import datetime

from cpsa.services.app_context import AppContext
from cpsa.services.collection.awaiting_arrivals import (
    PROBLEMS,
    record_refusal,
    record_settlement_audit,
    require_awaiting,
    require_settlement_reason,
)
from cpsa.services.service_results import IntakeResult
from cpsa.store.database import write_transaction
from cpsa.store.queries import arrival_queries
from cpsa.store.queries.awaiting_arrival_queries import REFUSED

REFUSED_VERB = "refuse arrival"  # in the audit trail


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
        found = require_awaiting(connection, number, now)
        reason = require_settlement_reason(by, reason)
        record_refusal(connection, found.row, outcome, now, by, reason)
        record_settlement_audit(connection, found.row, REFUSED_VERB, now, by, reason)
    row = found.row
    return IntakeResult(
        row.key, arrival_queries.REFUSED, row.party, row.period, reason=PROBLEMS[outcome]
    )
