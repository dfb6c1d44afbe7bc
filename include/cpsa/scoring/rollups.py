"""Roll-ups: actuals and targets summed over quarters and agencies (domain.md, "Scores").

Sums first, divide after, never an average of averages. The target of a quarter that was not
accepted is left out; a stock is its latest value. A share compares like with like: only pairs of
agency and quarter whose update is accepted and which have a target count on either side of it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd

from cpsa.framework.model import TOTAL, Framework
from cpsa.scoring.figure_rows import AcceptedRows, FigureRows, Place, sum_cells


class Sum(NamedTuple):
    """Amounts in hundredths; None where nothing was given, or where no target counts.

    ``actual``: every accepted value. ``target``, ``actual_with_target``: the targets of the
    accepted pairs of agency and quarter that have one, and the values of the same pairs.
    ``rate_of_sum``: of an indicator that answers another one, the other's values in the same
    pairs. ``agencies`` gave an accepted value; ``agencies_without_target`` of them have no target
    in the period, ``agencies_partly_without_target`` have one in some of their accepted quarters.
    ``unconfirmed…``: how many unconfirmed figures are in the sum, the share and the rate.
    """

    actual: int | None = None
    target: int | None = None
    actual_with_target: int | None = None
    rate_of_sum: int | None = None
    agencies: int = 0
    agencies_without_target: int = 0
    agencies_partly_without_target: int = 0
    unconfirmed: int = 0
    unconfirmed_with_target: int = 0
    unconfirmed_in_rate: int = 0

    @property
    def share(self) -> float | None:
        """Of the target, neither floored nor capped; what was not given counts as zero."""
        return _ratio(self.actual_with_target, self.target)

    @property
    def rate(self) -> float | None:
        """The indicator's own sum over that of the indicator that it answers."""
        return _ratio(self.actual_with_target, self.rate_of_sum)

    @property
    def is_like_for_like(self) -> bool:
        """Whether the share is about every value that is in the sum."""
        return not (self.agencies_without_target or self.agencies_partly_without_target)


Sums = Mapping[Place, Sum]
_make_sum: Callable[[Iterable[int | None]], Sum] = partial(tuple.__new__, Sum)
LARGEST_INT = 2.0**63  # beyond it whole numbers are Python's


def _ratio(part: int | None, whole: int | None) -> float | None:
    return None if not whole or whole < 0 else (part or 0) / whole


class SumTable(Mapping[str, Sums]):
    """Sums by agency, or by area, as arrays; those of one are made when they are looked up.

    One entry for each name and place that has anything, in the order of the names: ``amounts`` (a row
    for each field of ``Sum``), and which of the fields that may be None have a value.
    """

    def __init__(
        self,
        names: Sequence[str],
        places: Sequence[Place],
        cells: np.ndarray,
        amounts: np.ndarray,
        given: np.ndarray,
    ) -> None:
        """``cells``: of each entry, the number of its name times the places, plus that of its place."""
        self._rows, self._columns = np.divmod(cells, max(len(places), 1))
        self._places, self._amounts, self._given = places, amounts, given
        bounds = np.searchsorted(self._rows, np.arange(len(names) + 1)).tolist()
        self._names = names
        self._entries = {
            name: slice(begin, end)
            for name, begin, end in zip(names, bounds[:-1], bounds[1:], strict=True)
            if end > begin
        }
        self._made: dict[str, Sums] = {}

    def __getitem__(self, name: str) -> Sums:
        if name not in self._made:
            at = self._entries[name]
            places = map(self._places.__getitem__, self._columns[at].tolist())
            amounts, given = self._amounts[:, at], self._given[:, at]
            if not given.all():
                amounts = amounts.astype(object)
                amounts[: len(given)][~given] = None
            sums = map(_make_sum, zip(*amounts.tolist(), strict=True))
            self._made[name] = dict(zip(places, sums, strict=True))
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def add_up(self) -> Sums:
        """All of them as one."""
        return self.add_by_area(dict.fromkeys(self, "")).get("", {})

    def add_by_area(self, areas: Mapping[str, str]) -> SumTable:
        """Sums by area, those of its members as one; ``areas``: by member, some may be of none."""
        names = sorted({areas[name] for name in self if name in areas})
        numbers = {name: number for number, name in enumerate(names)}
        # Who has nothing adds nothing, and may be the only one of an area.
        row_numbers = [numbers.get(areas.get(name, ""), -1) for name in self._names]
        numbers_of_entries = np.array(row_numbers, dtype=np.intp)[self._rows]
        cells = numbers_of_entries * len(self._places) + self._columns
        amounts, given = self._amounts, self._given
        if -1 in row_numbers:
            kept = np.flatnonzero(numbers_of_entries >= 0)
            cells, amounts, given = cells[kept], amounts[:, kept], given[:, kept]
        if np.abs(amounts).max(initial=0) * float(len(self)) >= LARGEST_INT:
            amounts = amounts.astype(object)
        size = len(names) * len(self._places)
        used = np.flatnonzero(np.bincount(cells, minlength=size))
        return SumTable(
            names,
            self._places,
            used,
            np.array([sum_cells(cells, row, size)[used] for row in amounts]),
            np.array([np.bincount(cells[row], minlength=size)[used] > 0 for row in given]),
        )


