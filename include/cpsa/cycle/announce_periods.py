"""Which stale periods are handed to the work that publishes or compiles them, and which are already.

What is stale is looked up every few minutes, and the work takes longer than that. So a period is
announced once for what the store knows, and again when it knows more, or when the work has not come
to its end in some hours. What must not go here: what makes a period stale (``stale_periods``).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from cpsa.calendar import HalfYear, Quarter
from cpsa.cycle.office import Office
from cpsa.store import announcements
from cpsa.store.database import writing

AGAIN_AFTER = timedelta(hours=6)  # work that failed is started again, and ops were notified
_ANNOUNCED, _DONE = "announced", "done"


def announce_periods(
    office: Office, periods: Iterable[Quarter | HalfYear], now: datetime, *, force: bool = False
) -> tuple[str, ...]:
    """Record that periods are handed on; the keys of those that were not yet, in their order.

    ``force``: all of them, as after the act that made them stale.
    """
    wanted = {period.key: period for period in periods}
    with writing(office.engine, alone=True) as connection:
        latest = announcements.latest_announcements(connection, wanted)
        announced = []
        for key, period in wanted.items():
            basis = announcements.basis_of(connection, period.quarters[-1].key)
            before = latest.get(key)
            is_under_way = (
                before is not None
                and before.stage == _ANNOUNCED
                and before.basis == basis
                and now - before.at < AGAIN_AFTER
            )
            if force or not is_under_way:
                announcements.add_announcement(connection, key, _ANNOUNCED, basis, now)
                announced.append(key)
    return tuple(announced)


def finish_announced(office: Office, period: Quarter | HalfYear, now: datetime) -> None:
    """Record that the work for a period came to its end: if it is stale again, it is announced."""
    with writing(office.engine) as connection:
        before = announcements.latest_announcements(connection, [period.key]).get(period.key)
        if before is not None and before.stage == _ANNOUNCED:
            announcements.add_announcement(connection, period.key, _DONE, before.basis, now)
