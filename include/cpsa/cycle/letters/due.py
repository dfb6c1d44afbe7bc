"""Which letters the store calls for at an instant, whether or not they were written.

Pure but for reading: obligations, submissions with their latest examination, closings, lock
exceptions and waivers in; letters out. What the ledger holds matters only for reminders, which go
to those who were asked before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from cpsa.calendar import IST, Quarter
from cpsa.collect.channels.unusable import REASON
from cpsa.cycle.due_dates import due_date_if_requested, due_dates, last_end
from cpsa.cycle.letters import timely
from cpsa.cycle.letters.timely import Moment
from cpsa.cycle.office import Office
from cpsa.letters import Deadlines, Kind, Policy, Step
from cpsa.store import arrivals, closings, figure_queries, judgements
from cpsa.store import letters as sources
from cpsa.store import quarters as quarter_rows
from cpsa.store.judgements import Stated
from cpsa.store.tables.closing import ClosingKind
from cpsa.store.tables.dispatch import State
from cpsa.submissions.due_date import DueDate
from cpsa.submissions.figure_query import FigureQuery
from cpsa.submissions.state import SubmissionState

_MAY_HAVE_ARRIVED = frozenset({State.ACCEPTED, State.UNCERTAIN, State.IN_DATA, State.CLAIMED})

# To one agency for one quarter.
_MOST_ABOUT_UNUSABLE_MAILS = 10

Key = tuple[str, str, str]  # cycle, slot, recipient: what the ledger knows a letter by

VERDICTS: Mapping[str, Kind] = {
    SubmissionState.ACCEPTED: Kind.ACCEPTED,
    SubmissionState.RETURNED: Kind.RETURNED,
    SubmissionState.REJECTED: Kind.RETURNED,
    SubmissionState.UNREADABLE: Kind.RETURNED,
    SubmissionState.LOCKED_OUT: Kind.HELD,
}


@dataclass(frozen=True)
class Owed:
    """One letter to one agency. ``version``: of the file it is about, or the number of the arrival of
    an unusable mail; ``step``: of a reminder; ``query``: the number of a question about a figure.
    Either is due at ``step_at``."""

    agency: str
    quarter: Quarter
    kind: Kind
    version: int = 0
    step: Step | None = None
    step_at: datetime | None = None
    query: int = 0

    @property
    def slot(self) -> str:
        step = self.step.code if self.step else str(self.query or "")
        return self.kind.slot(self.version, step)

    @property
    def key(self) -> Key:
        return self.quarter.key, self.slot, self.agency


def quarters(connection: Connection, now: datetime) -> list[Quarter]:
    """The quarters of which anything can be due, oldest first."""
    latest = Quarter.containing(now.astimezone(IST).date()) - 1
    keys = {latest.key, (latest - 1).key}  # one whose window is open, one that closed of late
    keys |= set(sources.received_since(connection, now - timely.FILE_IS_NEWS))
    keys |= {key for _, key in sources.decided_since(connection, now - timely.DECISION_IS_NEWS)}
    keys |= {query.quarter for query in _queries(connection, now)}
    return [Quarter.parse(key) for key in sorted(keys)]


def due(
    office: Office,
    connection: Connection,
    quarters: Sequence[Quarter],
    now: datetime,
    policy: Policy,
    written: Collection[Any],
) -> Iterator[Owed]:
    """The letters of these quarters in the order of quarter and registry.

    ``written``: rows of the ledger (``store.letters.planned``) about these quarters.
    """
    asked = asked_at(written)
    written_to = set(office.roll(connection).agencies["code"])
    openings = quarter_rows.openings(connection)
    decided = sources.decided_since(connection, now - timely.DECISION_IS_NEWS)
    files = _files(connection, quarters)
    queries = _queries(connection, now)
    quiet = sources.quiet_exceptions(connection)
    unusable = _unusable_mails(connection, quarters)
    for quarter in quarters:
        closing = closings.first_closing(connection, quarter.key)
        opening = openings.get(quarter.key)
        moment = Moment(
            quarter,
            now,
            closing["closed_at"] if closing else None,
            is_live=opening is not None and not opening.replayed,
            last_end=last_end(connection, quarter),
        )
        dates = due_dates(connection, quarter)
        withdrawn = _withdrawn(connection, quarter, now, written)
        for agency in office.register_of_quarter(connection, quarter).forms_in(quarter.key):
            if agency not in written_to:
                continue  # no address is left of an agency that is not registered any more
            versions = files.get((quarter.key, agency), ())
            if (date := dates.get(agency)) is not None:
                yield from _asking(agency, moment, policy, versions, asked, date)
            told = [row for row in versions if row.lock_exception_id not in quiet]
            yield from _answers(agency, moment, told, (agency, quarter.key) in decided)
            yield from _asked_about(agency, quarter, queries)
            yield from _about_unusable_mails(moment, unusable.get((quarter.key, agency), ()))
            if agency in dates and moment.just_closed:
                assert closing is not None
                yield Owed(agency, quarter, Kind.CLOSING, again(closing["version"]))
            if agency in withdrawn:
                yield Owed(agency, quarter, Kind.WITHDRAWN, withdrawn[agency])


def _queries(connection: Connection, now: datetime) -> Sequence[FigureQuery]:
    """The questions of late, not withdrawn: each is one letter, also after closing."""
    return figure_queries.list_queries_since(connection, now - timely.DECISION_IS_NEWS)


def _asked_about(agency: str, quarter: Quarter, queries: Sequence[FigureQuery]) -> Iterator[Owed]:
    for query in queries:
        if (query.agency, query.quarter) == (agency, quarter.key):
            yield Owed(agency, quarter, Kind.QUERY, step_at=query.asked_at, query=query.id)


def _unusable_mails(
    connection: Connection, quarters: Sequence[Quarter]
) -> Mapping[tuple[str, str], Sequence[Any]]:
    """Mails that brought nothing to read, by quarter and agency, oldest first."""
    found: dict[tuple[str, str], list[Any]] = {}
    for row in arrivals.refused_mails(connection, REASON, quarters[0].key):
        found.setdefault((row.quarter, row.agency), []).append(row)
    return found


def _about_unusable_mails(moment: Moment, mails: Sequence[Any]) -> Iterator[Owed]:
    """One letter for each mail, so many at most: a program that answers each letter ends there."""
    if not moment.is_live:
        return
    for row in mails[:_MOST_ABOUT_UNUSABLE_MAILS]:
        if moment.is_news(row.received_at) and moment.is_under_way(row.received_at):
            yield Owed(row.agency, moment.quarter, Kind.UNUSABLE, row.id)


def again(version: int) -> int:
    """The number in the slot of a closing letter: none for the first closing of a quarter."""
    return version if version > 1 else 0


def _withdrawn(
    connection: Connection, quarter: Quarter, now: datetime, written: Collection[Any]
) -> Mapping[str, int]:
    """The agencies whose closing letter was sent and does not hold, with the version that undid it."""
    newest = closings.newest_version(connection, quarter.key)
    if newest is None or newest["kind"] != ClosingKind.WITHDRAWN:
        return {}
    if now >= newest["closed_at"] + timely.CLOSING_IS_NEWS:
        return {}
    version = again(closings.version_withdrawn(connection, quarter.key))
    slot = Kind.CLOSING.slot(version)
    return {
        row.recipient: newest["version"]
        for row in written
        if (row.cycle, row.slot) == (quarter.key, slot) and row.state in _MAY_HAVE_ARRIVED
    }


def _files(
    connection: Connection, quarters: Sequence[Quarter]
) -> Mapping[tuple[str, str], Sequence[Stated]]:
    """Every version by quarter and agency, oldest first."""
    found: dict[tuple[str, str], list[Stated]] = {}
    for row in judgements.submissions(connection, quarters[-1].key, since=quarters[0].key):
        found.setdefault((row.quarter, row.agency), []).append(row)
    return found


def _asking(
    agency: str,
    moment: Moment,
    policy: Policy,
    versions: Sequence[Stated],
    asked: Mapping[tuple[str, str], datetime],
    date: DueDate,
) -> Iterator[Owed]:
    """The request to who has sent nothing yet; the newest reminder to who still owes."""
    quarter = moment.quarter
    if not moment.is_open_until(date.due_by):
        return
    if not versions and moment.is_window_open:
        yield Owed(agency, quarter, Kind.REQUEST)
    if not _still_owes(versions):
        return
    date = due_date_if_requested(quarter, date, moment.now)
    deadlines = Deadlines.from_due_date(quarter, date.due_by, moment.last_end)
    step = policy.newest_step(deadlines, moment.now)
    asked_at = asked.get((quarter.key, agency))
    if asked_at is None and not versions:
        return  # the request comes first
    step_at = step.comes_at(deadlines) if step else None
    if step_at and (asked_at is None or asked_at < step_at):
        yield Owed(agency, quarter, Kind.REMINDER, step=step, step_at=step_at)


def _still_owes(versions: Sequence[Stated]) -> bool:
    """Nothing was accepted, and nothing lies here unexamined."""
    states = [row.state for row in versions]
    return "accepted" not in states and "received" not in states[-1:]


def _answers(
    agency: str, moment: Moment, versions: Sequence[Stated], decided: bool
) -> Iterator[Owed]:
    """A receipt for every file; what became of it only for the newest."""
    for row in versions:
        if not moment.is_news(row.received_at):
            continue
        if decided or moment.is_under_way(row.received_at):
            yield Owed(agency, moment.quarter, Kind.RECEIPT, row.version)
    for row in versions[-1:]:
        answers = moment.is_news(row.received_at) and moment.is_under_way(row.received_at)
        if row.state in VERDICTS and (answers or decided):
            yield Owed(agency, moment.quarter, VERDICTS[row.state], row.version)


def asked_at(planned: Collection[Any]) -> dict[tuple[str, str], datetime]:
    """When requests were planned, by quarter and agency."""
    slot = Kind.REQUEST.slot()
    return {(row.cycle, row.recipient): row.planned_at for row in planned if row.slot == slot}
