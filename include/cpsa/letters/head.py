"""What every letter to an agency has: to whom, for which quarter, its reference, its link."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cpsa.bilingual import Text
from cpsa.calendar import Quarter
from cpsa.letters.layout import Facts, Way, facts
from cpsa.letters.words import Words


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
    """One letter's frame. ``slot`` names it within agency and quarter, as in the ledger."""

    agency: Addressee
    quarter: Quarter
    slot: str
    reply_to: str
    link: Link | None = None

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
        return self.say.end(self.quarter.due_by)

    @property
    def window_end(self) -> str:
        return self.say.end(self.quarter.window_ends)

    def way(self, purpose: str) -> Way | None:
        """The link in words that say what for (a text below ``letters.way``); None without one."""
        if self.link is None:
            return None
        note = self.say("way.note", until=self.say.end(self.link.until))
        return Way(self.say(f"way.{purpose}"), self.link.address, note)


@dataclass(frozen=True)
class ReceivedFile:
    """One version of an update as a letter names it."""

    name: str
    version: int
    received_at: datetime
    receipt: str

    def facts(self, head: Head) -> Facts:
        say = head.say
        is_late = head.quarter.is_late(self.received_at)
        return facts(
            (say("file.name"), self.name),
            (say("file.received"), say.moment(self.received_at)),
            (say("file.receipt"), self.receipt),
            (say("file.timely"), say("file.late" if is_late else "file.in_time", due=head.due)),
        )
