"""When agencies are reminded and how long links hold: decided, and kept in ``reference/letters.yaml``.

What belongs here: reading that file and counting its days. What must not: whom a reminder concerns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path

from cpsa.calendar import IST, Quarter, last_day_before
from cpsa.reference.reading import Entry, read

FILE = "letters.yaml"
_MOST_DAYS = 60  # further from the due date than any window is long


class Anchor(StrEnum):
    """The day a reminder's days are counted from."""

    DUE = "due"
    WINDOW = "window"


@dataclass(frozen=True)
class Deadlines:
    """One agency's dates for a quarter, both exclusive ends.

    ``closes_after``: the end of the window; for an agency with a later due date than others, the end
    of the latest due date of the quarter.
    """

    due_by: datetime
    closes_after: datetime

    @classmethod
    def from_due_date(cls, quarter: Quarter, due_by: datetime, last_end: datetime) -> Deadlines:
        """``last_end``: of the quarter, the end of the window or of the latest own due date."""
        is_later = due_by > quarter.due_by
        return cls(due_by, max(due_by, last_end) if is_later else quarter.window_ends)


@dataclass(frozen=True)
class Step:
    """One reminder: so many days after its anchor, before it where negative."""

    code: str
    anchor: Anchor
    days: int
    hour: int

    def day(self, deadlines: Deadlines) -> date:
        ends = deadlines.due_by if self.anchor is Anchor.DUE else deadlines.closes_after
        return last_day_before(ends) + timedelta(days=self.days)

    def comes_at(self, deadlines: Deadlines) -> datetime:
        return datetime.combine(self.day(deadlines), time(self.hour), IST)


@dataclass(frozen=True)
class Policy:
    """The decided figures about letters."""

    steps: Sequence[Step]
    link_days: int

    @classmethod
    def load(cls, folder: Path) -> Policy:
        """The policy of a reference folder, or an error that says what to mend in the file."""
        return read(folder, FILE, cls._of)

    @classmethod
    def _of(cls, file: Entry) -> Policy:
        hour = file.whole("reminder_hour", minimum=0)
        steps = file.each("reminders", lambda entry: _step(entry, hour))
        if hour > 23:
            raise file.wrong(hour, "reminder_hour, 0 to 23")
        if len({step.code for step in steps}) != len(steps):
            raise file.wrong(", ".join(step.code for step in steps), "reminders, each code once")
        return cls(steps, file.whole("link_days"))

    def newest_step(self, deadlines: Deadlines, now: datetime) -> Step | None:
        """The last reminder that has come; the ones before it are not made up for."""
        come = [step for step in self.steps if step.comes_at(deadlines) <= now]
        return max(come, key=lambda step: step.comes_at(deadlines), default=None)

    def link_until(self, ends: datetime, received_at: datetime | None = None) -> datetime:
        """Until when a link holds, one about a file that came late somewhat longer.

        ``ends``: the end of the window or of the latest due date.
        """
        return max(ends, received_at or ends) + timedelta(days=self.link_days)


def _step(entry: Entry, hour: int) -> Step:
    days = entry.whole("days", minimum=-_MOST_DAYS)
    if days > _MOST_DAYS:
        raise entry.wrong(days, f"days, at most {_MOST_DAYS}")
    return Step(entry.code(), entry.choice("from", Anchor), days, hour)
