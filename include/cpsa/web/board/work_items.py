"""Work items: what waits for a person, of any period; each says what, how many, since when, and where.

What belongs here: the kinds, and how the store finds them. What must not: what only the
scheduler knows (its runs and questions come from outside as items of the same form), statements
(``work_item_queries``), and who is notified about it (``notify_ops``).

A new kind is a member of ``WorkItemKind``, a function in ``_SOURCES`` and a text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Connection

from cpsa.calendar import IST, HalfYear, Quarter
from cpsa.i18n import catalogue
from cpsa.letters.letter_kinds import LetterKind
from cpsa.services.app_context import AppContext
from cpsa.services.collection.channel_rounds import FOLDER, MAILBOX, UNDELIVERED
from cpsa.services.dispatch.changed_half_years import list_changed_half_years
from cpsa.services.due_dates import find_closing_time
from cpsa.services.first_quarter import find_first_quarter, list_wanted_quarters
from cpsa.services.verify_store.last_verification import read_last_verification
from cpsa.store.database import read_transaction
from cpsa.store.queries import (
    awaiting_arrival_queries,
    closing_queries,
    department_reply_queries,
    examination_queries,
    quarter_queries,
    submission_queries,
    work_item_queries,
)
from cpsa.store.tables.closing_tables import ClosingKind
from cpsa.store.tables.dispatch_tables import MailState
from cpsa.translator import Translator

if TYPE_CHECKING:
    from cpsa.services.agency_letters.due_letters import DueLetter

SCAN_INTERVAL = timedelta(minutes=15)  # how often each channel is read
MISSED_SCANS = 3
LONG_PAST = timedelta(days=45)  # a half-year of old quarters is sent after that only on request
CLOSING_TAKES = timedelta(hours=1)


class WorkItemKind(StrEnum):
    """What kind of work item waits for a person. Its text is ``board.waiting.<kind>``."""

    SCHEDULER_DOWN = "scheduler_down"
    RUN_FAILED = "run_failed"
    RUN_STUCK = "run_stuck"
    QUESTION = "question"
    CHANNEL_UNREAD = "channel_unread"
    MAIL_PENDING = "mail_pending"
    MAIL_ADDRESS = "mail_address"
    MAIL_UNCERTAIN = "mail_uncertain"
    MAIL_BOUNCED = "mail_bounced"
    MAIL_FAILED = "mail_failed"
    LETTERS_ON_HOLD = "letters_on_hold"
    QUARTER_OVERDUE = "quarter_overdue"
    QUARTER_UNDONE = "quarter_undone"
    HALF_OVERDUE = "half_overdue"
    DOCUMENTS_CHANGED = "documents_changed"
    LOCKED_OUT = "locked_out"
    AWAITING_CONFIRMATION = "awaiting_confirmation"
    REFUSED = "refused"
    REPLIES_BY_HAND = "replies_by_hand"
    DAMAGE_FOUND = "damage_found"


# What settles it on the command line, where there is such a command.
COMMANDS: Mapping[WorkItemKind, str] = {
    WorkItemKind.MAIL_ADDRESS: "cpsa outbox",
    WorkItemKind.MAIL_UNCERTAIN: "cpsa outbox resolve",
    WorkItemKind.MAIL_BOUNCED: "cpsa outbox",
    WorkItemKind.MAIL_FAILED: "cpsa outbox retry",
    WorkItemKind.QUARTER_OVERDUE: "cpsa close",
    WorkItemKind.QUARTER_UNDONE: "cpsa close",
    WorkItemKind.DOCUMENTS_CHANGED: "cpsa send --revise",
    WorkItemKind.LOCKED_OUT: "cpsa reopen",
    WorkItemKind.AWAITING_CONFIRMATION: "cpsa confirm",
    WorkItemKind.REFUSED: "cpsa arrivals --refused",
    WorkItemKind.REPLIES_BY_HAND: "cpsa replies",
    WorkItemKind.DAMAGE_FOUND: "cpsa verify",
}


@dataclass(frozen=True)
class WorkItem:
    """One thing that waits for a person. ``address``: below the board's, unless it begins with / or a scheme.

    ``params`` fill its text; an instant among them is shown as a moment, a key of the catalogue
    below ``why`` as its text.
    """

    kind: WorkItemKind
    since: datetime
    count: int
    address: str
    params: Mapping[str, object] = field(default_factory=dict)

    @property
    def command(self) -> str:
        return COMMANDS.get(self.kind, "")

    def text(self, language: str) -> str:
        """What waits, in one line."""
        key = f"board.waiting.{self.kind}"
        if self.count == 1 and catalogue.has_text(f"{key}.one"):
            key = f"{key}.one"
        shown = {name: _format_param(value, language) for name, value in self.params.items()}
        return catalogue.text(key, language, number=self.count, **shown)

    def since_text(self, language: str) -> str:
        moment = Translator(language).moment(self.since)
        return catalogue.text("board.waiting.since", language, moment=moment)


def _format_param(value: object, language: str) -> object:
    if isinstance(value, datetime):
        return Translator(language).moment(value)
    if isinstance(value, TextKey):
        return catalogue.text(value.key, language, **value.params).rstrip(": .")
    return value


class TextKey(NamedTuple):
    """A text within a text."""

    key: str
    params: Mapping[str, object] = {}


def sort_oldest_first(items: Iterable[WorkItem]) -> list[WorkItem]:
    return sorted(items, key=lambda item: (item.since, item.kind, item.address))


def list_work_items(context: AppContext, now: datetime) -> list[WorkItem]:
    """The work items that the store has at this instant, oldest first."""
    with read_transaction(context.engine) as connection:
        view = _SourceContext(context, connection, now)
        found = [item for source in _SOURCES for item in source(view)]
    return sort_oldest_first(
        [*found, *_find_changed_documents(context, now), *_find_letters_on_hold(context, now)]
    )


class _SourceContext(NamedTuple):
    context: AppContext
    connection: Connection
    now: datetime


def _find_mail(view: _SourceContext) -> Iterator[WorkItem]:
    rows = work_item_queries.list_delayed_mail(view.connection, view.now)
    if rows:
        tries = [row.next_attempt_at for row in rows if row.next_attempt_at is not None]
        yield WorkItem(
            WorkItemKind.MAIL_PENDING,
            min(row.since for row in rows),
            sum(row.number for row in rows),
            "mail",
            {
                "reason": _find_reason(rows[0].reason),
                "next": min(tries) if tries else TextKey("board.waiting.next_run"),
            },
        )
    dead = work_item_queries.count_mail_for_dead_addresses(view.connection)
    if dead.number:
        yield WorkItem(WorkItemKind.MAIL_ADDRESS, dead.since, dead.number, "mail")
    kinds = {
        MailState.UNCERTAIN: WorkItemKind.MAIL_UNCERTAIN,
        MailState.BOUNCED: WorkItemKind.MAIL_BOUNCED,
    }
    counts: dict[WorkItemKind, list[tuple[datetime, int]]] = {}
    for row in work_item_queries.count_unsettled_mail(view.connection):
        kind = kinds.get(MailState(row.state), WorkItemKind.MAIL_FAILED)
        counts.setdefault(kind, []).append((row.since, row.number))
    for kind, found in counts.items():
        since, number = min(at for at, _ in found), sum(number for _, number in found)
        yield WorkItem(kind, since, number, "mail")


def _find_reason(reason: str | None) -> TextKey:
    """Why mail waits, without the server's answer: that may name an address."""
    key = f"deliver.why.{reason}"
    return (
        TextKey(key, {"detail": ""}) if catalogue.has_text(key) else TextKey("board.waiting.no_try")
    )


