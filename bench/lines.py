"""What a benchmark answers: lines of one table, each a figure beside its reference and its target."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bench.rounds import Times

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Size:
    """How large a programme is made up, and how often each rival works."""

    agencies: int = 7000
    quarters: int = 19
    rounds: int = 5
    seed: int = 2017

    @property
    def forms(self) -> dict[str, int]:
        return {"IA": self.agencies - self.agencies // 2, "FC": self.agencies // 2}


@dataclass(frozen=True)
class Line:
    """One stage, timed, and how it compares with its reference, round by round.

    ``seconds``: CPU seconds unless the stage says otherwise. ``ratio``: how many ``words`` (such as
    ``times as fast as``) the reference. ``target``: what it should be, None where there is none. ``key``: of
    the target in ``targets`` that it measures.
    """

    stage: str
    seconds: Times
    reference: str = ""
    ratio: Times | None = None
    words: str = ""
    target: float | None = None
    at_least: bool = True
    note: str = ""
    key: str = ""

    @property
    def is_met(self) -> bool | None:
        if self.target is None or self.ratio is None:
            return None
        reached = self.ratio.median
        return reached >= self.target if self.at_least else reached <= self.target


def compare_speed(
    stage: str, own: Times, reference: str, reference_times: Times, target: float | None = None
) -> Line:
    """A line that says how many times as fast as its reference a stage is."""
    return Line(stage, own, reference, reference_times.over(own), "times as fast", target)


def compare_duration(
    stage: str, own: Times, reference: str, reference_times: Times, target: float | None = None
) -> Line:
    """A line that says how many times as long as its reference a stage takes."""
    return Line(
        stage, own, reference, own.over(reference_times), "times as long", target, at_least=False
    )


class DisagreementError(Exception):
    """Two readings of the same figures differ: what they took is worth nothing."""

    def __init__(self, lines: list[str] | tuple[str, ...]) -> None:
        super().__init__(f"{len(lines)} findings and scores differ between the two readings")
        self.lines = tuple(lines)
