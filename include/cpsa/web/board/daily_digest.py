"""The daily digest: the work items by mail to ops, once a day and only if there are any.

Where no scheduler can be read (a mail, the command line), its open questions come from the store.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from cpsa.calendar import IST
from cpsa.i18n.catalogue import text
from cpsa.services.app_context import AppContext
from cpsa.services.dispatch_summary import DispatchSummary
from cpsa.services.notify_ops import NOTICE_CYCLE_SUFFIX, notify_ops, parse_failure_slot
from cpsa.store.database import read_transaction
from cpsa.store.queries import question_queries, work_item_queries
from cpsa.store.tables.publication_tables import QuestionKind
from cpsa.web.board.work_items import WorkItem, WorkItemKind, list_work_items, sort_oldest_first

_DAGS = {QuestionKind.DISPATCH: "dispatch_half_year", QuestionKind.BACKFILL: "backfill_quarters"}
RECENT = timedelta(days=1)


class FailedRun(NamedTuple):
    """A run that ops were notified about. ``since``: when."""

    dag: str
    run: str
    period: str
    since: datetime


def list_known_items(
    context: AppContext, now: datetime, from_scheduler: Iterable[WorkItem] = ()
) -> list[WorkItem]:
    """What waits, as far as the store and the caller know, oldest first."""
    return sort_oldest_first(
        [*list_work_items(context, now), *_list_questions(context), *from_scheduler]
    )


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


def _list_questions(context: AppContext) -> Iterator[WorkItem]:
    with read_transaction(context.engine) as connection:
        open_questions = question_queries.list_open_questions(connection)
    for question in open_questions:
        run = f"{_DAGS[question.kind]} {question.half}".strip()
        address = f"departments/{question.half}" if question.half else ""
        yield WorkItem(WorkItemKind.QUESTION, question.asked_at, 1, address, {"run": run})
