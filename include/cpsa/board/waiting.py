"""What waits for a person, of any period: each item says what, how many, since when, and where.

What belongs here: the kinds, and what the store knows of them. What must not: what only the
scheduler knows (its runs and questions come from outside as items of the same form), statements
(``cpsa.store.waiting``), and who is written to about it (``cpsa.cycle.notices``).

A new kind is a member of ``WaitingKind``, a function in ``_SOURCES`` and a text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Connection

from cpsa import messages
from cpsa.calendar import IST, HalfYear, Quarter
from cpsa.cycle import letters
from cpsa.cycle.bounces import UNDELIVERED
from cpsa.cycle.changed_documents import changed_since_sent
from cpsa.cycle.channel_rounds import FOLDER, MAILBOX
from cpsa.cycle.due_dates import closes_at
from cpsa.cycle.first_quarter import first_quarter, wanted_quarters
from cpsa.cycle.letters import Owed
from cpsa.cycle.office import Office
from cpsa.letters import Kind
from cpsa.store import (
    awaiting_arrivals,
    closings,
    department_replies,
    intake,
    judgements,
    quarters,
    waiting,
)
from cpsa.store.database import reading
from cpsa.store.tables.closing import ClosingKind
from cpsa.store.tables.dispatch import State

ROUND = timedelta(minutes=15)  # how often each channel is read
ROUNDS_MISSED = 3
LONG_PAST = timedelta(days=45)  # a half-year of old quarters is sent after that only when asked for
CLOSING_TAKES = timedelta(hours=1)


class WaitingKind(StrEnum):
    """What can wait for a person. Its text is ``board.waiting.<kind>``."""

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


# What settles it on the command line, where there is such a command.
COMMANDS: Mapping[WaitingKind, str] = {
    WaitingKind.MAIL_ADDRESS: "cpsa outbox",
    WaitingKind.MAIL_UNCERTAIN: "cpsa outbox resolve",
    WaitingKind.MAIL_BOUNCED: "cpsa outbox",
    WaitingKind.MAIL_FAILED: "cpsa outbox retry",
    WaitingKind.QUARTER_OVERDUE: "cpsa close",
    WaitingKind.QUARTER_UNDONE: "cpsa close",
    WaitingKind.DOCUMENTS_CHANGED: "cpsa send --revise",
    WaitingKind.LOCKED_OUT: "cpsa reopen",
    WaitingKind.AWAITING_CONFIRMATION: "cpsa confirm",
    WaitingKind.REFUSED: "cpsa arrivals --refused",
    WaitingKind.REPLIES_BY_HAND: "cpsa replies",
}


@dataclass(frozen=True)
class WaitingItem:
    """One thing that waits. ``address``: below the board's, unless it begins with / or a scheme.

    ``params`` fill its text; an instant among them is shown as a moment, a key of the catalogue
    below ``why`` as its text.
    """

    kind: WaitingKind
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
        if self.count == 1 and f"{key}.one" in messages.catalogue():
            key = f"{key}.one"
        shown = {name: _shown(value, language) for name, value in self.params.items()}
        return messages.text(key, language, number=self.count, **shown)

    def since_text(self, language: str) -> str:
        return messages.text("board.waiting.since", language, moment=moment(self.since))


def moment(instant: datetime) -> str:
    return f"{instant.astimezone(IST):%d-%m-%Y %H:%M}"


def _shown(value: object, language: str) -> object:
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, Key):
        return messages.text(value.key, language, **value.params).rstrip(": .")
    return value


class Key(NamedTuple):
    """A text within a text."""

    key: str
    params: Mapping[str, object] = {}


def oldest_first(items: Iterable[WaitingItem]) -> list[WaitingItem]:
    return sorted(items, key=lambda item: (item.since, item.kind, item.address))


def waiting_items(office: Office, now: datetime) -> list[WaitingItem]:
    """What the store knows to wait at this instant, oldest first."""
    with reading(office.engine) as connection:
        view = _View(office, connection, now)
        found = [item for source in _SOURCES for item in source(view)]
    return oldest_first([*found, *_changed(office, now), *_letters_on_hold(office, now)])


class _View(NamedTuple):
    office: Office
    connection: Connection
    now: datetime


def _mail(view: _View) -> Iterator[WaitingItem]:
    rows = waiting.mail_not_handed_over(view.connection, view.now)
    if rows:
        tries = [row.next_attempt_at for row in rows if row.next_attempt_at is not None]
        yield WaitingItem(
            WaitingKind.MAIL_PENDING,
            min(row.since for row in rows),
            sum(row.number for row in rows),
            "mail",
            {
                "reason": _reason(rows[0].reason),
                "next": min(tries) if tries else Key("board.waiting.next_run"),
            },
        )
    dead = waiting.mail_for_dead_addresses(view.connection)
    if dead.number:
        yield WaitingItem(WaitingKind.MAIL_ADDRESS, dead.since, dead.number, "mail")
    kinds = {
        State.UNCERTAIN: WaitingKind.MAIL_UNCERTAIN,
        State.BOUNCED: WaitingKind.MAIL_BOUNCED,
    }
    counts: dict[WaitingKind, list[tuple[datetime, int]]] = {}
    for row in waiting.mail_for_a_person(view.connection):
        kind = kinds.get(State(row.state), WaitingKind.MAIL_FAILED)
        counts.setdefault(kind, []).append((row.since, row.number))
    for kind, found in counts.items():
        since, number = min(at for at, _ in found), sum(number for _, number in found)
        yield WaitingItem(kind, since, number, "mail")


def _reason(reason: str | None) -> Key:
    """Why mail waits, without what the server said: that may name an address."""
    key = f"deliver.why.{reason}"
    return Key(key, {"detail": ""}) if key in messages.catalogue() else Key("board.waiting.no_try")


def _channels(view: _View) -> Iterator[WaitingItem]:
    """Channels whose newest scan failed, or that were not scanned for three rounds."""
    settings = view.office.settings
    mailbox = settings.imap_url is not None
    configured = {FOLDER: True, MAILBOX: mailbox, UNDELIVERED: mailbox or settings.bounces_url}
    for row in waiting.channel_rounds(view.connection):
        if not configured.get(row.channel):
            continue
        missed = (row.read_at or row.first_at) < view.now - ROUNDS_MISSED * ROUND
        if row.error is None and not missed:
            continue
        name = f"board.channel.{row.channel}"
        yield WaitingItem(
            WaitingKind.CHANNEL_UNREAD,
            row.read_at or row.first_at,
            1,
            "arrivals",
            {"channel": Key(name) if name in messages.catalogue() else row.channel},
        )


def _quarters(view: _View) -> Iterator[WaitingItem]:
    """Quarters that closing should have closed, and those whose closing was undone."""
    for key, opening in quarters.openings(view.connection).items():
        quarter = Quarter.parse(key)
        newest = closings.newest_version(view.connection, key)
        address = f"quarter/{key}"
        if newest is not None and newest["kind"] == ClosingKind.WITHDRAWN:
            yield WaitingItem(
                WaitingKind.QUARTER_UNDONE, newest["closed_at"], 1, address, {"period": key}
            )
        elif newest is None and not opening.replayed:
            due = closes_at(view.connection, quarter)
            if due + CLOSING_TAKES < view.now:
                yield WaitingItem(
                    WaitingKind.QUARTER_OVERDUE, due, 1, address, {"period": key, "due": due}
                )


def _halves(view: _View) -> Iterator[WaitingItem]:
    """Half-years whose dispatch date has passed and whose documents nobody has approved."""
    first = first_quarter(view.connection)
    known = [Quarter.parse(key) for key in intake.quarters_known(view.connection)]
    today = view.now.astimezone(IST).date()
    halves = {quarter.half for quarter in known if first is None or quarter >= first}
    past = sorted(half for half in halves if half.dispatch_at.astimezone(IST).date() < today)
    handed = waiting.handed_over(view.connection, [half.key for half in past])
    openings = quarters.openings(view.connection)
    for half in past:
        if half.key in handed or not _is_expected(half, first, openings, view.now):
            continue
        days = (today - half.dispatch_at.astimezone(IST).date()).days
        yield WaitingItem(
            WaitingKind.HALF_OVERDUE,
            half.dispatch_at,
            days,
            f"departments/{half.key}",
            {"period": half.key, "day": f"{half.dispatch_at.astimezone(IST):%d-%m-%Y}"},
        )


def _is_expected(
    half: HalfYear, first: Quarter | None, openings: Mapping[str, object], now: datetime
) -> bool:
    """Whether a half-year was to be sent: not one that only old, replayed quarters make up."""
    if now <= half.dispatch_at + LONG_PAST:
        return True
    opened = [openings.get(quarter.key) for quarter in wanted_quarters(half, first)]
    return any(opening is not None and not opening.replayed for opening in opened)  # type: ignore[attr-defined]


def _files(view: _View) -> Iterator[WaitingItem]:
    for row in waiting.locked_out_files(view.connection):
        yield WaitingItem(
            WaitingKind.LOCKED_OUT,
            row.since,
            row.number,
            f"quarter/{row.quarter}?state=waiting#agencies",
            {"period": row.quarter},
        )
    awaiting = awaiting_arrivals.count_waiting(view.connection)
    if awaiting.number:
        kind = WaitingKind.AWAITING_CONFIRMATION
        yield WaitingItem(kind, awaiting.since, awaiting.number, "arrivals")
    refused = waiting.refused_files(view.connection, view.now)
    if refused.number:
        yield WaitingItem(WaitingKind.REFUSED, refused.since, refused.number, "arrivals")


def _replies(view: _View) -> Iterator[WaitingItem]:
    """Replies of departments in words or as scans, which a person enters."""
    found = department_replies.count_by_hand(view.connection)
    if found.number:
        yield WaitingItem(
            WaitingKind.REPLIES_BY_HAND, found.since, found.number, "arrivals#replies"
        )


def _changed(office: Office, now: datetime) -> Iterator[WaitingItem]:
    """Half-years of which recipients hold documents that have changed, without an answer yet."""
    for change in changed_since_sent(office, now):
        yield WaitingItem(
            WaitingKind.DOCUMENTS_CHANGED,
            change.found_at,
            len(change.recipients),
            f"departments/{change.half}",
            {"period": change.half},
        )


def _letters_on_hold(office: Office, now: datetime) -> Iterator[WaitingItem]:
    if office.settings.letters:
        return
    due = letters.owed(office, now)
    if due:
        quarter = min(letter.quarter for letter in due)
        since = _due_since(office, due)
        yield WaitingItem(WaitingKind.LETTERS_ON_HOLD, since, len(due), f"quarter/{quarter.key}")


def _due_since(office: Office, due: Sequence[Owed]) -> datetime:
    """The earliest instant at which one of these letters became due."""
    first = min(letter.quarter for letter in due).key
    last = max(letter.quarter for letter in due).key
    with reading(office.engine) as connection:
        rows = judgements.submissions(connection, last, first, {letter.agency for letter in due})
    received = {(row.agency, row.quarter, row.version): row.received_at for row in rows}

    def since(letter: Owed) -> datetime:
        if letter.step_at is not None:
            return letter.step_at
        if letter.kind is Kind.CLOSING:
            return letter.quarter.closes_at
        file = letter.agency, letter.quarter.key, letter.version
        return received.get(file, letter.quarter.opens_at)

    return min(map(since, due))


_SOURCES: Sequence[Callable[[_View], Iterator[WaitingItem]]] = (
    _channels,
    _mail,
    _quarters,
    _halves,
    _files,
    _replies,
)
