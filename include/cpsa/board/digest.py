"""The daily digest: what waits for a person, by mail to ops, once a day and only if anything waits.

Where no scheduler can be asked (a mail, the command line), its open questions come from the store.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from cpsa.board.waiting import WaitingItem, WaitingKind, oldest_first, waiting_items
from cpsa.calendar import IST
from cpsa.cycle import notices
from cpsa.cycle.office import Office
from cpsa.cycle.posting import Sent
from cpsa.messages import text
from cpsa.store import questions, waiting
from cpsa.store.database import reading
from cpsa.store.tables.publication import QuestionKind

_DAGS = {QuestionKind.DISPATCH: "dispatch_half_year", QuestionKind.BACKFILL: "backfill_quarters"}
LATELY = timedelta(days=1)


class FailedRun(NamedTuple):
    """A run that ops were notified about. ``since``: when."""

    dag: str
    run: str
    period: str
    since: datetime


def known_items(
    office: Office, now: datetime, from_scheduler: Iterable[WaitingItem] = ()
) -> list[WaitingItem]:
    """What waits, as far as the store and the caller know, oldest first."""
    return oldest_first([*waiting_items(office, now), *_questions(office), *from_scheduler])


def failed_lately(office: Office, now: datetime) -> Sequence[FailedRun]:
    """The runs of the last day that ops were notified about, each once; some may be well again."""
    with reading(office.engine) as connection:
        rows = waiting.failure_notices(connection, now - LATELY)
    found: dict[tuple[str, str], FailedRun] = {}
    for row in rows:
        dag, run = notices.parse_failure_slot(row.slot)
        period = row.cycle.removesuffix(notices.NOTICES)
        found.setdefault((dag, run), FailedRun(dag, run, period, row.planned_at))
    return list(found.values())


def daily_digest(
    office: Office,
    from_scheduler: Sequence[WaitingItem],
    board: str,
    now: datetime,
    worker: str,
) -> Sent | None:
    """Write to ops what waits; None where nothing does. Once a day, however often it is called.

    ``board``: the board's address.
    """
    items = known_items(office, now, from_scheduler)
    if not items:
        return None
    language = office.settings.language
    lines = [text("notices.waiting.what", language), *_lines(items, board, language)]
    subject = text("notices.waiting.subject", language, number=len(items))
    slot = f"waiting {now.astimezone(IST):%Y-%m-%d}"
    return notices.tell(office, "", slot, subject, lines, now, worker)


def _lines(items: Sequence[WaitingItem], board: str, language: str) -> Iterator[str]:
    for item in items:
        said = f"{item.text(language)} ({item.since_text(language)})"
        elsewhere = item.address.startswith(("http:", "https:"))
        yield f"{said}: {item.address if elsewhere else f'{board}/{item.address}'}"


def _questions(office: Office) -> Iterator[WaitingItem]:
    with reading(office.engine) as connection:
        open_questions = questions.list_open_questions(connection)
    for question in open_questions:
        run = f"{_DAGS[question.kind]} {question.half}".strip()
        address = f"departments/{question.half}" if question.half else ""
        yield WaitingItem(WaitingKind.QUESTION, question.asked_at, 1, address, {"run": run})
