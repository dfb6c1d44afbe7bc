"""From quarters to halves and years: each key goes to one longer period, which waits for all."""

from __future__ import annotations

import pytest
from airflow.partition_mappers.base import RollupMapper

from cpsa.calendar import IST, FiscalYear, Quarter
from cpsa.errors import RequestError
from cpsa_airflow.partitions import (
    FiscalYearHalvesWindow,
    FiscalYearWindow,
    HalfToYear,
    HalfYearWindow,
    QuarterToHalf,
    QuarterToYear,
)

YEARS = [FiscalYear(start) for start in range(1999, 2061)]
ROLLUPS = {
    "half of quarters": (
        RollupMapper(upstream_mapper=QuarterToHalf(), window=HalfYearWindow()),
        {half.key: {q.key for q in half.quarters} for year in YEARS for half in year.halves},
    ),
    "year of quarters": (
        RollupMapper(upstream_mapper=QuarterToYear(), window=FiscalYearWindow()),
        {year.key: {q.key for q in year.quarters} for year in YEARS},
    ),
    "year of halves": (
        RollupMapper(upstream_mapper=HalfToYear(), window=FiscalYearHalvesWindow()),
        {year.key: {half.key for half in year.halves} for year in YEARS},
    ),
}


@pytest.fixture(params=ROLLUPS.values(), ids=ROLLUPS.keys())
def rollup(request):
    return request.param


def test_a_period_waits_for_exactly_its_parts(rollup):
    mapper, parts = rollup
    for period, expected in parts.items():
        assert mapper.to_upstream(period) == expected


def test_each_part_goes_to_the_period_that_waits_for_it(rollup):
    mapper, parts = rollup
    for period, expected in parts.items():
        assert {mapper.to_downstream(part) for part in expected} == {period}


def test_a_longer_period_is_dated_by_its_first_day(rollup):
    mapper, _ = rollup
    key = "2026-27-H1" if "H" in next(iter(rollup[1])) else "2026-27"
    dated = mapper.to_partition_date(key).astimezone(IST)
    assert (dated.date(), dated.hour) == (Quarter.parse("2026-27-Q1").first_day, 0)


@pytest.mark.parametrize(
    ("mapper", "key"),
    [
        (QuarterToHalf(), "2026-27-H1"),
        (QuarterToHalf(), "2026-10-01T06:00:00"),
        (QuarterToYear(), "2026-27"),
        (HalfToYear(), "2026-27-Q1"),
    ],
)
def test_a_key_of_another_kind_is_refused(mapper, key):
    with pytest.raises(RequestError):
        mapper.to_downstream(key)


def test_the_half_year_starts_by_its_own_key(stored_dags):
    """As the scheduler asks it, from the stored form of the DAG: one quarter alone starts it too."""
    timetable = stored_dags["compile_half_year"].timetable
    mapper = timetable.get_partition_mapper(name="cpsa_half_due")
    assert mapper.to_downstream("2026-27-H1") == "2026-27-H1"
    assert not isinstance(mapper, RollupMapper)


def test_the_retired_roll_up_can_still_be_read_back(stored_dags):
    """A DAG that version 1.0.0 stored names these classes."""
    from airflow.plugins_manager import get_partition_mapper_plugins, get_windows_plugins

    path = "cpsa_airflow.partitions"
    assert f"{path}.QuarterToHalf" in get_partition_mapper_plugins()
    assert f"{path}.HalfYearWindow" in get_windows_plugins()
