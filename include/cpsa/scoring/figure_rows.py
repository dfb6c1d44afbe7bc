"""Figures and targets of accepted quarters as rows of numbers, for ``rollups`` to add up."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from cpsa.framework.model import TOTAL

Place = tuple[str, str]  # indicator and dimension
NO_TARGET = -1


@dataclass(frozen=True)
class FigureRows:
    """Rows of accepted quarters, the oldest quarter first.

    ``quarter``: its rank. ``cell``: of which agency and place a row is, as one number. ``target``: where
    among the rows of targets that of the same quarter and cell is, or NO_TARGET.
    """

    quarter: np.ndarray
    cell: np.ndarray
    hundredths: np.ndarray
    target: np.ndarray
    unconfirmed: np.ndarray

    def within(self, since: int, until: int) -> FigureRows:
        """The rows of the quarters since one and before another, by rank: views, nothing is copied."""
        begin, end = self.quarter.searchsorted((since, until)).tolist()
        return self.select(slice(begin, end))

    def select(self, rows: np.ndarray | slice) -> FigureRows:
        """The rows at these places."""
        arrays = (self.quarter, self.cell, self.hundredths, self.target, self.unconfirmed)
        return FigureRows(*(array[rows] for array in arrays))

    def with_target(self) -> FigureRows:
        """Those that have a target beside them."""
        return self.select(np.flatnonzero(self.target != NO_TARGET))

    def doubtful(self) -> FigureRows:
        """Those that are unconfirmed."""
        return self.select(np.flatnonzero(self.unconfirmed))

    def confirmed(self, kept_targets: np.ndarray) -> FigureRows:
        """Those that are confirmed; ``kept_targets``: which targets they may have beside them, as a mask."""
        rows = self.select(np.flatnonzero(~self.unconfirmed)) if self.unconfirmed.any() else self
        kept = np.append(kept_targets, False)  # NO_TARGET is the last of it
        return replace(rows, target=np.where(kept[rows.target], rows.target, NO_TARGET))

    def latest(self, size: int) -> FigureRows:
        """Of each of ``size`` cells the row of the latest quarter."""
        last = np.full(size, -1)
        last[self.cell] = np.arange(len(self.cell))  # of one cell the last one written stays
        return self.select(last[last >= 0])

    def count(self, size: int) -> np.ndarray:
        """How many rows each of ``size`` cells has."""
        return np.bincount(self.cell, minlength=size)

    def sum(self, size: int) -> np.ndarray:
        """The amounts of each of ``size`` cells, added up."""
        return sum_cells(self.cell, self.hundredths, size)

    def sum_with_target(self, size: int) -> np.ndarray:
        """The same of those that have a target beside them."""
        return sum_cells(self.cell, self.hundredths * (self.target != NO_TARGET), size)


def sum_cells(cells: np.ndarray, amounts: np.ndarray, size: int) -> np.ndarray:
    """Amounts by cell, added up without rounding."""
    sums = np.zeros(size, dtype=amounts.dtype)
    np.add.at(sums, cells.astype(np.intp, copy=False), amounts)  # of other integers twice as long
    return sums


@dataclass(frozen=True)
class AcceptedRows:
    """Figures and targets of accepted quarters, and what their numbers stand for.

    ``quarters`` are sorted, as keys sort as time does. ``places``: indicator and dimension. A cell is
    an agency's number times the number of places, plus that of the place. ``is_accepted``: by agency
    and quarter. ``is_stock``: by place. ``rate_bases``: by an indicator that has a rate, the figures that
    the rate is measured by, each beside that indicator's target.
    """

    agencies: pd.Index
    quarters: pd.Index
    places: tuple[Place, ...]
    is_accepted: np.ndarray
    is_stock: np.ndarray
    flows: FigureRows
    stocks: FigureRows
    targets: FigureRows
    rate_bases: Mapping[str, FigureRows]

    @classmethod
    def from_frames(
        cls,
        facts: pd.DataFrame,
        targets: pd.DataFrame,
        accepted: pd.DataFrame,
        targeted: Sequence[str],
        stocks: Collection[str],
        rates: Mapping[str, str],
    ) -> AcceptedRows:
        """facts: agency, quarter, indicator, dimension, hundredths and, where it is known,
        unconfirmed; targets: agency, indicator, quarter, hundredths; accepted: agency, quarter;
        targeted: the indicators whose targets count; stocks: the indicators that are no flows; rates: by
        an indicator that has a rate, the one that the rate is measured by."""
        agency, agencies = pd.factorize(accepted["agency"])
        quarter, quarters = pd.factorize(accepted["quarter"], sort=True)
        # One more of each is never accepted: what is none of these has the number -1.
        is_accepted = np.zeros((len(agencies) + 1, len(quarters) + 1), dtype=bool)
        is_accepted[agency, quarter] = True
        fact_places, given_places = _number_pairs(facts["indicator"], facts["dimension"])
        places = tuple(dict.fromkeys([*given_places, *((code, TOTAL) for code in targeted)]))
        number_of_place = {place: number for number, place in enumerate(places)}
        is_stock = np.array([code in stocks for code, _ in places], dtype=bool)
        cells = len(agencies) * len(places)
        # Four bytes a row and not eight, but in a programme of some million agencies.
        cell_type = np.result_type(np.int32, np.min_scalar_type(-cells - 1))

        def number_rows(frame: pd.DataFrame, place: np.ndarray, known: np.ndarray) -> FigureRows:
            agency = _find_codes(frame["agency"], agencies)
            quarter = _find_codes(frame["quarter"], quarters).astype(np.int16)
            counts = known & is_accepted[agency, quarter]
            if counts.all():
                rows = np.argsort(quarter, kind="stable")
            else:
                rows = np.flatnonzero(counts)
                rows = rows[np.argsort(quarter[rows], kind="stable")]
            doubtful = frame.get("unconfirmed")
            return FigureRows(
                quarter=quarter[rows],
                cell=agency[rows].astype(cell_type) * cell_type.type(len(places)) + place[rows],
                hundredths=frame["hundredths"].to_numpy(dtype="int64")[rows],
                target=np.full(len(rows), NO_TARGET, dtype="int32"),
                unconfirmed=np.zeros(len(rows), dtype=bool)
                if doubtful is None
                else doubtful.to_numpy(dtype=bool)[rows],
            )

        aims = _find_codes(targets["indicator"], targeted)
        place_of_target = np.array(
            [number_of_place[code, TOTAL] for code in targeted], dtype="int32"
        )
        target_rows = number_rows(targets, place_of_target[aims], aims >= 0)
        by_cell = np.full(len(quarters) * cells, NO_TARGET, dtype="int32")
        by_cell[target_rows.quarter * np.intp(cells) + target_rows.cell] = np.arange(
            len(target_rows.cell)
        )

        def join_targets(rows: FigureRows, shift: int = 0) -> FigureRows:
            """The rows beside the targets of their own cells, or of those so many places on."""
            keys = rows.quarter * np.intp(cells) + rows.cell + shift
            return replace(rows, target=by_cell[keys])

        figures = join_targets(number_rows(facts, fact_places, fact_places >= 0))
        of_stocks = is_stock[figures.cell % max(len(places), 1)]
        by_kind = {
            kind: figures.select(np.flatnonzero(of_stocks == kind)) for kind in (False, True)
        }

        def select_rate_base(code: str, base: str) -> FigureRows:
            number, own = (number_of_place.get((name, TOTAL)) for name in (base, code))
            if number is None or own is None:
                return figures.select(slice(0))
            rows = by_kind[bool(is_stock[number])]
            rows = rows.select(np.flatnonzero(rows.cell % len(places) == number))
            return join_targets(rows, own - number).with_target()

        return cls(
            agencies=pd.Index(agencies),
            quarters=pd.Index(quarters),
            places=places,
            is_accepted=is_accepted[:-1, :-1],
            is_stock=is_stock,
            flows=by_kind[False],
            stocks=by_kind[True],
            targets=target_rows,
            rate_bases={code: select_rate_base(code, base) for code, base in rates.items()},
        )

    def find_confirmed_targets(self) -> np.ndarray:
        """Which targets have no figure in doubt beside them, as a mask: of a rate it is in doubt when one of
        its two figures is."""
        kept = np.ones(len(self.targets.cell), dtype=bool)
        for rows in (self.flows, self.stocks, *self.rate_bases.values()):
            kept[rows.doubtful().with_target().target] = False
        return kept

    def find_period(self, first: str, last: str) -> tuple[int, int]:
        """The rank of a period's first quarter, and the one after its last; blank: no limit."""
        since = int(self.quarters.searchsorted(first)) if first else 0
        until = int(self.quarters.searchsorted(last, "right")) if last else len(self.quarters)
        return since, until

    def count_accepted(self, since: int, until: int) -> np.ndarray:
        """How many accepted quarters each agency has in a period."""
        counts: np.ndarray = self.is_accepted[:, since:until].sum(axis=1)
        return counts

    def mark_places(self, indicators: Collection[str]) -> np.ndarray:
        """Which places are of some indicators, as a mask."""
        return np.array([code in indicators for code, _ in self.places], dtype=bool)


