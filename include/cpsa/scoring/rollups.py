"""Roll-ups: actuals and targets summed over quarters and agencies (domain.md, "Scores").

Sums first, divide after, never an average of averages. The target of a quarter that was not
accepted is left out; a stock is its latest value. A share compares like with like: only pairs of
agency and quarter whose update is accepted and which have a target count on either side of it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields, replace

import numpy as np
import pandas as pd

from cpsa.framework.model import TOTAL, Framework

Place = tuple[str, str]  # indicator and dimension
Cell = tuple[str, str, str]  # agency, indicator and dimension


@dataclass(frozen=True, slots=True)
class Sum:
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


def _ratio(part: int | None, whole: int | None) -> float | None:
    return None if not whole or whole < 0 else (part or 0) / whole


@dataclass(frozen=True)
class Rollups:
    """What agencies had accepted, and their targets for the same quarters, ready to be summed over
    any periods, so that the rows are read once for several."""

    framework: Framework
    figures: _Cells
    targets: _Cells
    rate_bases: Mapping[str, _Cells]
    """The values that a rate is measured by, by the code of the indicator that has the rate."""
    accepted: pd.DataFrame

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
        targets = targets[targets["indicator"].isin(targeted)]
        figures = _Cells.from_rows(facts, accepted)
        target_cells = _Cells.from_rows(targets.assign(dimension=TOTAL), accepted)
        rates = {
            indicator.code: indicator.rate_of
            for indicator in framework.indicators
            if indicator.rate_of
        }
        rate_bases = {
            code: figures.select_indicators([base]).join_targets(target_cells, code)
            for code, base in rates.items()
        }
        pairs = accepted[["agency", "quarter"]].drop_duplicates()
        return cls(framework, figures.join_targets(target_cells), target_cells, rate_bases, pairs)

    def by_agency(
        self, first: str = "", last: str = "", only: Collection[str] = ()
    ) -> dict[str, Sums]:
        """Sums of each agency over its accepted quarters from ``first`` to ``last``.

        Keys; where blank, from the beginning or to the end. ``only``: codes of the few indicators
        that are wanted, where not all are.
        """
        stocks = [
            indicator.code for indicator in self.framework.indicators if not indicator.is_flow
        ]
        figures = self.figures.select_period(first, last, only)
        targets = self.targets.select_period(first, last, only)
        flows, latest = (
            figures.select_indicators(stocks, exclude=True),
            figures.select_indicators(stocks),
        )
        latest = latest.latest()
        actual = flows.summed() | latest.summed()
        # A stock is compared with the target of its own quarter, a flow with all of them.
        of_flows, of_stocks = targets.select_indicators(stocks, exclude=True), latest.with_target()
        target = of_flows.summed() | of_stocks.summed(targets=True)
        compared = flows.with_target().summed() | of_stocks.summed()
        rate_bases, doubted = self._sum_rate_bases(first, last, only)
        in_sum = flows.doubtful().counted() | latest.doubtful().counted()
        in_share = flows.with_target().doubtful().counted() | of_stocks.doubtful().counted()
        planned, accepted = targets.counted(), self._accepted_quarters(first, last)
        targeted = {indicator.code for indicator in self.framework.indicators if indicator.targeted}
        result: dict[str, dict[Place, Sum]] = defaultdict(dict)
        for key in actual.keys() | target.keys() | planned.keys():
            agency, indicator, dimension = key
            given, target_sum, target_count = actual.get(key), target.get(key), planned.get(key, 0)
            counts = dimension == TOTAL and indicator in targeted
            result[agency][indicator, dimension] = Sum(
                actual=given,
                target=target_sum,
                actual_with_target=None if target_sum is None else compared.get(key, 0),
                rate_of_sum=None
                if target_sum is None
                else rate_bases.get(indicator, {}).get(agency),
                agencies=int(given is not None),
                agencies_without_target=int(counts and given is not None and not target_count),
                agencies_partly_without_target=int(counts and 0 < target_count < accepted[agency]),
                unconfirmed=in_sum.get(key, 0),
                unconfirmed_with_target=in_share.get(key, 0),
                unconfirmed_in_rate=in_share.get(key, 0) + doubted[indicator].get(agency, 0)
                if indicator in doubted
                else 0,
            )
        return dict(result)

    def _sum_rate_bases(
        self, first: str, last: str, only: Collection[str]
    ) -> tuple[dict[str, Mapping[str, int]], dict[str, Mapping[str, int]]]:
        """By indicator that has a rate, the values of its base by agency, and how many of
        them are unconfirmed."""
        values: dict[str, Mapping[str, int]] = {}
        doubted: dict[str, Mapping[str, int]] = {}
        for code, cells in self.rate_bases.items():
            if not only or code in only:
                within = cells.select_period(first, last, ()).with_target()
                for found, of_cell in (
                    (values, within.summed()),
                    (doubted, within.doubtful().counted()),
                ):
                    amounts = {agency: amount for (agency, *_), amount in of_cell.items()}
                    found[code] = defaultdict(int, amounts)
        return values, doubted

    def _accepted_quarters(self, first: str, last: str) -> Counter[str]:
        """How many accepted quarters each agency has in a period."""
        quarters = self.accepted["quarter"]
        within = (quarters >= first) & (not last or quarters <= last)
        return Counter(self.accepted.loc[within, "agency"])


def add_sums(many: Iterable[Sums]) -> Sums:
    """Sums of several agencies (a district, a division, a sector, the state) as one."""
    totals: dict[Place, list[int | None]] = {}
    for sums in many:
        for place, amount_sum in sums.items():
            amounts = totals.setdefault(place, [None] * len(_ADDED))
            for at, name in enumerate(_ADDED):
                value = getattr(amount_sum, name)
                if value is not None:
                    amounts[at] = value + (amounts[at] or 0)
    return {place: Sum(*amounts) for place, amounts in totals.items()}  # type: ignore[arg-type]


_ADDED = tuple(field.name for field in fields(Sum))


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
    left_out = pd.MultiIndex.from_frame(pd.concat([doubtful, *answering]))
    pairs = pd.MultiIndex.from_frame(targets[["agency", "quarter", "indicator"]])
    return facts[~facts["unconfirmed"]], targets[~pairs.isin(left_out)]


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
    target: np.ndarray  # of the same agency, indicator and quarter; 0 where there is none
    has_target: np.ndarray
    unconfirmed: np.ndarray

    @classmethod
    def from_rows(cls, rows: pd.DataFrame, accepted: pd.DataFrame) -> _Cells:
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
        doubts = rows["unconfirmed"] if "unconfirmed" in rows else np.zeros(len(rows), dtype=bool)
        unconfirmed = np.asarray(doubts, dtype=bool)[kept]
        return cls(
            agencies,
            quarters,
            indicators,
            dimensions,
            cell=cell[kept],
            indicator=indicator[kept],
            quarter=quarter[kept],
            hundredths=hundredths[kept],
            target=np.zeros(kept.sum(), dtype="int64"),
            has_target=np.zeros(kept.sum(), dtype=bool),
            unconfirmed=unconfirmed,
        )

    def join_targets(self, targets: _Cells, code: str = "") -> _Cells:
        """The same rows, each total beside its agency's target of the same quarter.

        The target is that for the row's own indicator, or for ``code``.
        """
        if code:
            targets = targets.select_indicators([code])
        keys, known = (
            self._keys(self, by_indicator=not code),
            self._keys(targets, by_indicator=not code),
        )
        order = np.argsort(known, kind="stable")
        order = order[known[order] >= 0]
        if not len(order) or not len(keys):
            return self
        known = known[order]
        at = np.minimum(np.searchsorted(known, keys), len(known) - 1)
        is_total = self.cell % len(self.dimensions) == self.dimensions.get_indexer([TOTAL])[0]
        found = (known[at] == keys) & is_total
        amounts = np.where(found, targets.hundredths[order][at], 0)
        return replace(self, target=amounts, has_target=found)

    def _keys(self, cells: _Cells, *, by_indicator: bool) -> np.ndarray:
        """Agency, quarter and, where wanted, indicator of rows as one number in these rows' terms;
        -1 for what these rows do not know."""
        places = max(len(cells.indicators) * len(cells.dimensions), 1)
        parts = [
            (self.agencies.get_indexer(cells.agencies), cells.cell // places, 1),
            (self.quarters.get_indexer(cells.quarters), cells.quarter, len(self.quarters)),
        ]
        if by_indicator:
            indicators = self.indicators.get_indexer(cells.indicators)
            parts.append((indicators, cells.indicator, len(self.indicators)))
        keys = np.zeros(len(cells.cell), dtype="int64")
        known = np.ones(len(cells.cell), dtype=bool)
        for codes, rows, size in parts:
            code = codes[rows] if len(rows) else np.empty(0, dtype="int64")
            known &= code >= 0
            keys = keys * size + code
        return np.where(known, keys, -1)

    def select_indicators(self, codes: Iterable[str], *, exclude: bool = False) -> _Cells:
        """Those of some indicators, or all but those."""
        return self._select((self.indicators.isin(list(codes)) ^ exclude)[self.indicator])

    def select_period(self, first: str, last: str, only: Collection[str]) -> _Cells:
        """Those of some quarters, and of some indicators where any are named."""
        since = self.quarters.searchsorted(first) if first else 0
        until = self.quarters.searchsorted(last, side="right") if last else len(self.quarters)
        within = self._select((self.quarter >= since) & (self.quarter < until))
        return within.select_indicators(only) if only else within

    def _select(self, kept: np.ndarray) -> _Cells:
        names = (
            "cell",
            "indicator",
            "quarter",
            "hundredths",
            "target",
            "has_target",
            "unconfirmed",
        )
        return replace(self, **{name: getattr(self, name)[kept] for name in names})

    def with_target(self) -> _Cells:
        """Those that have a target beside them."""
        return self._select(self.has_target)

    def doubtful(self) -> _Cells:
        """Those that are unconfirmed."""
        return self._select(self.unconfirmed)

    def latest(self) -> _Cells:
        """Of each cell the row of the latest quarter."""
        order = np.argsort(self.quarter, kind="stable")
        last = np.full(self._size, -1, dtype="int64")
        last[self.cell[order]] = order  # of one cell the last one written stays
        return self._select(last[last >= 0])

    def summed(self, *, targets: bool = False) -> dict[Cell, int]:
        """The values of each cell, or the targets beside them, added up."""
        amounts = np.zeros(self._size, dtype="int64")
        np.add.at(amounts, self.cell, self.target if targets else self.hundredths)
        return self._name_amounts(amounts)

    def counted(self) -> dict[Cell, int]:
        """How many rows each cell has."""
        return self._name_amounts(np.bincount(self.cell, minlength=self._size))

    @property
    def _size(self) -> int:
        return len(self.agencies) * len(self.indicators) * len(self.dimensions)

    def _name_amounts(self, amounts: np.ndarray) -> dict[Cell, int]:
        seen = np.zeros(len(amounts), dtype=bool)
        seen[self.cell] = True
        filled = np.flatnonzero(seen)
        rest, dimension = np.divmod(filled, max(len(self.dimensions), 1))
        agency, indicator = np.divmod(rest, max(len(self.indicators), 1))
        names = (
            names.take(places).tolist()
            for names, places in (
                (self.agencies, agency),
                (self.indicators, indicator),
                (self.dimensions, dimension),
            )
        )
        return dict(zip(zip(*names, strict=True), amounts[filled].tolist(), strict=True))
