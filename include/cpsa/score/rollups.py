"""Roll-ups: actuals and targets summed over quarters and agencies (domain.md, "Scores").

Sums first, divide after, never an average of averages. The target of a quarter that was not
accepted is left out; a stock is its latest value.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from cpsa.framework import TOTAL, Framework

Place = tuple[str, str]  # indicator and dimension
Cell = tuple[str, str, str]  # agency, indicator and dimension


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


@dataclass(frozen=True)
class Rollups:
    """What agencies had accepted, and aimed at in the same quarters, ready to be summed over any
    periods: whoever asks for several does not read the same rows anew for each."""

    framework: Framework
    figures: _Cells
    targets: _Cells

    @classmethod
    def of(
        cls,
        framework: Framework,
        facts: pd.DataFrame,
        targets: pd.DataFrame,
        accepted: pd.DataFrame,
    ) -> Rollups:
        """facts: agency, quarter, indicator, dimension, hundredths; targets: agency, indicator,
        quarter, hundredths; accepted: agency, quarter, which says what counts."""
        aims = _Cells.of(targets.assign(dimension=TOTAL), accepted)
        return cls(framework, _Cells.of(facts, accepted), aims)

    def by_agency(
        self, first: str = "", last: str = "", only: Collection[str] = ()
    ) -> dict[str, Sums]:
        """Sums of each agency over its accepted quarters from ``first`` to ``last``.

        Keys; where blank, from the beginning or to the end. ``only``: codes of the few indicators
        that are wanted, where not all are.
        """
        actual = self._actual(self.figures.within(first, last, only))
        target = self._target(self.targets.within(first, last, only))
        result: dict[str, dict[Place, Sum]] = defaultdict(dict)
        for key in actual.keys() | target.keys():
            agency, indicator, dimension = key
            result[agency][indicator, dimension] = Sum(actual.get(key), target.get(key))
        return dict(result)

    def _actual(self, cells: _Cells) -> dict[Cell, int]:
        stocks = [one.code for one in self.framework.indicators if not one.is_flow]
        flows = cells.of_indicators(stocks, others=True)
        return flows.summed() | cells.of_indicators(stocks).latest()

    def _target(self, cells: _Cells) -> dict[Cell, int]:
        aimed = (one.code for one in self.framework.indicators if one.targeted)
        return cells.of_indicators(aimed).summed()


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


@dataclass(frozen=True)
class _Cells:
    """Rows of accepted quarters as numbers: whose and of what each is, and its quarter's rank."""

    agencies: pd.Index
    quarters: pd.Index  # sorted: keys sort as time does
    indicators: pd.Index
    dimensions: pd.Index
    cell: np.ndarray  # agency × indicator × dimension, flat
    indicator: np.ndarray
    quarter: np.ndarray
    hundredths: np.ndarray

    @classmethod
    def of(cls, rows: pd.DataFrame, accepted: pd.DataFrame) -> _Cells:
        agency, agencies = pd.factorize(rows["agency"])
        quarter, quarters = pd.factorize(rows["quarter"], sort=True)
        indicator, indicators = pd.factorize(rows["indicator"])
        dimension, dimensions = pd.factorize(rows["dimension"])
        counts = np.zeros((len(agencies), len(quarters)), dtype=bool)
        at = agencies.get_indexer(accepted["agency"]), quarters.get_indexer(accepted["quarter"])
        known = (at[0] >= 0) & (at[1] >= 0)
        counts[at[0][known], at[1][known]] = True
        kept = counts[agency, quarter]
        cell = (agency * len(indicators) + indicator) * len(dimensions) + dimension
        hundredths = rows["hundredths"].to_numpy(dtype="int64")
        numbers = (one[kept] for one in (cell, indicator, quarter, hundredths))
        return cls(agencies, quarters, indicators, dimensions, *numbers)

    def of_indicators(self, codes: Iterable[str], others: bool = False) -> _Cells:
        """Those of some indicators, or all but those."""
        return self._where((self.indicators.isin(list(codes)) ^ others)[self.indicator])

    def within(self, first: str, last: str, only: Collection[str]) -> _Cells:
        """Those of some quarters, and of some indicators where any are named."""
        since = self.quarters.searchsorted(first) if first else 0
        until = self.quarters.searchsorted(last, side="right") if last else len(self.quarters)
        within = self._where((self.quarter >= since) & (self.quarter < until))
        return within.of_indicators(only) if only else within

    def _where(self, kept: np.ndarray) -> _Cells:
        names = ("cell", "indicator", "quarter", "hundredths")
        return replace(self, **{name: getattr(self, name)[kept] for name in names})

    def summed(self) -> dict[Cell, int]:
        amounts = self._blank()
        np.add.at(amounts, self.cell, self.hundredths)
        return self._named(amounts)

    def latest(self) -> dict[Cell, int]:
        amounts = self._blank()
        order = np.argsort(self.quarter, kind="stable")  # of one cell the last one written stays
        amounts[self.cell[order]] = self.hundredths[order]
        return self._named(amounts)

    def _blank(self) -> np.ndarray:
        every = len(self.agencies) * len(self.indicators) * len(self.dimensions)
        return np.zeros(every, dtype="int64")

    def _named(self, amounts: np.ndarray) -> dict[Cell, int]:
        seen = np.zeros(len(amounts), dtype=bool)
        seen[self.cell] = True
        held = np.flatnonzero(seen)
        rest, dimension = np.divmod(held, max(len(self.dimensions), 1))
        agency, indicator = np.divmod(rest, max(len(self.indicators), 1))
        names = (
            names.take(places).tolist()
            for names, places in (
                (self.agencies, agency),
                (self.indicators, indicator),
                (self.dimensions, dimension),
            )
        )
        return dict(zip(zip(*names, strict=True), amounts[held].tolist(), strict=True))
