"""What every letter to an agency has: to whom, for which quarter, its reference, its link."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from cpsa.calendar import Quarter
from cpsa.i18n import catalogue
from cpsa.i18n.text import Text
from cpsa.letters.letter_layout import Facts, LetterLink, make_facts
from cpsa.letters.letter_policy import Deadlines
from cpsa.letters.letter_text import LetterText
from cpsa.submissions.due_date import DueDate


@dataclass(frozen=True)
class AgencyAddressee:
    """An agency as the registry has it."""

    code: str
    name: Text
    email: str
    language: str


@dataclass(frozen=True)
class PageLink:
    """The address of an agency's own page, and until when it is valid."""

    address: str
    until: datetime


@dataclass(frozen=True)
class LetterHead:
    """One letter's frame. ``slot`` names it within agency and quarter, as in the ledger.

    ``closes_after``: the end of the window or of the quarter's latest own due date. ``portal_url``: where
    the page of checks is, if anywhere.
    """

    agency: AgencyAddressee
    quarter: Quarter
    slot: str
    reply_to: str
    link: PageLink | None = None
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
    def say(self) -> LetterText:
        return LetterText(self.agency.language)

    @property
    def reference(self) -> str:
        """What an answer should quote, such as ``CPSA/2026-27-Q2/IA-INDPH/RETURNED-V2``."""
        return f"CPSA/{self.quarter.key}/{self.agency.code}/{self.slot.upper()}"

    @property
    def period(self) -> str:
        return self.quarter.label(self.agency.language)

    @property
    def due(self) -> str:
        return self.say.last_day(self.deadlines.due_by)

    @property
    def window_end(self) -> str:
        """The last day before closing, for this agency."""
        return self.say.last_day(self.deadlines.closes_after)

    def describe_counting_version(self, earlier: ReceivedFile | None) -> str:
        """Which version counts while one does not (yet); ``earlier``: the accepted one, None for none."""
        return earlier.describe_counting_until_then(self) if earlier else self.say("counts.none")

    def make_link_block(self, purpose: str) -> LetterLink | None:
        """The link in words that say what for (a text below ``letters.way``); None without one."""
        if self.link is None:
            return None
        note = self.say("way.note", until=self.say.last_day(self.link.until))
        return LetterLink(self.say(f"way.{purpose}"), self.link.address, note)


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

    def describe_counting(self, head: LetterHead) -> str:
        """That it is this version that counts for the quarter."""
        return head.say("counts.this", version=self.version, day=self._format_day(head))

    def describe_counting_until_then(self, head: LetterHead) -> str:
        """That this earlier version counts until another takes its place."""
        return head.say(
            "counts.earlier", version=self.version, day=self._format_day(head), receipt=self.receipt
        )

    def _format_day(self, head: LetterHead) -> str:
        return head.say.day(self.received_at)

    def make_facts(self, head: LetterHead) -> Facts:
        say = head.say
        if not head.is_requested:
            timeliness = say("file.not_requested")
        elif self.received_at >= head.deadlines.due_by:
            timeliness = say("file.late", due=head.due)
        else:
            timeliness = say("file.in_time", due=head.due)
        return make_facts(
            (say("file.name"), self.name),
            (say("file.version"), str(self.version)),
            (say("file.received"), say.moment(self.received_at)),
            (say("file.receipt"), self.receipt),
            *([(say("file.officer"), self.officer)] if self.officer else []),
            (say("file.timeliness"), timeliness),
            *self._make_notice_facts(say.language),
        )

    def _make_notice_facts(self, language: str) -> list[tuple[str, str]]:
        if not self.notice:
            return []
        label = catalogue.text("letters.file.notice", language)
        return [(label, catalogue.text(self.notice, language))]
