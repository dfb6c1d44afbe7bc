"""The rows of the table of roll-ups: sums of the state, of divisions, districts and sectors.

Of a quarter, of everything to date and, where the quarter ends one, of its half-year and year.
What must not go here: sums of its own (``scoring.rollups``), or how a file is written.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from cpsa.calendar import Quarter
from cpsa.documents import period_sums
from cpsa.figures import HUNDRED, places4
from cpsa.framework.model import Indicator
from cpsa.online_edition.page_addresses import TO_DATE
from cpsa.provenance.snapshot import Snapshot, has_value
from cpsa.scoring.rollups import Sum, Sums, SumTable

AREAS = ("division", "district", "sector")
RollupRow = tuple[object, ...]


def list_rollup_rows(snapshot: Snapshot, quarter: Quarter) -> Iterator[RollupRow]:
    """By period, level and area, indicator and dimension; the state first."""
    for period, first in _list_periods(quarter):
        by_agency = period_sums.sum_by_agency(snapshot, quarter, first)
        confirmed = period_sums.sum_confirmed_by_agency(snapshot, quarter, first)
        for level, area, whole, without in _list_areas(snapshot, by_agency, confirmed):
            for indicator in snapshot.framework.indicators:
                for dimension in ("", *indicator.dimensions):
                    place = indicator.code, dimension
                    if (figure := whole.get(place, period_sums.NO_SUM)) != period_sums.NO_SUM:
                        yield (
                            *(level, area, period, *place, indicator.unit),
                            *_format_amounts(indicator, figure),
                            *_format_confirmed(figure, without.get(place, period_sums.NO_SUM)),
                        )


def _list_periods(quarter: Quarter) -> Iterator[tuple[str, Quarter | None]]:
    """Each period that ends with the quarter, and its first quarter; none from the beginning."""
    yield quarter.key, quarter
    for longer in (quarter.half, quarter.year):
        if longer.last_quarter == quarter:
            yield longer.key, longer.first_quarter
    yield TO_DATE, None


def _list_areas(
    snapshot: Snapshot, by_agency: SumTable, confirmed: SumTable
) -> Iterator[tuple[str, str, Sums, Sums]]:
    """Level, area, its sums and those without what is to be confirmed; agencies that the register
    does not know are of no area."""
    yield "state", "", by_agency.add_up(), confirmed.add_up()
    for level in AREAS:
        areas = {code: _find_area(snapshot, code, level) for code in by_agency}
        by_area, confirmed_by_area = by_agency.add_by_area(areas), confirmed.add_by_area(areas)
        for area, whole in by_area.items():
            yield level, area, whole, confirmed_by_area.get(area, {})


def _find_area(snapshot: Snapshot, code: str, level: str) -> str:
    row = snapshot.agencies.get(code)
    area = row[level] if row is not None else ""
    return str(area).strip() if has_value(area) else ""


def _format_amounts(indicator: Indicator, figure: Sum) -> RollupRow:
    return (
        *map(_format_amount, (figure.actual, figure.actual_with_target, figure.target)),
        _format_places(figure.share),
        _format_places(figure.rate) if indicator.rate_of else None,
        _format_amount(figure.rate_of_sum),
        figure.agencies,
        *_keep_if_targeted(
            indicator, figure.agencies_without_target, figure.agencies_partly_without_target
        ),
    )


def _keep_if_targeted(indicator: Indicator, *counts: int) -> RollupRow:
    return counts if indicator.targeted else tuple(None for _ in counts)


def _format_confirmed(figure: Sum, without: Sum) -> RollupRow:
    """How many figures are to be confirmed and, where there are any, the sum without them."""
    doubtful = figure.unconfirmed or figure.unconfirmed_in_rate
    if not doubtful:
        return 0, None, None, None
    share = without.rate if without.rate_of_sum is not None else without.share
    return (
        figure.unconfirmed,
        _format_amount(without.actual),
        _format_amount(without.actual_with_target),
        _format_places(share),
    )


def _format_amount(hundredths: int | None) -> Decimal | None:
    return None if hundredths is None else Decimal(hundredths) / HUNDRED


def _format_places(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(places4(value))
