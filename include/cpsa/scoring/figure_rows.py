"""Figures and targets of accepted quarters as rows of numbers, for ``rollups`` to add up."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from cpsa.framework.model import TOTAL

Place = tuple[str, str]  # indicator and dimension
NO_TARGET = -1
EXACT_FLOAT = 2.0**52  # sums of whole numbers below it are exact as floats, too


@dataclass(frozen=True)
class FigureRows:
    """Rows of accepted quarters.

    ``quarter``: its rank. ``cell``: of which agency and place a row is, as one number. ``target``: where
    among the rows of targets that of the same quarter and cell is, or NO_TARGET.
    """

    quarter: np.ndarray
    cell: np.ndarray
    hundredths: np.ndarray
    target: np.ndarray
    unconfirmed: np.ndarray

    def within(self, since: int, until: int) -> FigureRows:
        """The rows of the quarters since one and before another, by rank."""
        wanted = (self.quarter >= since) & (self.quarter < until)
        return self if wanted.all() else self.select(np.flatnonzero(wanted))

    def select(self, rows: np.ndarray) -> FigureRows:
        """The rows at these places."""
        arrays = (self.quarter, self.cell, self.hundredths, self.target, self.unconfirmed)
        return FigureRows(*(array[rows] for array in arrays))

    def with_target(self) -> FigureRows:
        """Those that have a target beside them."""
        return self.select(np.flatnonzero(self.target != NO_TARGET))

    def doubtful(self) -> FigureRows:
        """Those that are unconfirmed."""
        return self.select(np.flatnonzero(self.unconfirmed))

    def latest(self, size: int) -> FigureRows:
        """Of each of ``size`` cells the row of the latest quarter."""
        order = np.argsort(self.quarter, kind="stable")
        last = np.full(size, -1)
        last[self.cell[order]] = order  # of one cell the last one written stays
        return self.select(last[last >= 0])

    def count(self, size: int) -> np.ndarray:
        """How many rows each of ``size`` cells has."""
        return np.bincount(self.cell, minlength=size)

    def sum(self, size: int) -> np.ndarray:
        """The amounts of each of ``size`` cells, added up."""
        return sum_cells(self.cell, self.hundredths, size)


def sum_cells(cells: np.ndarray, amounts: np.ndarray, size: int) -> np.ndarray:
    """Amounts by cell, added up without rounding."""
    if amounts.dtype != object and np.abs(amounts, dtype="float64").sum() < EXACT_FLOAT:
        return np.bincount(cells, weights=amounts, minlength=size).astype(amounts.dtype)
    sums = np.zeros(size, dtype=amounts.dtype)
    np.add.at(sums, cells, amounts)
    return sums


@dataclass(frozen=True)
class AcceptedRows:
    """Figures and targets of accepted quarters, and what their numbers stand for.

    ``quarters`` are sorted, as keys sort as time does. ``places``: indicator and dimension. A cell is
    an agency's number times the number of places, plus that of the place. ``is_accepted``: by agency
    and quarter. ``rate_bases``: by an indicator that has a rate, the figures that the rate is measured
    by, each beside that indicator's target.
    """

    agencies: pd.Index
    quarters: pd.Index
    places: tuple[Place, ...]
    is_accepted: np.ndarray
    figures: FigureRows
    targets: FigureRows
    rate_bases: Mapping[str, FigureRows]

    @classmethod
    def from_frames(
        cls,
        facts: pd.DataFrame,
        targets: pd.DataFrame,
        accepted: pd.DataFrame,
        targeted: Sequence[str],
        rates: Mapping[str, str],
    ) -> AcceptedRows:
        """facts: agency, quarter, indicator, dimension, hundredths and, where it is known,
        unconfirmed; targets: agency, indicator, quarter, hundredths; accepted: agency, quarter;
        targeted: the indicators whose targets count; rates: by an indicator that has a rate, the one
        that the rate is measured by."""
        agency, agencies = pd.factorize(accepted["agency"])
        quarter, quarters = pd.factorize(accepted["quarter"], sort=True)
        # One more of each is never accepted: what is none of these has the number -1.
        is_accepted = np.zeros((len(agencies) + 1, len(quarters) + 1), dtype=bool)
        is_accepted[agency, quarter] = True
        fact_places, given_places = _number_pairs(facts["indicator"], facts["dimension"])
        places = tuple(dict.fromkeys([*given_places, *((code, TOTAL) for code in targeted)]))
        place_of_target = np.array(
            [places.index((code, TOTAL)) for code in targeted], dtype="int32"
        )

        def number_rows(frame: pd.DataFrame, place: np.ndarray, known: np.ndarray) -> FigureRows:
            agency = _find_codes(frame["agency"], agencies)
            quarter = _find_codes(frame["quarter"], quarters)
            counts = known & is_accepted[agency, quarter]
            rows = FigureRows(
                quarter=quarter,
                cell=agency * np.intp(len(places)) + place,
                hundredths=frame["hundredths"].to_numpy(dtype="int64"),
                target=np.full(len(frame), NO_TARGET, dtype="int32"),
                unconfirmed=np.asarray(frame.get("unconfirmed", np.zeros(len(frame), dtype=bool))),
            )
            return rows if counts.all() else rows.select(np.flatnonzero(counts))

        figures = number_rows(facts, fact_places, fact_places >= 0)
        aims = _find_codes(targets["indicator"], targeted)
        target_rows = number_rows(targets, place_of_target[aims], aims >= 0)
        cells = len(agencies) * len(places)
        by_cell = np.full(len(quarters) * cells, NO_TARGET, dtype="int32")
        by_cell[target_rows.quarter * np.intp(cells) + target_rows.cell] = np.arange(
            len(target_rows.cell)
        )

        def join_targets(rows: FigureRows, shift: int = 0) -> FigureRows:
            """The rows beside the targets of their own cells, or of those so many places on."""
            keys = rows.quarter * np.intp(cells) + rows.cell + shift
            return replace(rows, target=by_cell[keys])

        def select_rate_base(code: str, base: str) -> FigureRows:
            if not {(base, TOTAL), (code, TOTAL)} <= set(places):
                return figures.select(np.empty(0, dtype=np.intp))
            number = places.index((base, TOTAL))
            rows = figures.select(np.flatnonzero(figures.cell % len(places) == number))
            return join_targets(rows, places.index((code, TOTAL)) - number).with_target()

        return cls(
            pd.Index(agencies),
            pd.Index(quarters),
            places,
            is_accepted[:-1, :-1],
            join_targets(figures),
            target_rows,
            {code: select_rate_base(code, base) for code, base in rates.items()},
        )

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
