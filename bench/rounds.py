"""Timing of rivals in the same run: in turn within each round, so that all meet the same machine.

CPU seconds of this process, not the clock's: other work on the machine would count otherwise. Those of
its children where the work is a process that starts and ends. The clock's where the work is another
process's, such as a server's.
"""

from __future__ import annotations

import gc
import resource
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

Work = Callable[[], object]


def _read_children_time() -> float:
    """CPU seconds, user and system, of the processes that this one started and that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


CLOCKS = {
    "cpu": time.process_time,
    "children": _read_children_time,
    "wall": time.perf_counter,
}


@dataclass(frozen=True)
class Times:
    """CPU seconds of one rival, one for each round."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        return median(self.seconds)

    def over(self, other: Times) -> Times:
        """How many times as long as another, round by round."""
        pairs = zip(self.seconds, other.seconds, strict=True)
        return Times(tuple(own / theirs for own, theirs in pairs))


def add_stages(runs: Sequence[Mapping[str, float]], stages: Sequence[str]) -> Times:
    """The sum of some stages in each round; ``runs``: seconds of each stage, one mapping a round."""
    return Times(tuple(sum(run[stage] for stage in stages) for run in runs))


def measure_rivals(
    rivals: Mapping[str, Work],
    rounds: int,
    progress: Callable[[str], None],
    clock: str = "cpu",
) -> dict[str, Times]:
    """Let each rival work once in every round, after one round that does not count."""
    gc.collect()
    gc.freeze()  # what exists already is nobody's garbage: no rival pays for looking through it
    taken: dict[str, list[float]] = {name: [] for name in rivals}
    for number in range(rounds + 1):
        for name, work in rivals.items():
            progress(name)
            seconds = _time_work(work, CLOCKS[clock])
            if number:
                taken[name].append(seconds)
    gc.unfreeze()
    return {name: Times(tuple(seconds)) for name, seconds in taken.items()}


def repeat_work(work: Work, times: int) -> Work:
    """Work too short to be timed once; divide by ``times``."""

    def work_repeatedly() -> None:
        for _ in range(times):
            work()

    return work_repeatedly


def _time_work(work: Work, clock: Callable[[], float]) -> float:
    gc.collect()
    start = clock()
    work()
    return clock() - start