class Rollups:
    """What agencies had accepted, and their targets for the same quarters, ready to be summed over
    any periods, so that the rows are read once for several."""

    def __init__(self, framework: Framework, rows: AcceptedRows) -> None:
        self._rows = rows
        self._targeted = {
            indicator.code for indicator in framework.indicators if indicator.targeted
        }
        self._is_stock = rows.mark_places(
            {indicator.code for indicator in framework.indicators if not indicator.is_flow}
        )
        is_stock = self._is_stock[rows.figures.cell % max(len(rows.places), 1)]
        self._flows = rows.figures.select(np.flatnonzero(~is_stock))
        self._compared_flows = self._flows.with_target()
        self._doubtful_flows = self._flows.doubtful()
        self._stocks = rows.figures.select(np.flatnonzero(is_stock))

    @classmethod
    def from_frames(
        cls,
        framework: Framework,
        facts: pd.DataFrame,
        targets: pd.DataFrame,
        accepted: pd.DataFrame,
    ) -> Rollups:
        """facts: agency, quarter, indicator, dimension, hundredths and, where it is known,
        unconfirmed; targets: agency, indicator, quarter, hundredths; accepted: agency, quarter,
        which says what counts."""
        targeted = [indicator.code for indicator in framework.indicators if indicator.targeted]
        rates = {
            indicator.code: indicator.rate_of
            for indicator in framework.indicators
            if indicator.rate_of
        }
        return cls(framework, AcceptedRows.from_frames(facts, targets, accepted, targeted, rates))

    def by_agency(self, first: str = "", last: str = "", only: Collection[str] = ()) -> SumTable:
        """Sums of each agency over its accepted quarters from ``first`` to ``last``.

        Keys; where blank, from the beginning or to the end. ``only``: codes of the few indicators
        that are wanted, where not all are.
        """
        rows = self._rows
        shape = len(rows.agencies), len(rows.places)
        size = shape[0] * shape[1]
        period = rows.find_period(first, last)
        flows, compared_flows, doubtful_flows, stocks, targets = (
            some.within(*period)
            for some in (
                *(self._flows, self._compared_flows, self._doubtful_flows),
                *(self._stocks, rows.targets),
            )
        )
        latest = stocks.latest(size)
        compared_stocks = latest.with_target()
        of_stocks = replace(
            compared_stocks, hundredths=rows.targets.hundredths[compared_stocks.target]
        )
        # A stock is compared with the target of its own quarter, a flow with all of them.
        stock = np.broadcast_to(self._is_stock, shape).reshape(size)
        target = np.where(stock, of_stocks.sum(size), targets.sum(size))
        planned = targets.count(size)
        actual_given = flows.count(size) + latest.count(size) > 0
        target_given = np.where(stock, of_stocks.count(size), planned) > 0
        in_share = _count(size, doubtful_flows.with_target(), compared_stocks.doubtful())
        rate_of_sum, rate_given, in_rate = self._sum_rate_bases(period, in_share.reshape(shape))
        accepted = np.repeat(rows.count_accepted(*period), shape[1])
        is_aim = [code in self._targeted and dimension == TOTAL for code, dimension in rows.places]
        aimed = np.tile(np.array(is_aim, dtype=bool), shape[0])
        amounts = np.array(
            [
                flows.sum(size) + latest.sum(size),
                target,
                compared_flows.sum(size) + compared_stocks.sum(size),
                rate_of_sum,
                actual_given,
                aimed & actual_given & (planned == 0),
                aimed & (planned > 0) & (planned < accepted),
                _count(size, doubtful_flows, latest.doubtful()),
                in_share,
                in_rate,
            ]
        )
        given = np.array([actual_given, target_given, target_given, rate_given & target_given])
        wanted = rows.mark_places(only) if only else np.ones(shape[1], dtype=bool)
        used = np.flatnonzero((actual_given | (planned > 0)) & np.tile(wanted, shape[0]))
        return SumTable(rows.agencies.tolist(), rows.places, used, amounts[:, used], given[:, used])

    def _sum_rate_bases(
        self, period: tuple[int, int], in_share: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """By cell, for indicators that have a rate: the values of what it is measured by, whether there
        are any, and how many figures of a rate are unconfirmed; ``in_share``: those of its own."""
        sums, given, doubts = (np.zeros_like(in_share) for _ in range(3))
        agencies, places = in_share.shape
        for code, rows in self._rows.rate_bases.items():
            within = rows.within(*period)
            within = replace(within, cell=within.cell // places)
            of_rate = np.flatnonzero(self._rows.mark_places({code}))
            sums[:, of_rate] = within.sum(agencies)[:, None]
            given[:, of_rate] = within.count(agencies)[:, None]
            doubted = within.doubtful().count(agencies)
            doubts[:, of_rate] = in_share[:, of_rate] + doubted[:, None]
        return sums.reshape(-1), given.reshape(-1) > 0, doubts.reshape(-1)


def _count(size: int, *parts: FigureRows) -> np.ndarray:
    """How many rows each cell has in all parts."""
    return sum((rows.count(size) for rows in parts), np.zeros(size, dtype="int64"))


def add_sums(many: Iterable[Sums]) -> Sums:
    """Sums of several agencies (a district, a division, a sector, the state) as one."""
    totals: dict[Place, list[int | None]] = {}
    for sums in many:
        for place, amount_sum in sums.items():
            amounts = totals.setdefault(place, [None] * len(amount_sum))
            for at, value in enumerate(amount_sum):
                if value is not None:
                    amounts[at] = value + (amounts[at] or 0)
    return {place: Sum(*amounts) for place, amounts in totals.items()}  # type: ignore[arg-type]


def confirmed_only(
    framework: Framework, facts: pd.DataFrame, targets: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Facts and targets without what is unconfirmed: a pair in doubt is in neither of them, and of
    a rate it is in doubt when one of its two figures is."""
    doubtful = facts[facts["unconfirmed"] & (facts["dimension"] == TOTAL)]
    doubtful = doubtful[["agency", "quarter", "indicator"]]
    answering = [
        doubtful[doubtful["indicator"] == indicator.rate_of].assign(indicator=indicator.code)
        for indicator in framework.indicators
        if indicator.rate_of
    ]
    names = ["agency", "quarter", "indicator"]
    left_out = pd.concat([doubtful, *answering])[names].astype(object)
    # Compared as texts where they may be among them: a country's targets are millions of rows.
    kept = ~targets["agency"].isin(left_out["agency"].unique()).to_numpy()
    near = np.flatnonzero(~kept)
    pairs = pd.MultiIndex.from_frame(targets.iloc[near][names].astype(object))
    kept[near] = ~pairs.isin(pd.MultiIndex.from_frame(left_out))
    return facts[~facts["unconfirmed"]], targets[kept]
