"""An admin gives one agency more time for a quarter, before it is closed."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection

from cpsa.calendar import IST, Quarter, last_day_before
from cpsa.errors import RequestError
from cpsa.services.app_context import AppContext
from cpsa.services.due_dates import load_due_dates
from cpsa.services.required_reason import require_reason
from cpsa.store.database import write_transaction
from cpsa.store.queries import audit_queries, closing_queries, quarter_queries
from cpsa.submissions.due_date import DueDate
from cpsa.translator import format_dotted_date

EXTENDED = "extend"  # in the audit


def extend_due_date(
    context: AppContext,
    agency: str,
    quarter: Quarter,
    until: date,
    reason: str,
    who: str,
    now: datetime,
) -> DueDate:
    """Set an agency's due date to the end of a day; return its due date from now on.

    RequestError without a reason, for an agency of which no update is due, for a closed quarter, and
    for a day that is past, not later than its due date, or more than 14 days after the window's end.
    """
    reason = require_reason(reason)
    ends = datetime.combine(until + timedelta(days=1), time(), IST)
    with write_transaction(context.engine, alone=True) as connection:
        before = require_due(context, connection, agency, quarter)
        words = {"agency": agency, "quarter": quarter.key, "until": format_dotted_date(until)}
        if ends <= now:
            raise RequestError("duedate.past", **words)
        if ends <= before.due_by:
            raise RequestError("duedate.not_later", **words, due=format_last_day(before.due_by))
        if ends > quarter.latest_due_by:
            raise RequestError(
                "duedate.too_late", **words, latest=format_last_day(quarter.latest_due_by)
            )
        quarter_queries.add_extension(
            connection,
            agency=agency,
            quarter=quarter.key,
            until=ends,
            reason=reason,
            given_by=who,
            given_at=now,
        )
        subject = f"{agency} {quarter.key} {until.isoformat()}"
        audit_queries.add_audit(connection, now, who, EXTENDED, subject, reason)
        return load_due_dates(connection, quarter)[agency]


def require_due(
    context: AppContext, connection: Connection, agency: str, quarter: Quarter
) -> DueDate:
    """Return the due date of an agency; RequestError where none is due, or the quarter is closed."""
    if agency not in set(context.load_register(connection).agencies["code"]):
        raise RequestError("cycle.no_agency", value=agency)
    if closing_queries.find_first_closing(connection, quarter.key) is not None:
        raise RequestError("duedate.closed", agency=agency, quarter=quarter.key)
    dates = load_due_dates(connection, quarter)
    if agency not in dates:
        raise RequestError("duedate.not_due", agency=agency, quarter=quarter.key)
    return dates[agency]


def format_last_day(ends: datetime) -> str:
    """Format the last day before an exclusive end, as people write it."""
    return format_dotted_date(last_day_before(ends))