def _number_pairs(first: pd.Series, second: pd.Series) -> tuple[np.ndarray, list[Place]]:
    """Pairs of texts as numbers, and what those stand for."""
    codes, firsts = _factorize(first)
    codes = codes.astype("int32", copy=False)  # of pairs there are more than of either text
    second_codes, seconds = _factorize(second)
    pairs = codes * len(seconds) + second_codes
    used = np.flatnonzero(np.bincount(pairs, minlength=len(firsts) * len(seconds)))
    numbers = np.zeros(len(firsts) * len(seconds), dtype="int32")
    numbers[used] = np.arange(len(used))
    parts = (divmod(pair, len(seconds)) for pair in used.tolist())
    return numbers[pairs], [(firsts[code], seconds[other]) for code, other in parts]


def _find_codes(texts: pd.Series, known: Sequence[str] | pd.Index) -> np.ndarray:
    """Where each text is among the known ones, -1 where it is not."""
    codes, uniques = _factorize(texts)
    found = pd.Index(known, dtype=object).get_indexer(pd.Index(uniques, dtype=object))
    return found.astype("int32")[codes] if uniques else codes


def _factorize(texts: pd.Series) -> tuple[np.ndarray, list[str]]:
    """Texts as numbers, and what those stand for: of categories their codes; else one that repeats is
    looked up once a run."""
    if isinstance(texts.dtype, pd.CategoricalDtype):
        return texts.cat.codes.to_numpy(), list(texts.cat.categories)
    values = texts.to_numpy(dtype=object)
    if not len(values):
        return np.empty(0, dtype="int32"), []
    begins = np.flatnonzero(np.append(True, values[1:] != values[:-1]))
    codes, uniques = pd.factorize(values[begins])
    runs = np.diff(np.append(begins, len(values)))
    return np.repeat(codes.astype("int32"), runs), list(uniques)
