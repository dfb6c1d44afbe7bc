"""Ops request one agency's update by hand: of one that was added late, or has no address."""

from __future__ import annotations

from datetime import datetime

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.services.app_context import AppContext
from cpsa.services.due_dates import load_due_dates
from cpsa.services.required_reason import require_reason
from cpsa.store.database import write_transaction
from cpsa.store.queries import (
    audit_queries,
    closing_queries,
    obligation_queries,
    quarter_queries,
)
from cpsa.submissions.due_date import DueDate

REQUESTED = "request"  # in the audit


def request_update(
    context: AppContext,
    agency: str,
    quarter: Quarter,
    reason: str,
    who: str,
    now: datetime,
    made_at: datetime | None = None,
) -> DueDate:
    """Record that an agency's update is due, though it was added late; return its due date.

    With ``made_at`` the request itself was made without a mail of ours, such as by telephone, at
    that instant. Otherwise its letter is sent with the next ones. RequestError without a reason,
    where the quarter is not open, and for an agency that is not active in it.
    """
    reason = require_reason(reason)
    with write_transaction(context.engine, alone=True) as connection:
        form = context.load_register(connection).forms_in(quarter.key).get(agency)
        if form is None:
            raise RequestError("cycle.owes_nothing", value=agency, quarter=quarter.key)
        if closing_queries.find_first_closing(connection, quarter.key) is not None:
            raise RequestError("duedate.closed", agency=agency, quarter=quarter.key)
        if quarter_queries.find_opening(connection, quarter.key) is None:
            raise RequestError("duedate.not_open", quarter=quarter.key)
        obligation_queries.record_obligations(connection, quarter.key, {agency: form}, now)
        if made_at is not None:
            made_at = min(made_at, now)
            quarter_queries.record_request(connection, quarter.key, agency, made_at, who)
        subject = f"{agency} {quarter.key}"
        audit_queries.add_audit(connection, now, who, REQUESTED, subject, reason)
        return load_due_dates(connection, quarter)[agency]
