"""By when each agency's update for a quarter is due, and from when the quarter can be closed.

The rule is in domain.md, Calendar. What must not go here: sending requests, and closing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, time, timedelta

from sqlalchemy import Connection

from cpsa.calendar import IST, WORKING_DAY_STARTS, Quarter
from cpsa.store.queries import quarter_queries
from cpsa.submissions.due_date import DueDate

DAYS_TO_ANSWER = 14  # after its request, where that was late


def load_due_dates(
    connection: Connection, quarter: Quarter, agencies: Collection[str] | None = None
) -> Mapping[str, DueDate]:
    """The due date of each agency (all by default) that has an obligation for a quarter."""
    requests = quarter_queries.load_requests(connection, quarter.key, agencies)
    extensions = quarter_queries.load_extensions(connection, quarter.key)
    common = DueDate(quarter.due_by) if _has_common_due_date(connection, quarter) else None
    return {
        agency: _extend_due_date(
            common or compute_due_date(quarter, requested_at),
            extensions.get(agency),
        )
        for agency, requested_at in requests.items()
    }


def find_agency_due_date(connection: Connection, quarter: Quarter, agency: str) -> DueDate:
    """The due date of one agency; that of the quarter where it has no obligation yet."""
    dates = load_due_dates(connection, quarter, [agency])
    return dates.get(agency, DueDate(quarter.due_by))


def compute_due_date(quarter: Quarter, requested_at: datetime | None) -> DueDate:
    """The due date of an agency whose request was accepted then; None: it was not requested yet."""
    if requested_at is None or not counts_as_request(quarter, requested_at):
        return DueDate(quarter.due_by, requested=False)
    return DueDate(max(compute_own_due_by(requested_at), quarter.due_by))


def compute_due_date_if_requested(quarter: Quarter, date: DueDate, now: datetime) -> DueDate:
    """The due date that a letter states which is itself the request, or carries the template."""
    if date.requested:
        return date
    own = compute_due_date(quarter, now)
    return DueDate(max(own.due_by, date.due_by), own.requested, date.extended)


def compute_own_due_by(requested_at: datetime) -> datetime:
    """The end, exclusive, of the 14th day after a request."""
    day = requested_at.astimezone(IST).date() + timedelta(days=DAYS_TO_ANSWER + 1)
    return datetime.combine(day, time(), IST)


def counts_as_request(quarter: Quarter, requested_at: datetime) -> bool:
    """Whether a request is at least 14 days before the latest own due date of the quarter."""
    return compute_own_due_by(requested_at) <= quarter.latest_due_by


def find_last_end(connection: Connection, quarter: Quarter) -> datetime:
    """The end, exclusive, of the window or of the latest own due date."""
    ends = [quarter.window_ends, *quarter_queries.load_extensions(connection, quarter.key).values()]
    if not _has_common_due_date(connection, quarter):
        latest = quarter_queries.find_latest_request(
            connection, quarter.key, before=quarter.window_ends
        )
        ends += [compute_own_due_by(latest)] if latest else []
    return max(ends).astimezone(IST)


def find_closing_time(connection: Connection, quarter: Quarter) -> datetime:
    """06:00 on the day after the window ends or the latest own due date: when closing is due."""
    ends = find_last_end(connection, quarter)
    return datetime.combine(ends.date(), WORKING_DAY_STARTS, IST)


def _has_common_due_date(connection: Connection, quarter: Quarter) -> bool:
    """Whether everybody counts as requested in time: replayed, or closed by version 1.0.0."""
    opening = quarter_queries.find_opening(connection, quarter.key)
    if opening is None or opening.replayed:
        return True
    return quarter_queries.is_closed_by_first_release(connection, quarter.key)


def _extend_due_date(date: DueDate, until: datetime | None) -> DueDate:
    if until is None or until <= date.due_by:
        return date
    return DueDate(until, date.requested, extended=True)
