"""Roll-ups of a country: every level and period from the same frames, against a plain loop.

Levels: the state, divisions, districts, sectors; periods: a quarter, a half-year, a year, to date.
Both sum actuals and targets first (stocks: the latest value) and answer every sum in hundredths;
they are compared before anything is timed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from bench.lines import DisagreementError, Line, Progress, Size, faster
from bench.programme import Programme, make
from bench.rounds import interleaved
from cpsa.calendar import Quarter
from cpsa.framework import TOTAL, Framework
from cpsa.score.rollups import Rollups, together

DISTRICTS, DIVISIONS, SECTORS = 750, 10, 12
ARRAYS, LOOP = "rollups", "a plain loop over the rows"
Sums = dict[tuple[str, str], tuple[int | None, int | None]]  # indicator and dimension
Rolled = dict[tuple[str, str], dict[str, Sums]]  # level and name, by period


@dataclass(frozen=True)
class Country:
    """All accepted figures of a form's agencies, what they aimed at, and where they are."""

    framework: Framework
    facts: pd.DataFrame
    targets: pd.DataFrame
    accepted: pd.DataFrame
    places: Mapping[str, tuple[tuple[str, str], ...]]  # by agency: level and name


def lines(size: Size, progress: Progress) -> list[Line]:
    """CPU seconds of all levels over three periods, the newest of each."""
    progress("making a programme up")
    countries = list(_countries(make(size.forms, size.quarters, size.seed)))
    last = Quarter.parse(max(countries[0].facts["quarter"]))
    first = Quarter.parse(min(countries[0].facts["quarter"]))
    periods = {
        "quarter": (last.key, last.key),
        "half-year": (last.half.first_quarter.key, last.key),
        "year": (last.year.first_quarter.key, last.key),
        "to date": (first.key, last.key),
    }
    progress("rolling up both ways")
    if different := list(_different(by_package(countries, periods), by_loop(countries, periods))):
        raise DisagreementError(different)
    times = interleaved(
        {
            ARRAYS: lambda: by_package(countries, periods),
            LOOP: lambda: by_loop(countries, periods),
        },
        size.rounds,
        progress,
    )
    stage = (
        f"roll-ups of {size.agencies:,} agencies: state, {DIVISIONS} divisions, {DISTRICTS} "
        f"districts, {SECTORS} sectors; quarter, half-year, year, {size.quarters} quarters to date"
    )
    return [faster(stage, times[ARRAYS], LOOP, times[LOOP], None)]


def by_package(countries: Sequence[Country], periods: Mapping[str, tuple[str, str]]) -> Rolled:
    """As documents and the online edition do it: sums by agency, then of those in a place."""
    rolled: Rolled = defaultdict(dict)
    ready = [
        Rollups.of(country.framework, country.facts, country.targets, country.accepted)
        for country in countries
    ]
    for period, (first, last) in periods.items():
        members = defaultdict(list)
        for country, rollups in zip(countries, ready, strict=True):
            for agency, own in rollups.by_agency(first, last).items():
                for place in country.places[agency]:
                    members[place].append(own)
        for place, own in members.items():
            rolled[place][period] = {
                key: (one.actual, one.target) for key, one in together(own).items()
            }
    return rolled


def by_loop(countries: Sequence[Country], periods: Mapping[str, tuple[str, str]]) -> Rolled:
    """Row by row into dicts; no frame is asked for anything but its rows."""
    rolled: Rolled = defaultdict(dict)
    for period, (first, last) in periods.items():
        actual: dict = defaultdict(lambda: defaultdict(int))
        target: dict = defaultdict(lambda: defaultdict(int))
        for country in countries:
            _loop(country, first, last, actual, target)
        for place in actual.keys() | target.keys():
            done, aimed = actual.get(place, {}), target.get(place, {})
            rolled[place][period] = {
                key: (done.get(key), aimed.get(key)) for key in done.keys() | aimed.keys()
            }
    return rolled


def _loop(country: Country, first: str, last: str, actual: dict, target: dict) -> None:
    stocks = {one.code for one in country.framework.indicators if not one.is_flow}
    aimed = {one.code for one in country.framework.indicators if one.targeted}
    counted = set(_rows(country.accepted, ("agency", "quarter")))
    latest: dict[tuple[str, str, str], tuple[str, int]] = {}
    names = ("agency", "quarter", "indicator", "dimension", "hundredths")
    for agency, quarter, code, dimension, value in _rows(country.facts, names):
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
    for agency, code, quarter, value in _rows(
        country.targets, ("agency", "indicator", "quarter", "hundredths")
    ):
        if first <= quarter <= last and (agency, quarter) in counted and code in aimed:
            for place in country.places[agency]:
                target[place][code, TOTAL] += value


def _countries(programme: Programme) -> Iterator[Country]:
    """Each form's agencies, spread over districts, divisions and sectors."""
    for data in programme.forms:
        places = {
            one.agency: (
                ("state", ""),
                ("division", str(at % DIVISIONS)),
                ("district", str(at % DISTRICTS)),
                ("sector", str(at % SECTORS)),
            )
            for at, one in enumerate(data.judged)
        }
        history = data.history
        yield Country(programme.framework, history.facts, history.targets, history.counted, places)


def _different(one: Rolled, other: Rolled) -> Iterator[str]:
    for place in sorted(one.keys() | other.keys()):
        for period in one.get(place, other.get(place, {})):
            mine, theirs = one[place].get(period, {}), other[place].get(period, {})
            for key in sorted(mine.keys() | theirs.keys()):
                if mine.get(key) != theirs.get(key):
                    yield f"{place} {period} {key}: {mine.get(key)} against {theirs.get(key)}"


def _rows(frame: pd.DataFrame, names: Sequence[str]) -> Iterable[tuple]:
    return zip(*(frame[name].tolist() for name in names), strict=True)
