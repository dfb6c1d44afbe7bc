"""For how long a letter still makes sense, so that old quarters can be replayed without mail.

What belongs here: the limits beyond which nobody is written to any more, and why. What must not:
the agencies' own dates, which are the calendar's and the policy's (``reference/letters.yaml``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from cpsa.calendar import Quarter

# A file's letter is about something the sender remembers: a window and a half.
NOTIFY_OF_FILE_WITHIN = timedelta(days=45)
# The days after a window in which its last files are still being checked, also after an outage.
ANSWER_AFTER_WINDOW_FOR = timedelta(days=14)
# A person gave an exception or a waiver for this agency and quarter: that is no replay.
NOTIFY_OF_DECISION_WITHIN = timedelta(days=45)
# A quarter closed further from its window's end than this is being replayed or corrected.
CLOSED_ON_TIME_WITHIN = timedelta(days=45)
# After this the agency already knows how the quarter ended.
NOTIFY_OF_CLOSING_WITHIN = timedelta(days=14)


@dataclass(frozen=True)
class LetterWindow:
    """A quarter at an instant: what its window and its closing allow to be written."""

    quarter: Quarter
    now: datetime
    closed_at: datetime | None
    is_live: bool  # it was opened before its window ended: nobody is written to about others
    last_end: datetime  # of the window, or the latest own due date

    @property
    def is_window_open(self) -> bool:
        return self.quarter.opens_at <= self.now < self.quarter.window_ends

    def is_open_until(self, due_by: datetime) -> bool:
        """Whether an agency with this due date may still get a request and reminders."""
        if not self.is_live or self.closed_at is not None:
            return False
        return self.quarter.opens_at <= self.now < max(self.quarter.window_ends, due_by)

    @property
    def is_just_closed(self) -> bool:
        if self.closed_at is None or not self.is_live:
            return False
        at_its_time = abs(self.closed_at - self.quarter.window_ends) <= CLOSED_ON_TIME_WITHIN
        return (
            at_its_time and self.closed_at <= self.now < self.closed_at + NOTIFY_OF_CLOSING_WITHIN
        )

    def is_recent(self, received_at: datetime) -> bool:
        """Whether a file came after the window opened, and not long ago."""
        return (
            received_at >= self.quarter.opens_at and self.now - received_at <= NOTIFY_OF_FILE_WITHIN
        )

    def is_under_way(self, received_at: datetime) -> bool:
        """Whether files like this one are handled now: those of the window, or late ones."""
        ended = max(self.last_end, self.closed_at or self.last_end)
        is_window_recent = (
            self.now < min(ended, self.last_end + CLOSED_ON_TIME_WITHIN) + ANSWER_AFTER_WINDOW_FOR
        )
        return is_window_recent or (self.closed_at is not None and received_at >= self.closed_at)
