"""Which letters the store calls for at an instant, whether or not they were written.

Pure but for reading: obligations, submissions with their latest examination, closings, lock
exceptions and waivers in; letters out. The ledger matters only for reminders, which go
to agencies that got a request before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from cpsa.calendar import IST, Quarter
from cpsa.intake.channels.unusable_content import REASON
from cpsa.letters.letter_kinds import LetterKind
from cpsa.letters.letter_policy import Deadlines, LetterPolicy, ReminderStep
from cpsa.services.agency_letters import letter_windows
from cpsa.services.agency_letters.letter_windows import LetterWindow
from cpsa.services.app_context import AppContext
from cpsa.services.due_dates import (
    compute_due_date_if_requested,
    find_last_end,
    load_due_dates,
)
from cpsa.store.queries import (
    arrival_queries,
    closing_queries,
    examination_queries,
    figure_query_queries,
    letter_queries,
    quarter_queries,
)
from cpsa.store.queries.examination_queries import SubmissionRecord
from cpsa.store.tables.closing_tables import ClosingKind
from cpsa.store.tables.dispatch_tables import MailState
from cpsa.submissions.due_date import DueDate
from cpsa.submissions.figure_query import FigureQuery
from cpsa.submissions.state import SubmissionState

_MAY_HAVE_ARRIVED = frozenset(
    {MailState.ACCEPTED, MailState.UNCERTAIN, MailState.IN_DATA, MailState.CLAIMED}
)

# To one agency for one quarter.
_MAX_UNUSABLE_MAIL_LETTERS = 10

LetterKey = tuple[str, str, str]  # cycle, slot, recipient: what the ledger knows a letter by

CHECK_RESULT_KINDS: Mapping[str, LetterKind] = {
    SubmissionState.ACCEPTED: LetterKind.ACCEPTED,
    SubmissionState.RETURNED: LetterKind.RETURNED,
    SubmissionState.REJECTED: LetterKind.RETURNED,
    SubmissionState.UNREADABLE: LetterKind.RETURNED,
    SubmissionState.LOCKED_OUT: LetterKind.LOCKED_OUT,
}


@dataclass(frozen=True)
class DueLetter:
    """One letter to one agency. ``version``: of the file it is about, or the number of the arrival of
    an unusable mail; ``step``: of a reminder; ``query``: the number of a question about a figure.
    Either is due at ``step_at``."""

    agency: str
    quarter: Quarter
    kind: LetterKind
    version: int = 0
    step: ReminderStep | None = None
    step_at: datetime | None = None
    query: int = 0

    @property
    def slot(self) -> str:
        step = self.step.code if self.step else str(self.query or "")
        return self.kind.make_slot(self.version, step)

    @property
    def key(self) -> LetterKey:
        return self.quarter.key, self.slot, self.agency


def list_quarters_with_letters(connection: Connection, now: datetime) -> list[Quarter]:
    """The quarters of which anything can be due, oldest first."""
    latest = Quarter.containing(now.astimezone(IST).date()) - 1
    keys = {latest.key, (latest - 1).key}  # one whose window is open, one that closed recently
    keys |= set(
        letter_queries.list_quarters_received_since(
            connection, now - letter_windows.NOTIFY_OF_FILE_WITHIN
        )
    )
    keys |= {
        key
        for _, key in letter_queries.list_pairs_decided_since(
            connection, now - letter_windows.NOTIFY_OF_DECISION_WITHIN
        )
    }
    keys |= {query.quarter for query in _list_recent_queries(connection, now)}
    return [Quarter.parse(key) for key in sorted(keys)]


def list_due_letters(
    context: AppContext,
    connection: Connection,
    quarters: Sequence[Quarter],
    now: datetime,
    policy: LetterPolicy,
    ledger_rows: Collection[Any],
) -> Iterator[DueLetter]:
    """The letters of these quarters in the order of quarter and registry.

    ``ledger_rows``: those about these quarters.
    """
    request_times = map_request_times(ledger_rows)
    registered_agencies = set(context.load_register(connection).agencies["code"])
    openings = quarter_queries.load_openings(connection)
    decided_agencies = letter_queries.list_pairs_decided_since(
        connection, now - letter_windows.NOTIFY_OF_DECISION_WITHIN
    )
    submissions = _group_submissions(connection, quarters)
    queries = _list_recent_queries(connection, now)
    silent_exceptions = letter_queries.list_quiet_exceptions(connection)
    unusable_mails = _group_unusable_mails(connection, quarters)
    for quarter in quarters:
        closing = closing_queries.find_first_closing(connection, quarter.key)
        opening = openings.get(quarter.key)
        window = LetterWindow(
            quarter,
            now,
            closing["closed_at"] if closing else None,
            is_live=opening is not None and not opening.replayed,
            last_end=find_last_end(connection, quarter),
        )
        dates = load_due_dates(connection, quarter)
        withdrawn = _map_withdrawn_closings(connection, quarter, now, ledger_rows)
        for agency in context.load_register_of_quarter(connection, quarter).forms_in(quarter.key):
            if agency not in registered_agencies:
                continue  # no address is left of an agency that is not registered any more
            versions = submissions.get((quarter.key, agency), ())
            if (due_date := dates.get(agency)) is not None:
                yield from _list_requests_and_reminders(
                    agency, window, policy, versions, request_times, due_date
                )
            answerable = [row for row in versions if row.lock_exception_id not in silent_exceptions]
            yield from _list_answers(
                agency, window, answerable, has_decision=(agency, quarter.key) in decided_agencies
            )
            yield from _list_query_letters(agency, quarter, queries)
            yield from _list_unusable_mail_letters(
                window, unusable_mails.get((quarter.key, agency), ())
            )
            if agency in dates and window.is_just_closed:
                assert closing is not None
                yield DueLetter(
                    agency,
                    quarter,
                    LetterKind.CLOSING,
                    get_closing_slot_version(closing["version"]),
                )
            if agency in withdrawn:
                yield DueLetter(agency, quarter, LetterKind.WITHDRAWN, withdrawn[agency])


def _list_recent_queries(connection: Connection, now: datetime) -> Sequence[FigureQuery]:
    """The recent questions, not withdrawn: each is one letter, also after closing."""
    return figure_query_queries.list_queries_since(
        connection, now - letter_windows.NOTIFY_OF_DECISION_WITHIN
    )


def _list_query_letters(
    agency: str, quarter: Quarter, queries: Sequence[FigureQuery]
) -> Iterator[DueLetter]:
    for query in queries:
        if (query.agency, query.quarter) == (agency, quarter.key):
            yield DueLetter(
                agency, quarter, LetterKind.QUERY, step_at=query.asked_at, query=query.id
            )


def _group_unusable_mails(
    connection: Connection, quarters: Sequence[Quarter]
) -> Mapping[tuple[str, str], Sequence[Any]]:
    """Mails that brought nothing to read, by quarter and agency, oldest first."""
    mails_by_agency: dict[tuple[str, str], list[Any]] = {}
    for row in arrival_queries.list_refused_mails(connection, REASON, quarters[0].key):
        mails_by_agency.setdefault((row.quarter, row.agency), []).append(row)
    return mails_by_agency


def _list_unusable_mail_letters(window: LetterWindow, mails: Sequence[Any]) -> Iterator[DueLetter]:
    """One letter for each mail up to a limit, which stops a program that answers each letter."""
    if not window.is_live:
        return
    for row in mails[:_MAX_UNUSABLE_MAIL_LETTERS]:
        if window.is_recent(row.received_at) and window.is_under_way(row.received_at):
            yield DueLetter(row.agency, window.quarter, LetterKind.UNUSABLE, row.id)


def get_closing_slot_version(version: int) -> int:
    """The number in the slot of a closing letter: none for the first closing of a quarter."""
    return version if version > 1 else 0


def _map_withdrawn_closings(
    connection: Connection, quarter: Quarter, now: datetime, ledger_rows: Collection[Any]
) -> Mapping[str, int]:
    """The agencies whose closing letter was sent but is withdrawn, with the version that withdrew it."""
    newest = closing_queries.find_newest_version(connection, quarter.key)
    if newest is None or newest["kind"] != ClosingKind.WITHDRAWN:
        return {}
    if now >= newest["closed_at"] + letter_windows.NOTIFY_OF_CLOSING_WITHIN:
        return {}
    version = get_closing_slot_version(
        closing_queries.find_withdrawn_version(connection, quarter.key)
    )
    slot = LetterKind.CLOSING.make_slot(version)
    return {
        row.recipient: newest["version"]
        for row in ledger_rows
        if (row.cycle, row.slot) == (quarter.key, slot) and row.state in _MAY_HAVE_ARRIVED
    }


def _group_submissions(
    connection: Connection, quarters: Sequence[Quarter]
) -> Mapping[tuple[str, str], Sequence[SubmissionRecord]]:
    """Every version by quarter and agency, oldest first."""
    submissions_by_agency: dict[tuple[str, str], list[SubmissionRecord]] = {}
    for row in examination_queries.load_submissions(
        connection, quarters[-1].key, since=quarters[0].key
    ):
        submissions_by_agency.setdefault((row.quarter, row.agency), []).append(row)
    return submissions_by_agency


def _list_requests_and_reminders(
    agency: str,
    window: LetterWindow,
    policy: LetterPolicy,
    versions: Sequence[SubmissionRecord],
    request_times: Mapping[tuple[str, str], datetime],
    due_date: DueDate,
) -> Iterator[DueLetter]:
    """The request where nothing was sent yet; the newest reminder where an update is still due."""
    quarter = window.quarter
    if not window.is_open_until(due_date.due_by):
        return
    if not versions and window.is_window_open:
        yield DueLetter(agency, quarter, LetterKind.REQUEST)
    if not _is_update_expected(versions):
        return
    due_date = compute_due_date_if_requested(quarter, due_date, window.now)
    deadlines = Deadlines.from_due_date(quarter, due_date.due_by, window.last_end)
    step = policy.find_newest_step(deadlines, window.now)
    requested_at = request_times.get((quarter.key, agency))
    if requested_at is None and not versions:
        return  # the request comes first
    due_at = policy.get_due_at(step, deadlines) if step else None
    if due_at and (requested_at is None or requested_at < due_at):
        yield DueLetter(agency, quarter, LetterKind.REMINDER, step=step, step_at=due_at)


def _is_update_expected(versions: Sequence[SubmissionRecord]) -> bool:
    """Whether nothing was accepted and nothing waits to be checked."""
    states = [SubmissionState(row.state) for row in versions]
    is_waiting = states[-1:] == [SubmissionState.RECEIVED]
    return not is_waiting and not any(state.is_final for state in states)


def _list_answers(
    agency: str, window: LetterWindow, versions: Sequence[SubmissionRecord], *, has_decision: bool
) -> Iterator[DueLetter]:
    """A receipt for every file; the result of the check only for the newest."""
    for row in versions:
        if not window.is_recent(row.received_at):
            continue
        if has_decision or window.is_under_way(row.received_at):
            yield DueLetter(agency, window.quarter, LetterKind.RECEIPT, row.version)
    for row in versions[-1:]:
        is_answerable = window.is_recent(row.received_at) and window.is_under_way(row.received_at)
        if row.state in CHECK_RESULT_KINDS and (is_answerable or has_decision):
            yield DueLetter(agency, window.quarter, CHECK_RESULT_KINDS[row.state], row.version)


def map_request_times(ledger_rows: Collection[Any]) -> dict[tuple[str, str], datetime]:
    """When requests were planned, by quarter and agency."""
    slot = LetterKind.REQUEST.make_slot()
    return {(row.cycle, row.recipient): row.planned_at for row in ledger_rows if row.slot == slot}
