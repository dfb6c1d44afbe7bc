"""What only the scheduler knows: its runs for a period, and what of its own waits for a person.

Handed in by whoever serves the board; the domain asks no scheduler.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cpsa.board.waiting import WaitingItem


@dataclass(frozen=True)
class Run:
    """The newest run of a DAG for a period. ``address``: where it can be looked at."""

    dag: str
    period: str
    state: str
    address: str


@dataclass(frozen=True)
class Outside:
    """All of it. ``waiting``: questions, failed and stuck runs, of any period.

    ``lists``: where all runs of a DAG for a period are listed.
    """

    runs: Sequence[Run] = ()
    waiting: Sequence[WaitingItem] = ()
    lists: dict[tuple[str, str], str] = field(default_factory=dict)

    def run(self, dag: str, period: str) -> Run | None:
        return next((one for one in self.runs if (one.dag, one.period) == (dag, period)), None)

    def address(self, dag: str, period: str) -> str:
        """The newest run, or the list where it will stand; blank where neither is known."""
        found = self.run(dag, period)
        return found.address if found else self.lists.get((dag, period), "")
