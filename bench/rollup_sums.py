"""Roll-ups of a country: every level and period from the same frames, against a plain loop.

Levels: the state, divisions, districts, sectors; periods: a quarter, a half-year, a year, to date.
Both sum actuals and targets first (stocks: the latest value) and answer every sum in hundredths;
they are compared before anything is timed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from bench.lines import DisagreementError, Line, Progress, Size, compare_speed
from bench.programme import Programme, make_programme
from bench.rounds import measure_rivals
from cpsa.calendar import Quarter
from cpsa.framework.model import TOTAL, Framework
from cpsa.scoring.rollups import Rollups, add_sums

DISTRICTS, DIVISIONS, SECTORS = 750, 10, 12
ARRAYS, LOOP = "rollups", "a plain loop over the rows"
Sums = dict[tuple[str, str], tuple[int | None, int | None]]  # indicator and dimension
LoopSums = defaultdict[tuple[str, str], defaultdict[tuple[str, str], int]]
Rolled = dict[tuple[str, str], dict[str, Sums]]  # level and name, by period


@dataclass(frozen=True)
class Country:
    """All accepted figures of a form's agencies, their targets, and where they are."""

    framework: Framework
    facts: pd.DataFrame
    targets: pd.DataFrame
    accepted: pd.DataFrame
    places: Mapping[str, tuple[tuple[str, str], ...]]  # by agency: level and name


def lines(size: Size, progress: Progress) -> list[Line]:
    """CPU seconds of all levels over three periods, the newest of each."""
    progress("making a programme up")
    countries = list(_make_countries(make_programme(size.forms, size.quarters, size.seed)))
    last = Quarter.parse(max(countries[0].facts["quarter"]))
    first = Quarter.parse(min(countries[0].facts["quarter"]))
    periods = {
        "quarter": (last.key, last.key),
        "half-year": (last.half.first_quarter.key, last.key),
        "year": (last.year.first_quarter.key, last.key),
        "to date": (first.key, last.key),
    }
    progress("rolling up both ways")
    if different := list(
        _list_differences(
            compute_by_package(countries, periods), compute_by_loop(countries, periods)
        )
    ):
        raise DisagreementError(different)
    times = measure_rivals(
        {
            ARRAYS: lambda: compute_by_package(countries, periods),
            LOOP: lambda: compute_by_loop(countries, periods),
        },
        size.rounds,
        progress,
    )
    stage = (
        f"roll-ups of {size.agencies:,} agencies: state, {DIVISIONS} divisions, {DISTRICTS} "
        f"districts, {SECTORS} sectors; quarter, half-year, year, {size.quarters} quarters to date"
    )
    return [compare_speed(stage, times[ARRAYS], LOOP, times[LOOP], None)]


def compute_by_package(
    countries: Sequence[Country], periods: Mapping[str, tuple[str, str]]
) -> Rolled:
    """As documents and the online edition do it: sums by agency, then of those in a place."""
    rolled: Rolled = defaultdict(dict)
    ready = [
        Rollups.from_frames(country.framework, country.facts, country.targets, country.accepted)
        for country in countries
    ]
    for period, (first, last) in periods.items():
        members = defaultdict(list)
        for country, rollups in zip(countries, ready, strict=True):
            for agency, own in rollups.by_agency(first, last).items():
                for place in country.places[agency]:
                    members[place].append(own)
        for place, parts in members.items():
            rolled[place][period] = {
                key: (sums.actual, sums.target) for key, sums in add_sums(parts).items()
            }
    return rolled


def compute_by_loop(countries: Sequence[Country], periods: Mapping[str, tuple[str, str]]) -> Rolled:
    """Row by row into dicts; of a frame only its rows are used."""
    rolled: Rolled = defaultdict(dict)
    for period, (first, last) in periods.items():
        actual: LoopSums = defaultdict(lambda: defaultdict(int))
        target: LoopSums = defaultdict(lambda: defaultdict(int))
        for country in countries:
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


def _make_countries(programme: Programme) -> Iterator[Country]:
    """Each form's agencies, spread over districts, divisions and sectors."""
    for data in programme.forms:
        places = {
            update.agency: (
                ("state", ""),
                ("division", str(number % DIVISIONS)),
                ("district", str(number % DISTRICTS)),
                ("sector", str(number % SECTORS)),
            )
            for number, update in enumerate(data.judged)
        }
        history = data.history
        yield Country(programme.framework, history.facts, history.targets, history.counted, places)


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
