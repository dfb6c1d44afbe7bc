"""The timetables give each quarter its run, at its hour, under its key, over many years."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pendulum
import pytest
from airflow.exceptions import InvalidPartitionKeyError
from airflow.timetables.base import TimeRestriction

from cpsa.calendar import (
    IST,
    CalendarOffsets,
    DayAfterPeriod,
    FiscalYear,
    Quarter,
    use_offsets,
)

QUARTERS = Quarter.range(Quarter.parse("1999-00-Q1"), Quarter.parse("2060-61-Q4"))
PAST = Quarter.range(Quarter.parse("1999-00-Q1"), Quarter.parse("2024-25-Q4"))
SCHEDULED = ["open_quarter", "close_quarter"]


@pytest.fixture(params=SCHEDULED)
def timetable(request, stored_dags):
    return stored_dags[request.param].timetable


def due(timetable, quarter: Quarter) -> datetime:
    return timetable.runs_at(quarter)


def test_the_opening_and_the_closing_hour(stored_dags):
    quarter = Quarter.parse("2026-27-Q2")
    opening, closing = (stored_dags[dag].timetable.runs_at(quarter) for dag in SCHEDULED)
    assert opening == datetime(2026, 10, 1, 6, tzinfo=IST)
    assert closing == datetime(2026, 11, 1, 6, tzinfo=IST)


def test_runs_follow_each_other_quarter_by_quarter(timetable):
    """Sixty years of scheduling with catch-up on: each quarter once, in order, at its hour."""
    first = pendulum.instance(due(timetable, QUARTERS[0]))
    restriction = TimeRestriction(earliest=first, latest=None, catchup=True)
    last = None
    for quarter in QUARTERS:
        last = timetable.next_dagrun_info_v2(last_dagrun_info=last, restriction=restriction)
        assert last.partition_key == quarter.key
        assert last.run_after == due(timetable, quarter)
        assert last.partition_date == datetime.combine(quarter.first_day, datetime.min.time(), IST)


def test_a_key_and_its_date_name_each_other(timetable):
    for quarter in QUARTERS:
        began = timetable.resolve_partition_date(quarter.key)
        assert timetable._format_key(pendulum.instance(began)) == quarter.key
        last_moment = pendulum.instance(
            datetime.combine(quarter.last_day, datetime.max.time(), IST)
        )
        assert timetable._format_key(last_moment) == quarter.key


@pytest.mark.parametrize("key", ["2026-27", "2026-27-H1", "2026-Q1", "2026-27-Q5", "", "Q1"])
def test_what_is_no_quarter_is_refused_in_words(timetable, key):
    with pytest.raises(InvalidPartitionKeyError, match="is not a quarter"):
        timetable.resolve_partition_date(key)


def test_a_backfill_over_a_fiscal_year_makes_its_four_quarters(stored_dags):
    """As ``airflow backfill create --from-date 2025-04-01 --to-date 2026-03-31`` asks for it."""
    for year in (FiscalYear(start) for start in range(1999, 2025)):
        first, last = year.quarters[0].first_day, year.quarters[3].last_day
        for dag_id in SCHEDULED:
            runs = stored_dags[dag_id].iter_dagrun_infos_between(_midnight(first), _midnight(last))
            assert [run.partition_key for run in runs] == [q.key for q in year.quarters]


def test_both_timetables_give_a_quarter_the_same_date(stored_dags):
    """Otherwise a backfill would not find the runs that a DAG before it has left."""
    opening, closing = (stored_dags[dag_id].timetable for dag_id in SCHEDULED)
    for quarter in QUARTERS:
        assert opening.resolve_partition_date(quarter.key) == closing.resolve_partition_date(
            quarter.key
        )


def test_a_backfill_takes_only_quarters_that_begin_within_its_dates(timetable):
    for quarter in PAST:
        day_after = quarter.first_day + timedelta(days=1)
        eve_of_next = (quarter + 1).first_day - timedelta(days=1)
        own = timetable.iter_partition_dagrun_infos(
            earliest=_midnight(quarter.first_day), latest=_midnight(eve_of_next)
        )
        assert [run.partition_key for run in own] == [quarter.key]
        assert not list(
            timetable.iter_partition_dagrun_infos(
                earliest=_midnight(day_after), latest=_midnight(eve_of_next)
            )
        )


def test_a_backfill_leaves_quarters_alone_whose_hour_has_not_come(timetable):
    """Closing early would shut out agencies that may still send."""
    now = datetime.now(UTC)
    present = Quarter.containing(now.astimezone(IST).date())
    runs = timetable.iter_partition_dagrun_infos(
        earliest=_midnight((present - 8).first_day), latest=_midnight((present + 8).first_day)
    )
    keys = [run.partition_key for run in runs]
    expected = [q.key for q in Quarter.range(present - 8, present + 8) if due(timetable, q) <= now]
    assert keys == expected
    assert 7 <= len(keys) <= 8


def test_backfilled_runs_may_start_at_once(timetable):
    """Airflow starts a run only after its ``run_after``."""
    runs = timetable.iter_partition_dagrun_infos(
        earliest=_midnight(PAST[0].first_day), latest=_midnight(PAST[-1].last_day)
    )
    assert all(run.run_after <= due(timetable, Quarter.parse(run.partition_key)) for run in runs)


def test_collecting_learns_its_partitions_at_work(stored_dags):
    timetable = stored_dags["collect_updates"].timetable
    assert timetable.partitioned_at_runtime
    assert timetable.can_be_scheduled
    assert not timetable.partitioned
    info = timetable.next_dagrun_info_v2(
        last_dagrun_info=None, restriction=TimeRestriction(None, None, catchup=False)
    )
    assert info.run_after.in_timezone("Asia/Kolkata").minute % 15 == 0


def _midnight(day) -> datetime:
    """A date as the command line reads it: midnight UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


@pytest.fixture
def later_days() -> Iterator[Quarter]:
    """From this quarter on the window ends with the second month."""
    since, usual = Quarter.parse("2026-27-Q3"), CalendarOffsets()
    later = replace(usual, window_ends=DayAfterPeriod(2, 31))
    use_offsets({QUARTERS[0]: usual, since: later})
    yield since
    use_offsets({QUARTERS[0]: usual})


def test_runs_follow_days_that_change_with_a_quarter(stored_dags, later_days):
    closing = stored_dags["close_quarter"].timetable
    first = later_days - 2
    restriction = TimeRestriction(
        earliest=pendulum.instance(closing.runs_at(first)), latest=None, catchup=True
    )
    last, runs = None, []
    for _ in range(5):
        last = closing.next_dagrun_info_v2(last_dagrun_info=last, restriction=restriction)
        runs.append((last.partition_key, last.run_after.astimezone(IST).date().isoformat()))
    assert runs == [
        ("2026-27-Q1", "2026-08-01"),
        ("2026-27-Q2", "2026-11-01"),
        ("2026-27-Q3", "2027-03-01"),
        ("2026-27-Q4", "2027-06-01"),
        ("2027-28-Q1", "2027-09-01"),
    ]
