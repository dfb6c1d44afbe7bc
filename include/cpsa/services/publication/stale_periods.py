"""Which periods are stale: what the store says must be published, compiled, opened or closed.

Reads the store only; the caller starts the work. A period is stale when a row was added that its
documents show and that is later than the state of the store from which they were published. An
upgrade of the program makes nothing stale.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from cpsa.calendar import IST, HalfYear, Quarter
from cpsa.letters.letter_kinds import PACK_SLOT
from cpsa.services.app_context import AppContext
from cpsa.services.due_dates import find_closing_time
from cpsa.services.first_quarter import find_first_quarter, list_wanted_quarters
from cpsa.services.publication import half_year_editions
from cpsa.store.database import read_transaction
from cpsa.store.queries import (
    closing_queries,
    dispatch_queries,
    publication_queries,
    quarter_queries,
    question_queries,
)
from cpsa.store.queries.publication_queries import SOURCES, Publication
from cpsa.store.queries.question_queries import QuestionRecord
from cpsa.store.tables.dispatch_tables import MailState
from cpsa.store.tables.publication_tables import PublicationKind, QuestionOutcome

_ENDED_WITHOUT_ANSWER = (QuestionOutcome.SUPERSEDED, QuestionOutcome.VOID)


@dataclass(frozen=True)
class StalePeriods:
    """``quarters`` to publish again, ``halves`` to compile and question, each oldest first."""

    quarters: tuple[Quarter, ...] = ()
    halves: tuple[HalfYear, ...] = ()
    to_open: tuple[Quarter, ...] = ()
    to_close: tuple[Quarter, ...] = ()


def find_stale_periods(context: AppContext, now: datetime) -> StalePeriods:
    """Find what the store says is missing at this instant."""
    with read_transaction(context.engine) as connection:
        state = _PublicationState.load(connection)
        stale = state.list_stale_quarters()
        return StalePeriods(
            stale,
            state.list_stale_halves(connection, set(stale)),
            _list_to_open(connection, now),
            _list_to_close(connection, now),
        )


def is_stale(connection: Connection, half: HalfYear) -> bool:
    """Whether the store has anything later than what a half-year was compiled from."""
    documents = publication_queries.list_publications(connection, [PublicationKind.DOCUMENTS])
    published = documents.get(half.key)
    if published is None:
        return True
    later = publication_queries.list_newest_rows(connection, published.mark)
    return any(quarter <= half.last_quarter.key for quarter in later)


@dataclass(frozen=True)
class _PublicationState:
    """``closed``: quarters; ``later``: source → quarter → newest row up to and with that quarter."""

    closed: tuple[Quarter, ...]
    first: Quarter | None
    published: Mapping[str, Publication]
    online: Publication | None
    later: Mapping[str, Mapping[str, int]]

    @classmethod
    def load(cls, connection: Connection) -> _PublicationState:
        closed = [
            Quarter.parse(key)
            for key in closing_queries.load_latest_closings(connection)["quarter"]
        ]
        published = publication_queries.list_publications(connection, [PublicationKind.DOCUMENTS])
        online = publication_queries.find_online_edition(connection)
        marks = [
            publication.mark for publication in (*published.values(), *([online] if online else []))
        ]
        oldest = {source: min((mark[source] for mark in marks), default=0) for source in SOURCES}
        rows = publication_queries.list_newest_rows(connection, oldest)
        later: dict[str, dict[str, int]] = {}
        newest = dict.fromkeys(SOURCES, 0)
        for quarter in sorted({*rows, *(quarter.key for quarter in closed)}):
            for source, row in rows.get(quarter, {}).items():
                newest[source] = max(newest[source], row)
            later[quarter] = dict(newest)
        return cls(tuple(sorted(closed)), find_first_quarter(connection), published, online, later)

    def list_stale_quarters(self) -> tuple[Quarter, ...]:
        """List closed quarters whose documents, or the newest whose online edition, is out of date."""
        stale = [quarter for quarter in self.closed if self.is_stale(quarter)]
        newest = self.closed[-1:] if self._is_online_stale() else ()
        return tuple(sorted({*stale, *newest}))

    def list_stale_halves(
        self, connection: Connection, stale_quarters: set[Quarter]
    ) -> tuple[HalfYear, ...]:
        """List half-years whose quarters are all published, to be compiled or questioned."""
        halves = sorted({quarter.half for quarter in self.closed})
        ready = [half for half in halves if self._is_ready(half, stale_quarters)]
        to_compile = {half for half in ready if self.is_stale(half)}
        rest = [half for half in ready if half not in to_compile]
        return tuple(sorted({*to_compile, *_list_needing_question(connection, rest)}))

    def is_stale(self, period: Quarter | HalfYear) -> bool:
        """Whether a row that the period's documents show is later than their publication."""
        published = self.published.get(period.key)
        return published is None or self._is_later(published.mark, period.last_quarter)

    def is_whole(self, half: HalfYear) -> bool:
        wanted = set(list_wanted_quarters(half, self.first))
        return bool(wanted) and wanted <= set(self.closed)

    def _is_ready(self, half: HalfYear, stale_quarters: set[Quarter]) -> bool:
        return self.is_whole(half) and not stale_quarters & set(half.quarters)

    def _is_online_stale(self) -> bool:
        if not self.closed:
            return False
        newest = self.closed[-1]
        if self.online is None or self.online.period != newest.key:
            return True
        return self._is_later(self.online.mark, newest)

    def _is_later(self, mark: Mapping[str, int], until: Quarter) -> bool:
        newest = self.later.get(until.key, {})
        return any(newest.get(source, 0) > mark[source] for source in SOURCES)


