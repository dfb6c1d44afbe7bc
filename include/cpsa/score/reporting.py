"""Reporting, accepted and on-time rates of a quarter (domain.md, "Scores")."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True)
class Reporting:
    """How many agencies of a form were expected, reported, were accepted, and came on time."""

    form: str
    expected: int
    received: int
    accepted: int
    on_time: int

    @classmethod
    def counted(
        cls,
        form: str,
        members: Collection[str],
        reported: Collection[str],
        accepted: Collection[str],
        punctual: Collection[str],
    ) -> Reporting:
        """Count a form's members in sets of agencies: who reported, was accepted, came on time."""
        here = [sum(one in group for one in members) for group in (reported, accepted, punctual)]
        return cls(form, len(members), *here)

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
