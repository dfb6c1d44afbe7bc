"""Actuals and targets summed over quarters: the only arithmetic documents do.

Sums first, divide after, never an average of averages (domain.md, "Scores"). The target of a
quarter that was not accepted is left out; a stock is its latest value. Scores, rates and findings
come ready made in the snapshot.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from cpsa.calendar import Quarter
from cpsa.documents.snapshot import Snapshot
from cpsa.framework import TOTAL

Place = tuple[str, str]  # indicator and dimension


@dataclass(frozen=True, slots=True)
class Sum:
    """Hundredths; None where nothing was given, or nothing was aimed at."""

    actual: int | None = None
    target: int | None = None

    @property
    def share(self) -> float | None:
        """Actual over target, uncapped; what was not given counts as zero."""
        if not self.target or self.target < 0:
            return None
        return (self.actual or 0) / self.target


NONE = Sum()
Sums = Mapping[Place, Sum]


def of_agencies(snapshot: Snapshot, last: Quarter, first: Quarter | None = None) -> dict[str, Sums]:
    """Sums by agency over its accepted quarters from first (the beginning) to last."""
    return _of_agencies(snapshot, first.key if first else "", last.key)


def of_state(snapshot: Snapshot, last: Quarter, first: Quarter | None = None) -> Sums:
    """The same over all agencies."""
    actual: dict[Place, int] = defaultdict(int)
    target: dict[Place, int] = defaultdict(int)
    given: set[Place] = set()
    aimed: set[Place] = set()
    for sums in of_agencies(snapshot, last, first).values():
        for place, one in sums.items():
            if one.actual is not None:
                given.add(place)
                actual[place] += one.actual
            if one.target is not None:
                aimed.add(place)
                target[place] += one.target
    return {
        place: Sum(
            actual[place] if place in given else None, target[place] if place in aimed else None
        )
        for place in given | aimed
    }


def reporting_agencies(
    snapshot: Snapshot, last: Quarter, first: Quarter | None = None
) -> dict[str, int]:
    """How many agencies stand behind each indicator's total."""
    counts: dict[str, int] = defaultdict(int)
    for sums in of_agencies(snapshot, last, first).values():
        for (indicator, dimension), one in sums.items():
            if dimension == TOTAL and one.actual is not None:
                counts[indicator] += 1
    return counts


@lru_cache(maxsize=16)
def _of_agencies(snapshot: Snapshot, first: str, last: str) -> dict[str, Sums]:
    accepted = _within(snapshot.scores, first, last)
    accepted = accepted.loc[accepted["state"] == "accepted", ["agency", "quarter"]]
    actual = _actual(snapshot, _within(snapshot.facts, first, last).merge(accepted))
    target = _target(snapshot, _within(snapshot.registry.targets, first, last).merge(accepted))
    result: dict[str, dict[Place, Sum]] = defaultdict(dict)
    for key in actual.keys() | target.keys():
        agency, *place = key
        result[agency][tuple(place)] = Sum(actual.get(key), target.get(key))
    return result


def _within(rows: pd.DataFrame, first: str, last: str) -> pd.DataFrame:
    return rows[(rows["quarter"] >= first) & (rows["quarter"] <= last)]


def _actual(snapshot: Snapshot, facts: pd.DataFrame) -> dict[tuple[str, str, str], int]:
    stocks = [one.code for one in snapshot.framework.indicators if not one.is_flow]
    place = ["agency", "indicator", "dimension"]
    is_stock = facts["indicator"].isin(stocks)
    flows = facts[~is_stock].groupby(place)["hundredths"].sum()
    latest = facts[is_stock].sort_values("quarter").groupby(place)["hundredths"].last()
    return {key: int(value) for key, value in pd.concat([flows, latest]).items()}


def _target(snapshot: Snapshot, targets: pd.DataFrame) -> dict[tuple[str, str, str], int]:
    aimed = [one.code for one in snapshot.framework.indicators if one.targeted]
    targets = targets[targets["indicator"].isin(aimed)]
    summed = targets.groupby(["agency", "indicator"])["hundredths"].sum()
    return {(agency, code, TOTAL): int(value) for (agency, code), value in summed.items()}
