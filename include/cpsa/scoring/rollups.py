"""Roll-ups: actuals and targets summed over quarters and agencies (domain.md, "Scores").

Sums first, divide after, never an average of averages. The target of a quarter that was not
accepted is left out; a stock is its latest value. A share compares like with like: only pairs of
agency and quarter whose update is accepted and which have a target count on either side of it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from itertools import islice, zip_longest
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
MADE_TOGETHER = 32  # names: made one by one, calls of arrays take as long as the sums themselves
KEPT_SUMS = 256  # names: those of a country's agencies take ten times the memory of its arrays


def _ratio(part: int | None, whole: int | None) -> float | None:
    return None if not whole or whole < 0 else (part or 0) / whole


class SumTable(Mapping[str, Sums]):
    """Sums by agency, or by area, as arrays; those of one are made when they are looked up.

    One entry for each name and place that has anything, in the order of the names: ``amounts`` (an array
    for each field of ``Sum``), and which of the fields that may be None have a value.
    """

    def __init__(
        self,
        names: Sequence[str],
        places: Sequence[Place],
        cells: np.ndarray,
        amounts: Sequence[np.ndarray],
        given: Sequence[np.ndarray],
    ) -> None:
        """``cells``: of each entry, the number of its name times the places, plus that of its place."""
        rows, columns = np.divmod(cells, max(len(places), 1))
        self._rows, self._columns = rows.astype(np.int32), columns.astype(np.int32)
        self._places, self._amounts, self._given = places, amounts, given
        self._bounds = rows.searchsorted(np.arange(len(names) + 1))
        self._names = names
        with_entries = np.flatnonzero(np.diff(self._bounds)).tolist()
        self._numbers: dict[str, int] = {names[number]: number for number in with_entries}
        self._made: dict[str, Sums] = {}

    def __getitem__(self, name: str) -> Sums:
        if name not in self._made:
            number = self._numbers[name]
            if len(self._made) >= KEPT_SUMS:
                self._made.clear()
            self._make_sums(number - number % MADE_TOGETHER)
        return self._made[name]

    def _make_sums(self, first: int) -> None:
        """Make the sums of some names, the first by its number, together: it is they that take time."""
        bounds = self._bounds[first : first + MADE_TOGETHER + 1].tolist()
        within = slice(bounds[0], bounds[-1])
        places = map(self._places.__getitem__, self._columns[within].tolist())
        fields = [
            _list_amounts(amounts[within], given)
            for amounts, given in zip_longest(
                self._amounts, (given[within] for given in self._given)
            )
        ]
        sums = zip(places, map(_make_sum, zip(*fields, strict=True)), strict=True)
        names = self._names[first : first + MADE_TOGETHER]
        for name, begin, end in zip(names, bounds[:-1], bounds[1:], strict=True):
            if end > begin:
                self._made[name] = dict(islice(sums, end - begin))

    def __iter__(self) -> Iterator[str]:
        return iter(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)

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
            cells = cells[kept]
            amounts, given = ([array[kept] for array in arrays] for arrays in (amounts, given))
        size = len(names) * len(self._places)
        used = np.flatnonzero(_mark(cells, size))
        return SumTable(
            names,
            self._places,
            used,
            [_sum_amounts(cells, row, size)[used] for row in amounts],
            [_mark(cells[row], size)[used] for row in given],
        )


def _list_amounts(amounts: np.ndarray, given: np.ndarray | None) -> list[int | None]:
    """Amounts as Python's numbers, None where there is none; ``given``: where there are some."""
    if given is not None and not given.all():
        amounts = amounts.astype(object)
        amounts[~given] = None
    return amounts.tolist()  # type: ignore[no-any-return]


def _mark(cells: np.ndarray, size: int) -> np.ndarray:
    """Which of ``size`` cells there are, as a mask."""
    found = np.zeros(size, dtype=bool)
    found[cells] = True
    return found


def _sum_amounts(cells: np.ndarray, amounts: np.ndarray, size: int) -> np.ndarray:
    """``sum_cells`` of agencies' amounts, where there may be too many for eight bytes."""
    largest = max(abs(int(amounts.max(initial=0))), abs(int(amounts.min(initial=0))))
    if largest == 0:
        return np.zeros(size, dtype=amounts.dtype)
    if amounts.dtype != object and largest * len(amounts) >= LARGEST_INT:
        amounts = amounts.astype(object)
    return sum_cells(cells, amounts, size)