def _list_needing_question(connection: Connection, halves: list[HalfYear]) -> list[HalfYear]:
    """List compiled half-years whose newest documents have no question and were not sent."""
    keys = [half.key for half in halves]
    newest_questions = question_queries.list_newest_questions(connection, keys)
    sent = _find_sent(connection, keys)
    return [
        half
        for half in halves
        if half.key not in sent
        and _is_question_due(connection, half, newest_questions.get(half.key))
    ]


def _is_question_due(connection: Connection, half: HalfYear, newest: QuestionRecord | None) -> bool:
    edition = half_year_editions.find_newest_edition(connection, half)
    if not edition.digest:
        return False
    if newest is None or newest.edition != edition.digest:
        return True
    return newest.outcome in _ENDED_WITHOUT_ANSWER


def _find_sent(connection: Connection, halves: list[str]) -> set[str]:
    """Find half-years whose packs were all handed over, or need a person: none waits to be sent."""
    states = dispatch_queries.count_states_by_cycle(connection, halves, PACK_SLOT)
    return {half for half, found in states.items() if found and MailState.PENDING not in found}


def _list_to_open(connection: Connection, now: datetime) -> tuple[Quarter, ...]:
    """List the quarter whose window is open and that was never opened, once an admin has opened one."""
    quarter = Quarter.containing(now.astimezone(IST).date()) - 1
    first = quarter_queries.find_setting(connection, quarter_queries.FIRST_QUARTER)
    if (
        first is None
        or quarter.key < first
        or quarter_queries.find_opening(connection, quarter.key)
    ):
        return ()
    return (quarter,) if quarter.opens_at <= now < quarter.window_ends else ()


def _list_to_close(connection: Connection, now: datetime) -> tuple[Quarter, ...]:
    """List quarters that were opened in time, never closed, and whose last due date has passed.

    One that was undone waits for a person, and so does one that is replayed.
    """
    opened = [
        Quarter.parse(key)
        for key, opening in quarter_queries.load_openings(connection).items()
        if not opening.replayed and closing_queries.find_newest_version(connection, key) is None
    ]
    return tuple(quarter for quarter in opened if find_closing_time(connection, quarter) <= now)