def _find_unread_channels(view: _SourceContext) -> Iterator[WorkItem]:
    """Channels whose newest scan failed, or that were not scanned for three rounds."""
    settings = view.context.settings
    mailbox = settings.imap_url is not None
    configured = {FOLDER: True, MAILBOX: mailbox, UNDELIVERED: mailbox or settings.bounces_url}
    for row in work_item_queries.list_channel_scans(view.connection):
        if not configured.get(row.channel):
            continue
        missed = (row.read_at or row.first_at) < view.now - MISSED_SCANS * SCAN_INTERVAL
        if row.error is None and not missed:
            continue
        name = f"board.channel.{row.channel}"
        yield WorkItem(
            WorkItemKind.CHANNEL_UNREAD,
            row.read_at or row.first_at,
            1,
            "arrivals",
            {"channel": TextKey(name) if catalogue.has_text(name) else row.channel},
        )


def _find_open_quarters(view: _SourceContext) -> Iterator[WorkItem]:
    """Quarters that closing should have closed, and those whose closing was undone."""
    for key, opening in quarter_queries.load_openings(view.connection).items():
        quarter = Quarter.parse(key)
        newest = closing_queries.find_newest_version(view.connection, key)
        address = f"quarter/{key}"
        if newest is not None and newest["kind"] == ClosingKind.WITHDRAWN:
            yield WorkItem(
                WorkItemKind.QUARTER_UNDONE, newest["closed_at"], 1, address, {"period": key}
            )
        elif newest is None and not opening.replayed:
            due = find_closing_time(view.connection, quarter)
            if due + CLOSING_TAKES < view.now:
                yield WorkItem(
                    WorkItemKind.QUARTER_OVERDUE, due, 1, address, {"period": key, "due": due}
                )


