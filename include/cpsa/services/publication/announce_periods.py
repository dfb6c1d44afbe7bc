"""Which stale periods are announced to the work that publishes or compiles them, and which already are.

Stale periods are listed every few minutes, and the work takes longer than that. So a period is
announced once for what the store knows, and again when it knows more, or when the work has not reached
its end in some hours. What must not go here: what makes a period stale (``stale_periods``).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from cpsa.calendar import HalfYear, Quarter
from cpsa.services.app_context import AppContext
from cpsa.store.database import write_transaction
from cpsa.store.queries import announcement_queries

AGAIN_AFTER = timedelta(hours=6)  # work that failed is started again, and ops were notified
_ANNOUNCED, _DONE = "announced", "done"


def announce_periods(
    context: AppContext,
    periods: Iterable[Quarter | HalfYear],
    now: datetime,
    *,
    force: bool = False,
) -> tuple[str, ...]:
    """Record that periods are announced; return the keys of those that were not yet, in their order.

    ``force``: all of them, as after the act that made them stale.
    """
    wanted = {period.key: period for period in periods}
    with write_transaction(context.engine, alone=True) as connection:
        latest = announcement_queries.load_latest_announcements(connection, wanted)
        announced = []
        for key, period in wanted.items():
            basis = announcement_queries.compute_basis(connection, period.quarters[-1].key)
            before = latest.get(key)
            is_under_way = (
                before is not None
                and before.stage == _ANNOUNCED
                and before.basis == basis
                and now - before.at < AGAIN_AFTER
            )
            if force or not is_under_way:
                announcement_queries.add_announcement(connection, key, _ANNOUNCED, basis, now)
                announced.append(key)
    return tuple(announced)


def finish_announced(context: AppContext, period: Quarter | HalfYear, now: datetime) -> None:
    """Record that the work for a period is finished: if it is stale again, it is announced."""
    with write_transaction(context.engine) as connection:
        before = announcement_queries.load_latest_announcements(connection, [period.key]).get(
            period.key
        )
        if before is not None and before.stage == _ANNOUNCED:
            announcement_queries.add_announcement(connection, period.key, _DONE, before.basis, now)
