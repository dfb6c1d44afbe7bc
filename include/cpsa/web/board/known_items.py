"""The work items where no scheduler can be read (a mail, the command line): its open questions come from
the store.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from cpsa.services.app_context import AppContext
from cpsa.store.database import read_transaction
from cpsa.store.queries import question_queries
from cpsa.store.tables.publication_tables import QuestionKind
from cpsa.web.board.work_items import WorkItem, WorkItemKind, list_work_items, sort_oldest_first

_DAGS = {QuestionKind.DISPATCH: "dispatch_half_year", QuestionKind.BACKFILL: "backfill_quarters"}


def list_known_items(
    context: AppContext, now: datetime, from_scheduler: Iterable[WorkItem] = ()
) -> list[WorkItem]:
    """What waits, as far as the store and the caller know, oldest first."""
    return sort_oldest_first(
        [*list_work_items(context, now), *_list_questions(context), *from_scheduler]
    )


def _list_questions(context: AppContext) -> Iterator[WorkItem]:
    with read_transaction(context.engine) as connection:
        open_questions = question_queries.list_open_questions(connection)
    for question in open_questions:
        run = f"{_DAGS[question.kind]} {question.half}".strip()
        address = f"departments/{question.half}" if question.half else ""
        yield WorkItem(WorkItemKind.QUESTION, question.asked_at, 1, address, {"run": run})
