"""Half-years for which a question is missing: ops are notified once.

Depends on no run: the store says which half-years are whole, and for how long.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Connection

from cpsa.calendar import IST, HalfYear, Quarter
from cpsa.i18n.catalogue import text
from cpsa.services.app_context import AppContext
from cpsa.services.dispatch_summary import DispatchSummary
from cpsa.services.first_quarter import find_first_quarter, list_wanted_quarters
from cpsa.services.notify_ops import notify_ops
from cpsa.services.pack_states import load_pack_states
from cpsa.store.database import read_transaction
from cpsa.store.queries import closing_queries, question_queries
from cpsa.store.tables.publication_tables import QuestionOutcome
from cpsa.translator import format_dotted_moment

GRACE_PERIOD = timedelta(days=1)
_ENDED_WITHOUT_ANSWER = (QuestionOutcome.SUPERSEDED, QuestionOutcome.VOID)


def list_half_years_without_question(
    context: AppContext, now: datetime
) -> tuple[tuple[HalfYear, datetime], ...]:
    """List half-years whose quarters are closed, that were not sent and have no question, each
    with the instant from which it is missing; only those missing for more than a day."""
    with read_transaction(context.engine) as connection:
        closed_at = _load_closing_times(connection)
        first = find_first_quarter(connection)
        found = []
        for half in sorted({quarter.half for quarter in closed_at}):
            wanted = list_wanted_quarters(half, first)
            if not wanted or not set(wanted) <= set(closed_at):
                continue
            since = _find_missing_since(
                connection, half, max(closed_at[quarter] for quarter in wanted)
            )
            if since is not None and since <= now - GRACE_PERIOD:
                found.append((half, since))
    return tuple(found)


def report_missing_questions(
    context: AppContext, now: datetime, worker: str, board: Callable[[str], str]
) -> tuple[DispatchSummary, ...]:
    """Notify ops of each half-year once. ``board``: the address of a period's page."""
    language = context.settings.language
    sent = []
    for half, since in list_half_years_without_question(context, now):
        words = {"period": half.key, "since": format_dotted_moment(since)}
        lines = [
            text("notices.no_question.what", language, **words),
            text("notices.board", language, address=board(half.key)),
        ]
        subject = text("notices.no_question.subject", language, **words)
        slot = f"no question {since.astimezone(IST):%Y-%m-%d}"
        sent.append(notify_ops(context, half.key, slot, subject, lines, now, worker))
    return tuple(sent)


def _load_closing_times(connection: Connection) -> dict[Quarter, datetime]:
    rows = closing_queries.load_latest_closings(connection)
    quarters = [Quarter.parse(key) for key in rows["quarter"]]
    return dict(zip(quarters, rows["closed_at"], strict=True))


def _find_missing_since(
    connection: Connection, half: HalfYear, closed_at: datetime
) -> datetime | None:
    """Find since when a question is missing; None where it is not."""
    if load_pack_states(connection, half).packs:
        return None
    newest = question_queries.list_newest_questions(connection, [half.key]).get(half.key)
    if newest is None:
        return closed_at
    return newest.ended_at if newest.outcome in _ENDED_WITHOUT_ANSWER else None
