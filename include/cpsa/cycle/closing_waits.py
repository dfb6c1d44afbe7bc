"""What a closing waits for: an own due date, or a channel that cannot be read, for 24 hours.

Waiting is an answer, not a state: nothing is held, and whoever asks next gets the next answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection

from cpsa.calendar import IST, Quarter
from cpsa.cycle.closing_conditions import ClosingRequest, require_ended, require_window_ended
from cpsa.cycle.due_dates import closes_at
from cpsa.cycle.office import Office
from cpsa.errors import RequestError
from cpsa.store import quarters
from cpsa.store.database import reading, writing

WAITS_FOR_CHANNEL = timedelta(hours=24)


def waits_until(
    connection: Connection, quarter: Quarter, now: datetime, request: ClosingRequest
) -> datetime | None:
    """When closing by its schedule is due, where that is later than now and the window has ended.

    None: it may be tried now. A person is refused by ``require_closable``.
    """
    if request.who:
        return None
    require_ended(quarter, now, "window.not_ended")
    require_window_ended(quarter, now)
    due_at = closes_at(connection, quarter)
    return due_at if now < due_at and due_at > quarter.closes_at else None


def channels_to_wait_for(
    office: Office,
    quarter: Quarter,
    unread: Mapping[str, RequestError],
    now: datetime,
    who: str,
) -> tuple[str, ...]:
    """The channels that closing waits for; none after 24 hours. A person gets a RequestError."""
    if not unread:
        return ()
    names = ", ".join(sorted(unread))
    with writing(office.engine) as connection:
        quarters.add_attempt(connection, quarter.key, now, ",".join(sorted(unread)))
    with reading(office.engine) as connection:
        since = quarters.first_attempt(connection, quarter.key) or now
    if now - since >= WAITS_FOR_CHANNEL:
        return ()
    if who:
        until = (since + WAITS_FOR_CHANNEL).astimezone(IST)
        cause = " ".join(error.text(office.settings.language) for error in unread.values())
        raise RequestError(
            "window.channel_unread",
            quarter=quarter.key,
            channels=names,
            detail=cause,
            until=f"{until:%d.%m.%Y %H:%M}",
        )
    return tuple(sorted(unread))
