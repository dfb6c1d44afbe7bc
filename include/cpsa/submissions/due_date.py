"""By when an agency's update is due, and whether a file is late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class DueDate:
    """By when one agency's update is due.

    ``due_by``: the end of the last day in time, exclusive. ``requested``: False where no mail server
    accepted a request in time; such an agency is never late. ``extended``: an admin gave more time.
    """

    due_by: datetime
    requested: bool = True
    extended: bool = False

    def is_late(self, received_at: datetime) -> bool:
        """Whether a file that arrived then is late."""
        return self.requested and received_at >= self.due_by