def _find_overdue_halves(view: _SourceContext) -> Iterator[WorkItem]:
    """Half-years whose dispatch date has passed and whose documents nobody has approved."""
    first = find_first_quarter(view.connection)
    known = [Quarter.parse(key) for key in submission_queries.list_known_quarters(view.connection)]
    today = view.now.astimezone(IST).date()
    halves = {quarter.half for quarter in known if first is None or quarter >= first}
    past = sorted(half for half in halves if half.dispatch_at.astimezone(IST).date() < today)
    planned = work_item_queries.list_planned_halves(view.connection, [half.key for half in past])
    openings = quarter_queries.load_openings(view.connection)
    for half in past:
        if half.key in planned or not _is_half_expected(half, first, openings, view.now):
            continue
        days = (today - half.dispatch_at.astimezone(IST).date()).days
        yield WorkItem(
            WorkItemKind.HALF_OVERDUE,
            half.dispatch_at,
            days,
            f"departments/{half.key}",
            {"period": half.key, "day": f"{half.dispatch_at.astimezone(IST):%d-%m-%Y}"},
        )


def _is_half_expected(
    half: HalfYear, first: Quarter | None, openings: Mapping[str, object], now: datetime
) -> bool:
    """Whether a half-year was to be sent: not where all its quarters are old, replayed ones."""
    if now <= half.dispatch_at + LONG_PAST:
        return True
    opened = [openings.get(quarter.key) for quarter in list_wanted_quarters(half, first)]
    return any(opening is not None and not opening.replayed for opening in opened)  # type: ignore[attr-defined]


def _find_files(view: _SourceContext) -> Iterator[WorkItem]:
    for row in work_item_queries.count_locked_out_files(view.connection):
        yield WorkItem(
            WorkItemKind.LOCKED_OUT,
            row.since,
            row.number,
            f"quarter/{row.quarter}?state=waiting#agencies",
            {"period": row.quarter},
        )
    awaiting = awaiting_arrival_queries.count_awaiting_arrivals(view.connection)
    if awaiting.number:
        kind = WorkItemKind.AWAITING_CONFIRMATION
        yield WorkItem(kind, awaiting.since, awaiting.number, "arrivals")
    refused = work_item_queries.count_refused_files(view.connection, view.now)
    if refused.number:
        yield WorkItem(WorkItemKind.REFUSED, refused.since, refused.number, "arrivals")


def _find_replies(view: _SourceContext) -> Iterator[WorkItem]:
    """Replies of departments in words or as scans, which a person enters."""
    found = department_reply_queries.count_open_replies(view.connection)
    if found.number:
        yield WorkItem(WorkItemKind.REPLIES_BY_HAND, found.since, found.number, "arrivals#replies")


def _find_damage(view: _SourceContext) -> Iterator[WorkItem]:
    """What the last verification found."""
    last = read_last_verification(view.context)
    if last is not None and last.faults:
        yield WorkItem(WorkItemKind.DAMAGE_FOUND, last.since, last.faults, "arrivals")


def _find_changed_documents(context: AppContext, now: datetime) -> Iterator[WorkItem]:
    """Half-years whose recipients have documents that were changed since, without a decision yet."""
    for change in list_changed_half_years(context, now):
        yield WorkItem(
            WorkItemKind.DOCUMENTS_CHANGED,
            change.found_at,
            len(change.recipients),
            f"departments/{change.half}",
            {"period": change.half},
        )


def _find_letters_on_hold(context: AppContext, now: datetime) -> Iterator[WorkItem]:
    if context.settings.letters:
        return
    # It knows every kind of letter, which take long to import; mostly letters are sent.
    from cpsa.services.agency_letters.letter_review import list_unwritten_letters

    due = list_unwritten_letters(context, now)
    if due:
        quarter = min(letter.quarter for letter in due)
        since = _find_due_since(context, due)
        yield WorkItem(WorkItemKind.LETTERS_ON_HOLD, since, len(due), f"quarter/{quarter.key}")


def _find_due_since(context: AppContext, due: Sequence[DueLetter]) -> datetime:
    """The earliest instant at which one of these letters became due."""
    first = min(letter.quarter for letter in due).key
    last = max(letter.quarter for letter in due).key
    with read_transaction(context.engine) as connection:
        rows = examination_queries.load_submissions(
            connection, last, first, {letter.agency for letter in due}
        )
    received = {(row.agency, row.quarter, row.version): row.received_at for row in rows}

    def since(letter: DueLetter) -> datetime:
        if letter.step_at is not None:
            return letter.step_at
        if letter.kind is LetterKind.CLOSING:
            return letter.quarter.closes_at
        file = letter.agency, letter.quarter.key, letter.version
        return received.get(file, letter.quarter.opens_at)

    return min(map(since, due))


_SOURCES: Sequence[Callable[[_SourceContext], Iterator[WorkItem]]] = (
    _find_unread_channels,
    _find_mail,
    _find_open_quarters,
    _find_overdue_halves,
    _find_files,
    _find_replies,
    _find_damage,
)
