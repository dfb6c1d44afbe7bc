"""Reporting, accepted and on-time rates of a quarter (domain.md, "Scores")."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reporting:
    """How many agencies of a form were expected, reported, were accepted, and came on time."""

    form: str
    expected: int
    received: int
    accepted: int
    on_time: int

    @property
    def reporting_rate(self) -> float | None:
        return self._share(self.received)

    @property
    def accepted_rate(self) -> float | None:
        return self._share(self.accepted)

    @property
    def on_time_rate(self) -> float | None:
        return self._share(self.on_time)

    def _share(self, part: int) -> float | None:
        """None where nothing was expected: a rate of nothing is not zero."""
        return part / self.expected if self.expected else None
