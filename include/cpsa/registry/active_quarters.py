"""From which quarter to which something goes on: an agency, or its work for a cluster."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ActiveQuarters:
    """The first and the last quarter; ``last`` is blank where there is no end."""

    first: str
    last: str = ""

    def __contains__(self, quarter: str) -> bool:
        return self.first <= quarter and (not self.last or quarter <= self.last)

    def overlaps(self, other: ActiveQuarters) -> bool:
        """Whether one quarter at least is in both."""
        first, second = sorted((self, other), key=lambda active: active.first)
        return not first.last or second.first <= first.last
