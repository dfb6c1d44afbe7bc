"""Which figures are to be confirmed: those on which a finding that asks for it is open.

Explanations are read from explanations.csv beside the programme's updates, where there is one.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from tests.oracle.figures import places4
from tests.oracle.programme import number_of
from tests.oracle.replay import Replay
from tests.oracle.submission import Found

PUT_IN_DOUBT = frozenset(("Q01", "Q02", "Q03", "Q08", "Q10", "C01", "M01"))
QUARTERS_OF_AN_EXPLANATION = {"Q04": 4, "Q05": 4}  # of the others while the value is the same

Figure = tuple[str, str, str, str]  # agency, quarter, indicator, dimension


@dataclass(frozen=True)
class Explanation:
    """An agency's word on a warning, as given for the update of a quarter."""

    agency: str
    quarter: str
    rule: str
    indicator: str
    dimension: str


def load_explanations(programme: Path) -> list[Explanation]:
    path = programme / "explanations.csv"
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as handle:
        return [Explanation(**row) for row in csv.DictReader(handle)]


def warnings(replay: Replay) -> Iterator[tuple[str, str, Found]]:
    """Of every accepted update its warnings, and what closing found of it: agency, quarter, what."""
    for (agency, quarter), submission in replay.accepted.items():
        for found in submission.findings:
            if found.rule[0] not in "SV":
                yield agency, quarter, found
    for agency, quarter in replay.unlike_peers:
        yield agency, quarter, Found("M01", "OP2")


def is_explained(
    replay: Replay, explanations: list[Explanation], agency: str, quarter: str, found: Found
) -> bool:
    for given in explanations:
        about = (given.agency, given.rule, given.indicator, given.dimension)
        if about != (agency, found.rule, found.indicator, found.dimension):
            continue
        age = number_of(quarter) - number_of(given.quarter)
        if age < 0:
            continue
        if age == 0:
            return True
        if found.rule == "C01":
            continue  # another quarter's question is another question
        if found.rule in QUARTERS_OF_AN_EXPLANATION:
            if age < QUARTERS_OF_AN_EXPLANATION[found.rule]:
                return True
        elif _seen(replay, agency, quarter, found) == _seen(replay, agency, given.quarter, found):
            return True
    return False


def _seen(replay: Replay, agency: str, quarter: str, found: Found) -> Fraction | str | None:
    """The value that a finding is about."""
    if found.rule == "M01":
        return places4(replay.unlike_peers.get((agency, quarter)))
    submission = replay.accepted.get((agency, quarter))
    return submission.value(found.indicator, found.dimension) if submission else None


def unconfirmed_figures(replay: Replay, explanations: list[Explanation]) -> set[Figure]:
    """A finding on a total puts its parts in doubt as well, one on a part only that part."""
    figures: set[Figure] = set()
    for agency, quarter, found in warnings(replay):
        if found.rule not in PUT_IN_DOUBT:
            continue
        if is_explained(replay, explanations, agency, quarter, found):
            continue
        for indicator, dimension in replay.accepted[agency, quarter].values:
            if indicator == found.indicator and found.dimension in ("", dimension):
                figures.add((agency, quarter, indicator, dimension))
    return figures
