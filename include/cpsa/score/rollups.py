"""Roll-ups: actuals and targets summed over quarters and agencies (domain.md, "Scores").

Sums first, divide after, never an average of averages. The target of a quarter that was not
accepted is left out; a stock is its latest value.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from cpsa.framework import TOTAL, Framework

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


Sums = Mapping[Place, Sum]


def by_agency(
    framework: Framework, facts: pd.DataFrame, targets: pd.DataFrame, accepted: pd.DataFrame
) -> dict[str, Sums]:
    """Sums of each agency over the quarters it had accepted.

    facts: agency, quarter, indicator, dimension, hundredths; targets: agency, indicator, quarter,
    hundredths; accepted: agency, quarter, which says what counts.
    """
    counted = accepted[["agency", "quarter"]].drop_duplicates()
    actual = _actual(framework, facts.merge(counted))
    target = _target(framework, targets.merge(counted))
    result: dict[str, dict[Place, Sum]] = defaultdict(dict)
    for key in actual.keys() | target.keys():
        agency, indicator, dimension = key
        result[agency][indicator, dimension] = Sum(actual.get(key), target.get(key))
    return dict(result)


def together(many: Iterable[Sums]) -> Sums:
    """Sums of several agencies (a district, a division, a sector, the state) as one."""
    actual: dict[Place, int] = defaultdict(int)
    target: dict[Place, int] = defaultdict(int)
    for sums in many:
        for place, one in sums.items():
            if one.actual is not None:
                actual[place] += one.actual
            if one.target is not None:
                target[place] += one.target
    return {
        place: Sum(actual.get(place), target.get(place)) for place in actual.keys() | target.keys()
    }


def _actual(framework: Framework, facts: pd.DataFrame) -> dict[tuple[str, str, str], int]:
    stocks = [one.code for one in framework.indicators if not one.is_flow]
    key = ["agency", "indicator", "dimension"]
    is_stock = facts["indicator"].isin(stocks)
    flows = facts[~is_stock].groupby(key)["hundredths"].sum()
    latest = facts[is_stock].sort_values("quarter").groupby(key)["hundredths"].last()
    return {one: int(value) for one, value in pd.concat([flows, latest]).items()}


def _target(framework: Framework, targets: pd.DataFrame) -> dict[tuple[str, str, str], int]:
    aimed = [one.code for one in framework.indicators if one.targeted]
    targets = targets[targets["indicator"].isin(aimed)]
    summed = targets.groupby(["agency", "indicator"])["hundredths"].sum()
    return {(agency, code, TOTAL): int(value) for (agency, code), value in summed.items()}
