"""The state of the scheduler: its runs for a period, and its own work items.

Passed in by the plugin that serves the board; this package reads no scheduler.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cpsa.web.board.work_items import WorkItem


@dataclass(frozen=True)
class LatestRun:
    """The newest run of a DAG for a period. ``address``: the address of its page."""

    dag: str
    period: str
    state: str
    address: str


@dataclass(frozen=True)
class SchedulerState:
    """The runs and work items. ``work_items``: questions, failed and stuck runs, of any period.

    ``run_lists``: where all runs of a DAG for a period are listed.
    """

    runs: Sequence[LatestRun] = ()
    work_items: Sequence[WorkItem] = ()
    run_lists: dict[tuple[str, str], str] = field(default_factory=dict)

    def find_run(self, dag: str, period: str) -> LatestRun | None:
        return next((run for run in self.runs if (run.dag, run.period) == (dag, period)), None)

    def find_address(self, dag: str, period: str) -> str:
        """The newest run, or the list where it will appear; blank where neither is known."""
        found = self.find_run(dag, period)
        return found.address if found else self.run_lists.get((dag, period), "")
