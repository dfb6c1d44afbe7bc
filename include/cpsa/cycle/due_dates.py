"""By when each agency's update for a quarter is due, and from when the quarter can be closed.

Here is the rule of domain.md, Calendar. What must not go here: sending requests, and closing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import Connection

from cpsa.calendar import IST, WORKING_DAY_STARTS, Quarter
from cpsa.store import quarters

DAYS_TO_ANSWER = 14  # after its request, where that was late
LATEST_AFTER_WINDOW = timedelta(days=14)


@dataclass(frozen=True)
class DueDate:
    """By when one agency's update is due.

    ``due_by``: the end of the last day in time, exclusive. ``requested``: False where no mail server
    accepted a request in time; such an agency is never late. ``extended``: an admin gave more time.
    """

    due_by: datetime
    requested: bool = True
    extended: bool = False

    def is_late(self, received_at: datetime) -> bool:
        """Whether a file that arrived then is late."""
        return self.requested and received_at >= self.due_by


def due_dates(connection: Connection, quarter: Quarter) -> Mapping[str, DueDate]:
    """The due date of each agency that has an obligation for a quarter."""
    requests = quarters.requests(connection, quarter.key)
    extensions = quarters.extensions(connection, quarter.key)
    opening = quarters.opening(connection, quarter.key)
    everybody = (
        opening is None
        or opening.replayed
        or quarters.is_closed_by_first_release(connection, quarter.key)
    )
    return {
        agency: _extended(
            DueDate(quarter.due_by) if everybody else due_date(quarter, requested_at),
            extensions.get(agency),
        )
        for agency, requested_at in requests.items()
    }


def due_date(quarter: Quarter, requested_at: datetime | None) -> DueDate:
    """The due date of an agency whose request was accepted then; None: it was not requested yet."""
    if requested_at is None:
        return DueDate(quarter.due_by, requested=False)
    own = own_due_by(requested_at)
    if own > latest_due_by(quarter):
        return DueDate(quarter.due_by, requested=False)
    return DueDate(max(own, quarter.due_by))


def own_due_by(requested_at: datetime) -> datetime:
    """The end, exclusive, of the 14th day after a request."""
    day = requested_at.astimezone(IST).date() + timedelta(days=DAYS_TO_ANSWER + 1)
    return datetime.combine(day, time(), IST)


def latest_due_by(quarter: Quarter) -> datetime:
    """The latest own due date or extension that a quarter can have, exclusive."""
    return quarter.window_ends + LATEST_AFTER_WINDOW


def closes_at(connection: Connection, quarter: Quarter) -> datetime:
    """06:00 on the day after the window ends or the latest own due date: when closing is due."""
    return closing_due_at(quarter, due_dates(connection, quarter))


def closing_due_at(quarter: Quarter, dates: Mapping[str, DueDate]) -> datetime:
    """``closes_at`` from due dates that are at hand."""
    return datetime.combine(last_end(quarter, dates).date(), WORKING_DAY_STARTS, IST)


def last_end(quarter: Quarter, dates: Mapping[str, DueDate]) -> datetime:
    """The end of the window or of the latest own due date, exclusive."""
    counting = (date.due_by for date in dates.values() if date.requested or date.extended)
    return max((quarter.window_ends, *counting)).astimezone(IST)


def _extended(date: DueDate, until: datetime | None) -> DueDate:
    if until is None or until <= date.due_by:
        return date
    return DueDate(until, date.requested, extended=True)
