"""Roll-ups of a country: every level and period from the same frames, against a plain loop.

Levels: the state, divisions, districts, sectors; periods: a quarter, a half-year, a year, to date.
Both sum actuals and targets first (stocks: the latest value) and answer every sum in hundredths;
they are compared before anything is timed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from bench.lines import DisagreementError, Line, Progress, Size, compare_speed
from bench.programme import Programme, make_programme
from bench.rounds import measure_rivals
from bench.targets import hold_to
from cpsa.calendar import Quarter
from cpsa.framework.model import TOTAL, Framework
from cpsa.scoring.rollups import Rollups

DISTRICTS, DIVISIONS, SECTORS = 750, 10, 12
ARRAYS, LOOP = "rollups", "a plain loop over the rows"
Sums = dict[tuple[str, str], tuple[int | None, int | None]]  # indicator and dimension
LoopSums = defaultdict[tuple[str, str], defaultdict[tuple[str, str], int]]
Rolled = dict[tuple[str, str], dict[str, Sums]]  # level and name, by period


@dataclass(frozen=True)
class Country:
    """All accepted figures of agencies, their targets, and where they are."""

    framework: Framework
    facts: pd.DataFrame
    targets: pd.DataFrame
    accepted: pd.DataFrame
    levels: Mapping[str, Mapping[str, str]]  # by level: the area of each agency

    @cached_property
    def places(self) -> dict[str, list[tuple[str, str]]]:
        """By agency: level and name of each of its areas."""
        return {
            agency: [(level, areas[agency]) for level, areas in self.levels.items()]
            for agency in self.levels["state"]
        }


def lines(size: Size, progress: Progress) -> list[Line]:
    """CPU seconds of all levels over three periods, the newest of each."""
    progress("making a programme up")
    country = _make_country(make_programme(size.forms, size.quarters, size.seed))
    last = Quarter.parse(max(country.facts["quarter"]))
    first = Quarter.parse(min(country.facts["quarter"]))
    periods = {
        "quarter": (last.key, last.key),
        "half-year": (last.half.first_quarter.key, last.key),
        "year": (last.year.first_quarter.key, last.key),
        "to date": (first.key, last.key),
    }
    progress("rolling up both ways")
    if different := list(
        _list_differences(compute_by_package(country, periods), compute_by_loop(country, periods))
    ):
        raise DisagreementError(different)
    times = measure_rivals(
        {
            ARRAYS: lambda: compute_by_package(country, periods),
            LOOP: lambda: compute_by_loop(country, periods),
        },
        size.rounds,
        progress,
    )
    stage = (
        f"roll-ups of {size.agencies:,} agencies: state, {DIVISIONS} divisions, {DISTRICTS} "
        f"districts, {SECTORS} sectors; quarter, half-year, year, {size.quarters} quarters to date"
    )
    return [hold_to("rollups_loop", compare_speed(stage, times[ARRAYS], LOOP, times[LOOP]))]


def compute_by_package(country: Country, periods: Mapping[str, tuple[str, str]]) -> Rolled:
    """As documents and the online edition do it: sums by agency, then of those in a place."""
    rolled: Rolled = defaultdict(dict)
    ready = Rollups.from_frames(country.framework, country.facts, country.targets, country.accepted)
    for period, (first, last) in periods.items():
        by_agency = ready.by_agency(first, last)
        for level, areas in country.levels.items():
            for area, sums in by_agency.add_by_area(areas).items():
                rolled[level, area][period] = {
                    key: (amounts.actual, amounts.target) for key, amounts in sums.items()
                }
    return rolled


def compute_by_loop(country: Country, periods: Mapping[str, tuple[str, str]]) -> Rolled:
    """Row by row into dicts; of a frame only its rows are used."""
    rolled: Rolled = defaultdict(dict)
    for period, (first, last) in periods.items():
        actual: LoopSums = defaultdict(lambda: defaultdict(int))
        target: LoopSums = defaultdict(lambda: defaultdict(int))
        _add_loop_sums(country, first, last, actual, target)
        for place in actual.keys() | target.keys():
            actuals: Mapping[tuple[str, str], int] = actual.get(place, {})
            targets: Mapping[tuple[str, str], int] = target.get(place, {})
            rolled[place][period] = {
                key: (actuals.get(key), targets.get(key)) for key in actuals.keys() | targets.keys()
            }
    return rolled


def _add_loop_sums(
    country: Country, first: str, last: str, actual: LoopSums, target: LoopSums
) -> None:
    stocks = {indicator.code for indicator in country.framework.indicators if not indicator.is_flow}
    targeted = {indicator.code for indicator in country.framework.indicators if indicator.targeted}
    counted = set(_list_rows(country.accepted, ("agency", "quarter")))
    latest: dict[tuple[str, str, str], tuple[str, int]] = {}
    names = ("agency", "quarter", "indicator", "dimension", "hundredths")
    for agency, quarter, code, dimension, value in _list_rows(country.facts, names):
        if not first <= quarter <= last or (agency, quarter) not in counted:
            continue
        if code not in stocks:
            for place in country.places[agency]:
                actual[place][code, dimension] += value
        elif quarter >= latest.get((agency, code, dimension), ("",))[0]:
            latest[agency, code, dimension] = quarter, value
    for (agency, code, dimension), (_, value) in latest.items():
        for place in country.places[agency]:
            actual[place][code, dimension] += value
    for agency, code, quarter, value in _list_rows(
        country.targets, ("agency", "indicator", "quarter", "hundredths")
    ):
        if first <= quarter <= last and (agency, quarter) in counted and code in targeted:
            for place in country.places[agency]:
                target[place][code, TOTAL] += value


def _make_country(programme: Programme) -> Country:
    """All forms' agencies, spread over districts, divisions and sectors."""
    histories = [data.history for data in programme.forms]
    facts, targets, accepted = (
        pd.concat([getattr(history, name) for history in histories], ignore_index=True)
        for name in ("facts", "targets", "counted")
    )
    codes = [update.agency for data in programme.forms for update in data.judged]
    levels = {
        level: {agency: str(number % areas) for number, agency in enumerate(codes)}
        for level, areas in (
            ("state", 1),
            ("division", DIVISIONS),
            ("district", DISTRICTS),
            ("sector", SECTORS),
        )
    }
    # As snapshots have them: texts that repeat are categories.
    facts = facts.astype(dict.fromkeys(("agency", "quarter", "indicator", "dimension"), "category"))
    targets = targets.astype(dict.fromkeys(("agency", "quarter", "indicator"), "category"))
    return Country(programme.framework, facts, targets, accepted, levels)


def _list_differences(package_sums: Rolled, loop_sums: Rolled) -> Iterator[str]:
    for place in sorted(package_sums.keys() | loop_sums.keys()):
        for period in package_sums.get(place, loop_sums.get(place, {})):
            package_period, loop_period = (
                package_sums[place].get(period, {}),
                loop_sums[place].get(period, {}),
            )
            for key in sorted(package_period.keys() | loop_period.keys()):
                if package_period.get(key) != loop_period.get(key):
                    yield f"{place} {period} {key}: {package_period.get(key)} against {loop_period.get(key)}"


def _list_rows(frame: pd.DataFrame, names: Sequence[str]) -> Iterable[tuple[Any, ...]]:
    return zip(*(frame[name].tolist() for name in names), strict=True)
