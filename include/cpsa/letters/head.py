"""What every letter to an agency has: to whom, for which quarter, its reference, its link."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from cpsa import messages
from cpsa.bilingual import Text
from cpsa.calendar import IST, Quarter
from cpsa.letters.layout import Facts, Way, facts
from cpsa.letters.policy import Deadlines
from cpsa.letters.words import Words
from cpsa.submissions.due_date import DueDate


@dataclass(frozen=True)
class Addressee:
    """An agency as the registry has it."""

    code: str
    name: Text
    email: str
    language: str


@dataclass(frozen=True)
class Link:
    """The address of an agency's own page, and until when it holds."""

    address: str
    until: datetime


@dataclass(frozen=True)
class Head:
    """One letter's frame. ``slot`` names it within agency and quarter, as in the ledger.

    ``closes_after``: the end of the window or of the quarter's latest own due date. ``portal_url``: where
    the page of checks is, if anywhere.
    """

    agency: Addressee
    quarter: Quarter
    slot: str
    reply_to: str
    link: Link | None = None
    due_date: DueDate | None = None
    closes_after: datetime | None = None
    portal_url: str | None = None

    @property
    def deadlines(self) -> Deadlines:
        """Until when the agency can send its update; those of the quarter where none are given."""
        due_by = self.due_date.due_by if self.due_date else self.quarter.due_by
        last_end = self.closes_after or self.quarter.window_ends
        return Deadlines.from_due_date(self.quarter, due_by, last_end)

    @property
    def is_requested(self) -> bool:
        return self.due_date is None or self.due_date.requested

    @property
    def say(self) -> Words:
        return Words(self.agency.language)

    @property
    def reference(self) -> str:
        """What an answer should quote, such as ``CPSA/2026-27-Q2/IA-INDPH/RETURNED-V2``."""
        return f"CPSA/{self.quarter.key}/{self.agency.code}/{self.slot.upper()}"

    @property
    def period(self) -> str:
        return self.quarter.label(self.agency.language)

    @property
    def due(self) -> str:
        return self.say.end(self.deadlines.due_by)

    @property
    def window_end(self) -> str:
        """The last day before closing, for this agency."""
        return self.say.end(self.deadlines.closes_after)

    def which_counts(self, earlier: ReceivedFile | None) -> str:
        """Which version counts while one does not (yet); ``earlier``: the accepted one, None for none."""
        return earlier.counts_until_then(self) if earlier else self.say("counts.none")

    def way(self, purpose: str) -> Way | None:
        """The link in words that say what for (a text below ``letters.way``); None without one."""
        if self.link is None:
            return None
        note = self.say("way.note", until=self.say.end(self.link.until))
        return Way(self.say(f"way.{purpose}"), self.link.address, note)


@dataclass(frozen=True)
class ReceivedFile:
    """One version of an update as a letter names it. ``notice``: what its sender should know of how it
    came, as a key of the catalogue; blank for nothing. ``officer``: who signed it, personal data that
    only the agency itself is shown."""

    name: str
    version: int
    received_at: datetime
    receipt: str
    notice: str = ""
    officer: str = field(default="", repr=False)

    def counts(self, head: Head) -> str:
        """That it is this version that counts for the quarter."""
        return head.say("counts.this", version=self.version, day=self._day(head))

    def counts_until_then(self, head: Head) -> str:
        """That this earlier version counts until another takes its place."""
        return head.say(
            "counts.earlier", version=self.version, day=self._day(head), receipt=self.receipt
        )

    def _day(self, head: Head) -> str:
        return head.say.day(self.received_at.astimezone(IST).date())

    def facts(self, head: Head) -> Facts:
        say = head.say
        if not head.is_requested:
            timely = say("file.not_requested")
        elif self.received_at >= head.deadlines.due_by:
            timely = say("file.late", due=head.due)
        else:
            timely = say("file.in_time", due=head.due)
        return facts(
            (say("file.name"), self.name),
            (say("file.version"), str(self.version)),
            (say("file.received"), say.moment(self.received_at)),
            (say("file.receipt"), self.receipt),
            *([(say("file.officer"), self.officer)] if self.officer else []),
            (say("file.timely"), timely),
            *self._noticed(say.language),
        )

    def _noticed(self, language: str) -> list[tuple[str, str]]:
        if not self.notice:
            return []
        said = messages.text("letters.file.notice", language)
        return [(said, messages.text(self.notice, language))]
