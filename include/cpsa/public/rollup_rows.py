"""The rows of the table of roll-ups: sums of the state, of divisions, districts and sectors.

Of a quarter, of everything to date and, where the quarter ends one, of its half-year and year.
What must not go here: sums of its own (``score.rollups``), or how a file is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from cpsa.calendar import Quarter
from cpsa.documents import Snapshot, sums
from cpsa.documents.parts import present
from cpsa.figures import HUNDRED, places4
from cpsa.framework import Indicator
from cpsa.public.addresses import TO_DATE
from cpsa.score.rollups import Sum, Sums, together

AREAS = ("division", "district", "sector")
Row = tuple[object, ...]


def rollup_rows(snapshot: Snapshot, quarter: Quarter) -> Iterator[Row]:
    """By period, level and area, indicator and dimension; the state first."""
    for period, first in _periods(quarter):
        by_agency = sums.of_agencies(snapshot, quarter, first)
        confirmed = sums.confirmed_of_agencies(snapshot, quarter, first)
        for level, area, agencies in _areas(snapshot, by_agency):
            whole = together(by_agency[code] for code in agencies)
            without = together(confirmed[code] for code in agencies if code in confirmed)
            for indicator in snapshot.framework.indicators:
                for dimension in ("", *indicator.dimensions):
                    place = indicator.code, dimension
                    if (figure := whole.get(place, sums.NONE)) != sums.NONE:
                        yield (
                            *(level, area, period, *place, indicator.unit),
                            *_amounts(indicator, figure),
                            *_confirmed(figure, without.get(place, sums.NONE)),
                        )


def _periods(quarter: Quarter) -> Iterator[tuple[str, Quarter | None]]:
    """Each period that ends with the quarter, and its first quarter; none from the beginning."""
    yield quarter.key, quarter
    for longer in (quarter.half, quarter.year):
        if longer.last_quarter == quarter:
            yield longer.key, longer.first_quarter
    yield TO_DATE, None


def _areas(
    snapshot: Snapshot, by_agency: Mapping[str, Sums]
) -> Iterator[tuple[str, str, list[str]]]:
    """Level, area and the agencies there; those that the register does not know are of no area."""
    yield "state", "", sorted(by_agency)
    for level in AREAS:
        held: dict[str, list[str]] = {}
        for code in sorted(by_agency):
            row = snapshot.agencies.get(code)
            area = row[level] if row is not None else ""
            held.setdefault(str(area).strip() if present(area) else "", []).append(code)
        for area in sorted(held):
            yield level, area, held[area]


def _amounts(indicator: Indicator, figure: Sum) -> Row:
    return (
        *map(_amount, (figure.actual, figure.actual_with_target, figure.target)),
        _places(figure.share),
        _places(figure.rate) if indicator.rate_of else None,
        _amount(figure.rate_of_sum),
        figure.agencies,
        *_if_targeted(
            indicator, figure.agencies_without_target, figure.agencies_partly_without_target
        ),
    )


def _if_targeted(indicator: Indicator, *counts: int) -> Row:
    return counts if indicator.targeted else tuple(None for _ in counts)


def _confirmed(figure: Sum, without: Sum) -> Row:
    """How many figures are to be confirmed and, where there are any, the sum without them."""
    doubtful = figure.unconfirmed or figure.unconfirmed_in_rate
    if not doubtful:
        return 0, None, None, None
    share = without.rate if without.rate_of_sum is not None else without.share
    return (
        figure.unconfirmed,
        _amount(without.actual),
        _amount(without.actual_with_target),
        _places(share),
    )


def _amount(hundredths: int | None) -> Decimal | None:
    return None if hundredths is None else Decimal(hundredths) / HUNDRED


def _places(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(places4(value))
