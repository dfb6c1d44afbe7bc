"""Reporting, accepted and on-time rates of a quarter (domain.md, "Scores")."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True)
class ReportingRates:
    """How many agencies of a form were expected, reported, were accepted, and were on time.

    ``not_requested``: of those expected, left out of the on-time rate; None in what version 1.0.0
    closed, where everybody counted as requested.
    """

    form: str
    expected: int
    received: int
    accepted: int
    on_time: int
    not_requested: int | None = 0

    @classmethod
    def from_members(
        cls,
        form: str,
        members: Collection[str],
        reported: Collection[str],
        accepted: Collection[str],
        on_time: Collection[str],
        requested: Collection[str],
    ) -> ReportingRates:
        """Count a form's members in sets of agencies: reported, accepted, …"""

        def count(group: Collection[str]) -> int:
            return sum(agency in group for agency in members)

        return cls(
            form,
            expected=len(members),
            received=count(reported),
            accepted=count(accepted),
            on_time=count(on_time),
            not_requested=len(members) - count(requested),
        )

    @property
    def reporting_rate(self) -> float | None:
        return self._share(self.received)

    @property
    def accepted_rate(self) -> float | None:
        return self._share(self.accepted)

    @property
    def on_time_rate(self) -> float | None:
        return on_time_rate(self.on_time, self.expected, self.not_requested)

    def _share(self, part: int) -> float | None:
        return compute_share(part, self.expected)


def compute_share(part: int, whole: int) -> float | None:
    """None where nothing was expected: a rate of nothing is not zero."""
    return part / whole if whole else None


def on_time_rate(on_time: int, expected: int, not_requested: float | None) -> float | None:
    """Reporting by the due date over expected, those not requested left out."""
    left_out = 0 if not_requested is None or not_requested != not_requested else not_requested
    return compute_share(on_time, expected - int(left_out))
