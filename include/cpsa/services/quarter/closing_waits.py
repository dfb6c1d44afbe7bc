"""What a closing waits for: an own due date, or a channel that cannot be read, for 24 hours.

Waiting is a result, not a state: nothing is stored, and each call computes its own result.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.services.app_context import AppContext
from cpsa.services.due_dates import find_closing_time
from cpsa.services.quarter.closing_conditions import (
    ClosingRequest,
    require_ended,
    require_window_ended,
)
from cpsa.store.database import read_transaction, write_transaction
from cpsa.store.queries import quarter_queries
from cpsa.translator import format_dotted_moment

WAITS_FOR_CHANNEL = timedelta(hours=24)


def find_wait_end(
    connection: Connection, quarter: Quarter, now: datetime, request: ClosingRequest
) -> datetime | None:
    """When closing by its schedule is due, where that is later than now and the window has ended.

    None: it may be tried now. A person is refused by ``require_closable``.
    """
    if request.who:
        return None
    require_ended(quarter, now, "window.not_ended")
    require_window_ended(quarter, now)
    due_at = find_closing_time(connection, quarter)
    return due_at if now < due_at and due_at > quarter.closes_at else None


def list_channels_to_wait_for(
    context: AppContext,
    quarter: Quarter,
    unread: Mapping[str, RequestError],
    now: datetime,
    who: str,
) -> tuple[str, ...]:
    """The channels that closing waits for; none after 24 hours. A person gets a RequestError."""
    if not unread:
        return ()
    channels = tuple(sorted(unread))
    with write_transaction(context.engine) as connection:
        quarter_queries.add_closing_attempt(connection, quarter.key, now, ",".join(channels))
    with read_transaction(context.engine) as connection:
        since = quarter_queries.find_first_attempt(connection, quarter.key) or now
    if now - since >= WAITS_FOR_CHANNEL:
        return ()
    if who:
        until = since + WAITS_FOR_CHANNEL
        cause = " ".join(error.text(context.settings.language) for error in unread.values())
        raise RequestError(
            "window.channel_unread",
            quarter=quarter.key,
            channels=channels,
            detail=cause,
            until=format_dotted_moment(until),
        )
    return channels