class Rollups:
    """What agencies had accepted, and their targets for the same quarters, ready to be summed over
    any periods, so that the rows are read once for several."""

    def __init__(self, framework: Framework, rows: AcceptedRows) -> None:
        self._rows = rows
        targeted = {indicator.code for indicator in framework.indicators if indicator.targeted}
        self._is_aim = np.array(
            [code in targeted and dimension == TOTAL for code, dimension in rows.places], dtype=bool
        )

    @cached_property
    def _confirmed_targets(self) -> np.ndarray:
        return self._rows.find_confirmed_targets()

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
        stocks = {indicator.code for indicator in framework.indicators if not indicator.is_flow}
        rows = AcceptedRows.from_frames(facts, targets, accepted, targeted, stocks, rates)
        return cls(framework, rows)

    def by_agency(
        self,
        first: str = "",
        last: str = "",
        only: Collection[str] = (),
        *,
        confirmed: bool = False,
    ) -> SumTable:
        """Sums of each agency over its accepted quarters from ``first`` to ``last``.

        Keys; where blank, from the beginning or to the end. ``only``: codes of the few indicators
        that are wanted, where not all are. ``confirmed``: without what is unconfirmed: a pair in doubt
        is in neither sum, and of a rate it is in doubt when one of its two figures is.
        """
        rows = self._rows
        shape = len(rows.agencies), len(rows.places)
        size = shape[0] * shape[1]
        period = rows.find_period(first, last)
        flows, stocks = (
            self._select(some, period, confirmed=confirmed) for some in (rows.flows, rows.stocks)
        )
        targets = rows.targets.within(*period)
        if confirmed:
            begin = rows.targets.quarter.searchsorted(period[0])
            kept = self._confirmed_targets[begin : begin + len(targets.cell)]
            targets = targets.select(np.flatnonzero(kept))
        doubtful_flows, latest = flows.doubtful(), stocks.latest(size)
        compared_stocks = latest.with_target()
        of_stocks = replace(
            compared_stocks, hundredths=rows.targets.hundredths[compared_stocks.target]
        )
        # A stock is compared with the target of its own quarter, a flow with all of them.
        stock = np.broadcast_to(rows.is_stock, shape).reshape(size)
        planned = targets.count(size)
        actual_given = flows.count(size) + latest.count(size) > 0
        target_given = np.where(stock, of_stocks.count(size), planned) > 0
        in_share = _count(size, doubtful_flows.with_target(), compared_stocks.doubtful())
        rate_of_sum, rate_given, in_rate = self._sum_rate_bases(
            period, in_share.reshape(shape), confirmed=confirmed
        )
        accepted = np.repeat(rows.count_accepted(*period), shape[1])
        aimed = np.tile(self._is_aim, shape[0])
        used = actual_given | (planned > 0)
        if only:
            used &= np.tile(rows.mark_places(only), shape[0])
        entries = np.flatnonzero(used)
        amounts = (
            flows.sum(size) + latest.sum(size),
            np.where(stock, of_stocks.sum(size), targets.sum(size)),
            flows.sum_with_target(size) + compared_stocks.sum(size),
            rate_of_sum,
        )
        counts = (
            actual_given,
            aimed & actual_given & (planned == 0),
            aimed & (planned > 0) & (planned < accepted),
            _count(size, doubtful_flows, latest.doubtful()),
            in_share,
            in_rate,
        )
        given = (actual_given, target_given, target_given, rate_given & target_given)
        return SumTable(
            rows.agencies.tolist(),
            rows.places,
            entries,
            [
                *(some[entries] for some in amounts),
                *(some[entries].astype(np.int32) for some in counts),
            ],
            [some[entries] for some in given],
        )

    def _select(self, rows: FigureRows, period: tuple[int, int], *, confirmed: bool) -> FigureRows:
        """The rows of a period; ``confirmed``: without those in doubt, and their targets."""
        within = rows.within(*period)
        return within.confirmed(self._confirmed_targets) if confirmed else within

    def _sum_rate_bases(
        self, period: tuple[int, int], in_share: np.ndarray, *, confirmed: bool
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """By cell, for indicators that have a rate: the values of what it is measured by, whether there
        are any, and how many figures of a rate are unconfirmed; ``in_share``: those of its own."""
        sums, given, doubts = (np.zeros_like(in_share) for _ in range(3))
        agencies, places = in_share.shape
        for code, rows in self._rows.rate_bases.items():
            within = self._select(rows, period, confirmed=confirmed)
            within = within.with_target() if confirmed else within
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
