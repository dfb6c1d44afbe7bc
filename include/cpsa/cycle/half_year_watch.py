"""Half-years that should have been asked about and were not: ops are notified once.

Depends on no run: it asks the store which half-years are whole, and for how long.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Connection

from cpsa.calendar import IST, HalfYear, Quarter
from cpsa.cycle import notices
from cpsa.cycle.first_quarter import first_quarter, wanted_quarters
from cpsa.cycle.office import Office
from cpsa.cycle.pack_states import read_pack_states
from cpsa.cycle.posting import Sent
from cpsa.messages import text
from cpsa.store import closings, questions
from cpsa.store.database import reading
from cpsa.store.tables.publication import QuestionOutcome

PATIENCE = timedelta(days=1)
_ASK_AGAIN = (QuestionOutcome.SUPERSEDED, QuestionOutcome.VOID)


def half_years_without_question(
    office: Office, now: datetime
) -> tuple[tuple[HalfYear, datetime], ...]:
    """Half-years whose quarters are closed, that were not sent and that nobody is asked about, each
    with the instant since when; for more than a day."""
    with reading(office.engine) as connection:
        closed_at = _closed_at(connection)
        first = first_quarter(connection)
        found = []
        for half in sorted({quarter.half for quarter in closed_at}):
            wanted = wanted_quarters(half, first)
            if not wanted or not set(wanted) <= set(closed_at):
                continue
            since = _since(connection, half, max(closed_at[quarter] for quarter in wanted))
            if since is not None and since <= now - PATIENCE:
                found.append((half, since))
    return tuple(found)


def report_half_years(
    office: Office, now: datetime, worker: str, board: Callable[[str], str]
) -> tuple[Sent, ...]:
    """Notify ops of each once. ``board``: the address of a period's page."""
    language = office.settings.language
    sent = []
    for half, since in half_years_without_question(office, now):
        words = {"period": half.key, "since": f"{since.astimezone(IST):%d.%m.%Y %H:%M}"}
        lines = [
            text("notices.no_question.what", language, **words),
            text("notices.board", language, address=board(half.key)),
        ]
        subject = text("notices.no_question.subject", language, **words)
        slot = f"no question {since.astimezone(IST):%Y-%m-%d}"
        sent.append(notices.tell(office, half.key, slot, subject, lines, now, worker))
    return tuple(sent)


def _closed_at(connection: Connection) -> dict[Quarter, datetime]:
    rows = closings.latest_closings(connection)
    quarters = [Quarter.parse(key) for key in rows["quarter"]]
    return dict(zip(quarters, rows["closed_at"], strict=True))


def _since(connection: Connection, half: HalfYear, closed_at: datetime) -> datetime | None:
    """Since when a question is missing; None where it is not."""
    if read_pack_states(connection, half).packs:
        return None
    newest = questions.list_newest_questions(connection, [half.key]).get(half.key)
    if newest is None:
        return closed_at
    return newest.ended_at if newest.outcome in _ASK_AGAIN else None
