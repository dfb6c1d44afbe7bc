"""The daily digest: the work items by mail to ops, once a day and only if there are any."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from cpsa.calendar import IST
from cpsa.i18n.catalogue import text
from cpsa.services.app_context import AppContext
from cpsa.services.dispatch_summary import DispatchSummary
from cpsa.services.notify_ops import NOTICE_CYCLE_SUFFIX, notify_ops, parse_failure_slot
from cpsa.store.database import read_transaction
from cpsa.store.queries import work_item_queries
from cpsa.web.board.known_items import list_known_items
from cpsa.web.board.work_items import WorkItem

RECENT = timedelta(days=1)


class FailedRun(NamedTuple):
    """A run that ops were notified about. ``since``: when."""

    dag: str
    run: str
    period: str
    since: datetime


def list_recent_failures(context: AppContext, now: datetime) -> Sequence[FailedRun]:
    """The runs of the last day that ops were notified about, each once; some may have recovered."""
    with read_transaction(context.engine) as connection:
        rows = work_item_queries.list_failure_notices(connection, now - RECENT)
    found: dict[tuple[str, str], FailedRun] = {}
    for row in rows:
        dag, run = parse_failure_slot(row.slot)
        period = row.cycle.removesuffix(NOTICE_CYCLE_SUFFIX)
        found.setdefault((dag, run), FailedRun(dag, run, period, row.planned_at))
    return list(found.values())


def send_daily_digest(
    context: AppContext,
    from_scheduler: Sequence[WorkItem],
    board: str,
    now: datetime,
    worker: str,
) -> DispatchSummary | None:
    """Send ops the list of work items; None where there are none. Once a day, however often it is called.

    ``board``: the board's address.
    """
    items = list_known_items(context, now, from_scheduler)
    if not items:
        return None
    language = context.settings.language
    lines = [text("notices.waiting.what", language), *_make_lines(items, board, language)]
    subject = text("notices.waiting.subject", language, number=len(items))
    slot = f"waiting {now.astimezone(IST):%Y-%m-%d}"
    return notify_ops(context, "", slot, subject, lines, now, worker)


def _make_lines(items: Sequence[WorkItem], board: str, language: str) -> Iterator[str]:
    for item in items:
        line = f"{item.text(language)} ({item.since_text(language)})"
        elsewhere = item.address.startswith(("http:", "https:"))
        yield f"{line}: {item.address if elsewhere else f'{board}/{item.address}'}"
