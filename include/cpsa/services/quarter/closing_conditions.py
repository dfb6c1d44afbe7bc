"""When a quarter may be opened or closed: the refusals of domain.md, Calendar.

Each is a RequestError that states what is wrong and what to do. Nothing is written here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from cpsa.calendar import Quarter, last_day_before
from cpsa.errors import RequestError
from cpsa.reference.programme_in_use import get_programme
from cpsa.services.due_dates import find_last_end
from cpsa.store.queries import closing_queries, quarter_queries
from cpsa.store.queries.clock_queries import find_newest_instant
from cpsa.store.tables.closing_tables import ClosingKind
from cpsa.submissions.state import SubmissionState
from cpsa.translator import format_dotted_date, format_dotted_moment

CLOCK_TOLERANCE = timedelta(minutes=5)


@dataclass(frozen=True)
class ClosingRequest:
    """The request for a closing. ``who``: the person, blank for the schedule; ``early``: before
    the window's end, every update accepted; ``without``: channels that are left out."""

    who: str = ""
    reason: str = ""
    early: bool = False
    without: tuple[str, ...] = ()

    def require_whole(self, channels: Collection[str]) -> None:
        """Refuse a channel that is none, and an exception without a person or a reason."""
        for channel in self.without:
            if channel not in channels:
                known = ", ".join(channels)
                raise RequestError("window.no_channel", value=channel, known=known)
        if (self.early or self.without) and not (self.who and self.reason.strip()):
            raise RequestError("cycle.no_reason")


def require_clock(connection: Connection, now: datetime) -> None:
    """Refuse while the clock is earlier than what the program itself has written."""
    newest = find_newest_instant(connection)
    if newest is not None and now < newest - CLOCK_TOLERANCE:
        raise RequestError(
            "window.clock", now=format_dotted_moment(now), newest=format_dotted_moment(newest)
        )


def require_ended(quarter: Quarter, now: datetime, key: str) -> None:
    """Refuse a quarter that has not ended; ``key``: the key of the refusal's text."""
    if now < (quarter + 1).starts_at:
        raise RequestError(key, quarter=quarter.key, day=format_dotted_date(quarter.last_day))


def require_closable(
    connection: Connection, quarter: Quarter, now: datetime, request: ClosingRequest
) -> None:
    """Refuse to close before the quarter, its window or the latest own due date has ended."""
    require_ended(quarter, now, "window.not_ended")
    if is_undone(connection, quarter) and not request.who:
        raise RequestError("window.undone", quarter=quarter.key)
    if request.early:
        return
    require_window_ended(quarter, now)
    ends = find_last_end(connection, quarter)
    if now < ends:
        raise RequestError(
            "window.still_due", quarter=quarter.key, until=format_dotted_date(last_day_before(ends))
        )


def require_window_ended(quarter: Quarter, now: datetime) -> None:
    """Refuse while the window of a quarter is open."""
    if now < quarter.window_ends:
        until = format_dotted_date(last_day_before(quarter.window_ends))
        raise RequestError("window.window_open", quarter=quarter.key, until=until)


def require_all_accepted(quarter: Quarter, states: Mapping[str, str]) -> None:
    """Refuse an early closing while an update is not accepted."""
    if not_accepted := [
        agency for agency, state in states.items() if state != SubmissionState.ACCEPTED
    ]:
        codes = shorten_codes(not_accepted)
        raise RequestError("window.not_all_accepted", quarter=quarter.key, agencies=codes)


def require_first(connection: Connection, quarter: Quarter) -> None:
    """Refuse a quarter before the programme's first one, where one was set or the programme says so."""
    key = quarter_queries.find_setting(connection, quarter_queries.FIRST_QUARTER)
    first = Quarter.parse(key) if key else get_programme().first_quarter
    if first is not None and quarter < first:
        raise RequestError("window.before_first", quarter=quarter.key, first=first.key)


def is_undone(connection: Connection, quarter: Quarter) -> bool:
    """Whether the closing of a quarter that had ended was undone: only a person closes it again."""
    newest = closing_queries.find_newest_version(connection, quarter.key)
    if newest is None or newest["kind"] != ClosingKind.WITHDRAWN:
        return False
    return bool(newest["closed_at"] >= (quarter + 1).starts_at)


def shorten_codes(codes: Sequence[str], most: int = 5) -> str:
    """The first codes, and how many more there are."""
    more = len(codes) - most
    return ", ".join(codes[:most]) + (f" (+{more})" if more > 0 else "")
