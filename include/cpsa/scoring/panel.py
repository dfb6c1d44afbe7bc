"""A panel: the figures of one form as dense arrays, agency × quarter × column.

What rules and scores are computed on. Quarters run oldest to newest and the last is the one at
hand. Figures are whole hundredths kept in float64 (exact up to 2^53), NaN where missing; every
figure of an agency's quarter that does not count is NaN, so a sum needs no second mask.
In memory the agencies lie side by side: a rule looks at one figure of all of them at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from cpsa.framework.model import TOTAL, Framework, Indicator
from cpsa.scoring.quarter_figures import (
    Array,
    Cell,
    QuarterFigures,
    find_positions,
    list_cells,
    number_keys,
)


@dataclass(frozen=True)
class Panel:
    """Figures, targets and weights of one form's agencies up to the quarter at hand.

    Shapes: values (A, Q, C), counted (A, Q), targets (A, Q, I), weights (A, I), where C runs over
    the form's indicators and dimensions and I over its indicators, both in the framework's order.
    ``counted`` marks the quarters that enter a to-date sum: accepted ones, and the one at hand
    where it is being judged.
    """

    framework: Framework
    form: str
    agencies: tuple[str, ...]
    quarters: tuple[str, ...]
    values: Array
    counted: Array
    targets: Array
    weights: Array

    @classmethod
    def build(
        cls,
        framework: Framework,
        form: str,
        agencies: Sequence[str],
        quarters: Sequence[str],
        figures: QuarterFigures,
        targets: pd.DataFrame,
        weights: pd.DataFrame,
    ) -> Panel:
        """Spread the quarters that count, in the form's cells, and long frames over dense arrays.

        targets: agency, indicator, quarter, hundredths; weights: agency, indicator, weight.
        Rows of other agencies, quarters or indicators are left out.
        """
        of_form = framework.form_indicators(form)
        shape = len(agencies), len(quarters)
        rows, times = number_keys(agencies), number_keys(quarters)
        codes = number_keys([indicator.code for indicator in of_form])

        values = np.full((*shape, len(list_cells(of_form))), np.nan, order="F")
        counts = np.zeros(shape, dtype=bool, order="F")
        own = np.array([rows.get(agency, -1) for agency in figures.agencies], dtype=int)
        own_times = np.array([times.get(quarter, -1) for quarter in figures.quarters], dtype=int)
        ours = (own >= 0) & (own_times >= 0)
        values[own[ours], own_times[ours]] = figures.values[ours]
        counts[own[ours], own_times[ours]] = True

        target_values = np.full((*shape, len(codes)), np.nan, order="F")
        _spread(
            target_values,
            tuple(
                find_positions(index, targets[name])
                for index, name in ((rows, "agency"), (times, "quarter"), (codes, "indicator"))
            ),
            targets["hundredths"],
        )
        shares = np.ones((shape[0], len(codes)), order="F")
        _spread(
            shares,
            (
                find_positions(rows, weights["agency"]),
                find_positions(codes, weights["indicator"]),
            ),
            weights["weight"],
        )
        return cls(
            framework, form, tuple(agencies), tuple(quarters), values, counts, target_values, shares
        )

    @cached_property
    def indicators(self) -> tuple[Indicator, ...]:
        return self.framework.form_indicators(self.form)

    @cached_property
    def columns(self) -> tuple[Cell, ...]:
        return list_cells(self.indicators)

    @cached_property
    def place(self) -> Mapping[Cell, int]:
        """The position of a column, by indicator and dimension."""
        return {column: place for place, column in enumerate(self.columns)}

    @cached_property
    def total_places(self) -> Array:
        """The positions of the totals, in the order of the indicators: shape (I,)."""
        return np.array([self.place[indicator.code, TOTAL] for indicator in self.indicators])

    @cached_property
    def indicator_place(self) -> Mapping[str, int]:
        return {indicator.code: place for place, indicator in enumerate(self.indicators)}

    def has(self, *codes: str) -> bool:
        """Whether the form has all these indicators: a rule may name those of another form."""
        return all(code in self.indicator_place for code in codes)

    @property
    def now(self) -> Array:
        """The quarter at hand: shape (A, C)."""
        return self.values[:, -1]

    @property
    def history(self) -> Array:
        """The quarters before the one at hand: shape (A, Q - 1, C)."""
        return self.values[:, :-1]

    @cached_property
    def latest(self) -> Array:
        """The latest counted quarter of history: shape (A, C), NaN where there is none."""
        return self._at_index(self.history, self._latest_index)

    @cached_property
    def has_history(self) -> Array:
        """Which agencies have a counted quarter before the one at hand: shape (A,)."""
        result: Array = np.any(self.counted[:, :-1], axis=1)
        return result

    @cached_property
    def latest_quarter(self) -> Array:
        """The key of each agency's latest counted quarter of history, blank where none: (A,)."""
        keys = np.array(self.quarters, dtype=object)
        return np.where(self.has_history, keys[self._latest_index], "")

    def total(self, code: str) -> Array:
        """The totals of an indicator in the quarter at hand: shape (A,)."""
        return self.now[:, self.place[code, TOTAL]]

    @cached_property
    def actual_to_date(self) -> Array:
        """Totals to date, shape (A, I): flows summed, stocks at their latest; NaN for none."""
        to_date = np.empty((len(self.agencies), len(self.indicators)), order="F")
        for place, indicator in enumerate(self.indicators):
            series = self.values[:, :, self.total_places[place]]
            to_date[:, place] = _sum(series) if indicator.is_flow else _latest_value(series)
        return to_date

    @cached_property
    def target_to_date(self) -> Array:
        """Targets of the counted quarters summed, shape (A, I); NaN where there is none."""
        to_date = np.empty((len(self.agencies), len(self.indicators)), order="F")
        for place in range(len(self.indicators)):
            to_date[:, place] = _sum(self.targets[:, :, place], self.counted)
        return to_date

    @cached_property
    def _latest_index(self) -> Array:
        """Index of each agency's latest counted quarter of history (0 where there is none)."""
        before = self.counted[:, :-1]
        if before.shape[1] == 0:
            return np.zeros(len(self.agencies), dtype=int)
        result: Array = before.shape[1] - 1 - before[:, ::-1].argmax(axis=1)
        return result

    def _at_index(self, values: Array, index: Array) -> Array:
        if values.shape[1] == 0:
            return np.full((values.shape[0], values.shape[2]), np.nan)
        picked = values[np.arange(len(index)), index]
        return np.where(self.has_history[:, None], picked, np.nan)


def _sum(series: Array, counted: Array | None = None) -> Array:
    """The sum of what is not missing (and counted) in each row of (A, Q); NaN where everything is."""
    known = ~np.isnan(series)
    if counted is not None:
        known &= counted
    summed: Array = np.where(known, series, 0.0).sum(axis=1)
    summed[~known.any(axis=1)] = np.nan
    return summed


def _latest_value(series: Array) -> Array:
    """The last value that is not missing in each row of (A, Q); NaN where there is none."""
    known = ~np.isnan(series)
    last = series.shape[1] - 1 - known[:, ::-1].argmax(axis=1)
    result: Array = series[np.arange(len(series)), last]
    return result


def _spread(target: Array, places: tuple[Array, ...], values: object) -> None:
    ours = np.logical_and.reduce([place >= 0 for place in places])
    if not ours.any():
        return
    index = tuple(place[ours] for place in places)
    target[index] = values if np.isscalar(values) else np.asarray(values)[ours]
