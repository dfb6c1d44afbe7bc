"""How far an agency is on a list of steps, from the dates that it gave: pure, of any list.

What must not go here: which rows count, or what a step is called.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

LONG_DAYS = 180
"""Days after which a step that waits is emphasised."""


@dataclass(frozen=True)
class StepDays:
    """Steps with a date up to a day, in the order of the list.

    ``days``: of each step reached but the first, the days since the one reached before. ``waiting``: the
    step after the last one reached, None where that is the last of all; ``waiting_days``: since the last
    step reached, to the day.
    """

    reached: tuple[str, ...]
    days: Mapping[str, int]
    waiting: str | None
    waiting_days: int

    @property
    def last(self) -> str:
        return self.reached[-1]


def measure_steps(steps: Sequence[str], dates: Mapping[str, str], until: str) -> StepDays | None:
    """Count the days; None where no step has a date up to ``until``. Dates as ISO 8601, blank for none."""
    reached = tuple(step for step in steps if "" < dates.get(step, "") <= until)
    if not reached:
        return None
    later = steps[steps.index(reached[-1]) + 1 :]
    return StepDays(
        reached,
        {step: _count(dates[before], dates[step]) for before, step in pairwise(reached)},
        later[0] if later else None,
        _count(dates[reached[-1]], until),
    )


def _count(first: str, last: str) -> int:
    return (date.fromisoformat(last) - date.fromisoformat(first)).days
