"""When agencies are reminded and how long links are valid: decided, and kept in ``reference/letters.yaml``.

What belongs here: reading that file and counting its days. What must not: whom a reminder concerns.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field

from cpsa.calendar import IST, Quarter, last_day_before
from cpsa.reference.data_model import ByCode, Choice, Code, Count, DataModel
from cpsa.reference.yaml_reader import read_yaml_file

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


class ReminderStep(DataModel):
    """One reminder: so many days after its anchor, before it where negative."""

    code: Code
    anchor: Choice[ReminderAnchor] = Field(alias="from")
    days: Annotated[int, Field(ge=-_MAX_DAYS, le=_MAX_DAYS)]

    def get_day(self, deadlines: Deadlines) -> date:
        ends = deadlines.due_by if self.anchor is ReminderAnchor.DUE else deadlines.closes_after
        return last_day_before(ends) + timedelta(days=self.days)


class LetterPolicy(DataModel):
    """letters.yaml: the decided figures about letters."""

    steps: ByCode[ReminderStep] = Field(alias="reminders")
    reminder_hour: Annotated[int, Field(ge=0, le=23)]
    link_days: Count

    @classmethod
    def load(cls, folder: Path) -> LetterPolicy:
        """The policy of a reference folder, or an error that says what to correct in the file."""
        return read_yaml_file(folder, POLICY_FILE, cls)

    def get_due_at(self, step: ReminderStep, deadlines: Deadlines) -> datetime:
        """From when a reminder is written to an agency with these dates."""
        return datetime.combine(step.get_day(deadlines), time(self.reminder_hour), IST)

    def find_newest_step(self, deadlines: Deadlines, now: datetime) -> ReminderStep | None:
        """The last reminder that is due; earlier ones that were missed are not sent."""
        due_at = {code: self.get_due_at(step, deadlines) for code, step in self.steps.items()}
        due_codes = [code for code, at in due_at.items() if at <= now]
        return self.steps[max(due_codes, key=due_at.__getitem__)] if due_codes else None

    def compute_link_end(self, ends: datetime, received_at: datetime | None = None) -> datetime:
        """Until when a link is valid; somewhat longer for one about a late file.

        ``ends``: the end of the window or of the latest due date.
        """
        return max(ends, received_at or ends) + timedelta(days=self.link_days)
