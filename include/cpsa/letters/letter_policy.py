"""When agencies are reminded and how long links are valid: decided, and kept in ``reference/letters.yaml``.

What belongs here: reading that file and counting its days. What must not: whom a reminder concerns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path

from cpsa.calendar import IST, Quarter, last_day_before
from cpsa.reference.yaml_reader import YamlEntry, read_yaml_file

POLICY_FILE = "letters.yaml"
_MAX_DAYS = 60  # further from the due date than any window is long


class ReminderAnchor(StrEnum):
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
class ReminderStep:
    """One reminder: so many days after its anchor, before it where negative."""

    code: str
    anchor: ReminderAnchor
    days: int
    hour: int

    def get_day(self, deadlines: Deadlines) -> date:
        ends = deadlines.due_by if self.anchor is ReminderAnchor.DUE else deadlines.closes_after
        return last_day_before(ends) + timedelta(days=self.days)

    def get_due_at(self, deadlines: Deadlines) -> datetime:
        return datetime.combine(self.get_day(deadlines), time(self.hour), IST)


@dataclass(frozen=True)
class LetterPolicy:
    """The decided figures about letters."""

    steps: Sequence[ReminderStep]
    link_days: int

    @classmethod
    def load(cls, folder: Path) -> LetterPolicy:
        """The policy of a reference folder, or an error that says what to correct in the file."""
        return read_yaml_file(folder, POLICY_FILE, cls._from_entry)

    @classmethod
    def _from_entry(cls, file: YamlEntry) -> LetterPolicy:
        hour = file.whole("reminder_hour", minimum=0)
        steps = file.each("reminders", lambda entry: _parse_step(entry, hour))
        if hour > 23:
            raise file.wrong(hour, "reminder_hour, 0 to 23")
        if len({step.code for step in steps}) != len(steps):
            raise file.wrong(", ".join(step.code for step in steps), "reminders, each code once")
        return cls(steps, file.whole("link_days"))

    def find_newest_step(self, deadlines: Deadlines, now: datetime) -> ReminderStep | None:
        """The last reminder that is due; earlier ones that were missed are not sent."""
        due_steps = [step for step in self.steps if step.get_due_at(deadlines) <= now]
        return max(due_steps, key=lambda step: step.get_due_at(deadlines), default=None)

    def compute_link_end(self, ends: datetime, received_at: datetime | None = None) -> datetime:
        """Until when a link is valid; somewhat longer for one about a late file.

        ``ends``: the end of the window or of the latest due date.
        """
        return max(ends, received_at or ends) + timedelta(days=self.link_days)


def _parse_step(entry: YamlEntry, hour: int) -> ReminderStep:
    days = entry.whole("days", minimum=-_MAX_DAYS)
    if days > _MAX_DAYS:
        raise entry.wrong(days, f"days, at most {_MAX_DAYS}")
    return ReminderStep(entry.code(), entry.choice("from", ReminderAnchor), days, hour)
