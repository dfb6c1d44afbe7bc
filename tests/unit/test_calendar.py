"""The fiscal calendar: keys, order, arithmetic, and the dates of domain.md's calendar."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpsa import calendar
from cpsa.calendar import (
    IST,
    CalendarOffsets,
    DayAfterPeriod,
    FiscalYear,
    HalfYear,
    Quarter,
    is_half_key,
    is_quarter_key,
    last_day_before,
    parse_period,
    use_offsets,
)
from cpsa.errors import RequestError

quarters = st.builds(Quarter, st.integers(1900, 2150), st.integers(1, 4))
halves = st.builds(HalfYear, st.integers(1900, 2150), st.integers(1, 2))
steps = st.integers(-100, 100)

NO_QUARTERS = [
    *("", "2026-27", "2026-27-H1", "2026-27-Q0", "2026-27-Q5", "2026-28-Q1", "2026-26-Q1"),
    *("26-27-Q1", "2026-2027-Q1", "2026-27-q1", " 2026-27-Q1", "2026-27-Q1\n", "2026-27-Q११"),
    *("२०२६-२७-Q1", "2026/27-Q1", "2026-27-Q1-Q2", "9999-00-Q1", "2200-01-Q1", "1899-00-Q1", "Q1"),
]


@given(quarters, quarters)
def test_quarters_are_ordered_as_their_keys_are(one: Quarter, other: Quarter) -> None:
    assert (one < other) == (one.key < other.key)
    assert (one == other) == (one.key == other.key)
    assert (one < other) == (one.first_day < other.first_day)


@given(halves, halves)
def test_halves_are_ordered_as_their_keys_are(one: HalfYear, other: HalfYear) -> None:
    assert (one < other) == (one.key < other.key)


def test_years_and_halves_are_added_by_their_number() -> None:
    assert (FiscalYear(2026) + 3, FiscalYear(2026) + 0, FiscalYear(2026) + -2) == (
        FiscalYear(2029),
        FiscalYear(2026),
        FiscalYear(2024),
    )
    assert HalfYear(2026, 2) + 3 == HalfYear(2028, 1)


@given(quarters, steps)
def test_adding_and_taking_away_undo_each_other(quarter: Quarter, step: int) -> None:
    assert quarter + step - step == quarter
    assert (quarter + step) - quarter == step
    assert quarter + step == quarter - -step


@given(halves, steps)
def test_halves_step_by_two_quarters(half: HalfYear, step: int) -> None:
    assert (half + step).first_quarter == half.first_quarter + 2 * step
    assert half + step + -step == half


@given(quarters)
def test_keys_are_read_as_they_are_written(quarter: Quarter) -> None:
    assert Quarter.parse(quarter.key) == quarter
    assert str(quarter) == quarter.key
    assert is_quarter_key(quarter.key)
    assert parse_period(quarter.key) == quarter
    assert parse_period(quarter.half.key) == quarter.half
    assert parse_period(quarter.year.key) == quarter.year


@given(quarters)
def test_quarters_follow_each_other_without_a_gap(quarter: Quarter) -> None:
    assert quarter.last_day + timedelta(days=1) == (quarter + 1).first_day
    assert 90 <= (quarter.last_day - quarter.first_day).days + 1 <= 92


@given(st.dates(date(1900, 4, 1), date(2150, 1, 1)))
def test_a_day_lies_in_the_quarter_that_contains_it(day: date) -> None:
    quarter = Quarter.containing(day)
    assert quarter.first_day <= day <= quarter.last_day


@given(quarters)
def test_a_quarter_lies_in_its_half_and_year(quarter: Quarter) -> None:
    assert quarter in quarter.half.quarters
    assert quarter in quarter.year.quarters
    assert quarter.half in quarter.year.halves
    assert quarter.half.year == quarter.year.year == quarter.year
    assert quarter.quarters == (quarter,)


@given(st.integers(1900, 2150).map(FiscalYear))
def test_a_year_is_its_halves_and_its_quarters(year: FiscalYear) -> None:
    assert tuple(q for half in year.halves for q in half.quarters) == year.quarters
    assert (year.first_quarter.first_day.month, year.first_quarter.first_day.day) == (4, 1)
    assert (year.last_quarter.last_day.month, year.last_quarter.last_day.day) == (3, 31)
    assert FiscalYear.parse(year.key) == year


@given(quarters, st.integers(0, 40))
def test_a_range_holds_both_ends(first: Quarter, length: int) -> None:
    found = Quarter.range(first, first + length)
    assert (found[0], found[-1], len(found)) == (first, first + length, length + 1)
    assert list(found) == sorted(set(found))


@given(quarters)
def test_the_window_opens_falls_due_ends_and_closes_in_this_order(quarter: Quarter) -> None:
    steps = [quarter.opens_at, quarter.due_by, quarter.window_ends, quarter.closes_at]
    assert steps == sorted(steps)
    assert all(step.tzinfo is IST for step in steps)
    assert quarter.opens_at.date() == quarter.last_day + timedelta(days=1)
    # Twenty whole days to report, and the month's end for the window.
    assert quarter.due_by.date() == quarter.opens_at.date() + timedelta(days=20)
    assert (quarter.window_ends.day, quarter.window_ends.hour) == (1, 0)
    assert quarter.starts_at + timedelta(hours=6) == (quarter - 1).opens_at
    assert quarter.latest_due_by == quarter.window_ends + timedelta(days=14)


def test_what_ends_at_midnight_ends_for_a_reader_on_the_day_before() -> None:
    quarter = Quarter(2026, 1)
    assert last_day_before(quarter.due_by) == date(2026, 7, 20)
    assert last_day_before(quarter.due_by.astimezone(UTC)) == date(2026, 7, 20)
    assert last_day_before(quarter.due_by + timedelta(seconds=1)) == date(2026, 7, 21)


def ist(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=IST)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("key", "first", "last", "opens", "due", "closes"),
    [
        ("2026-27-Q1", (2026, 4, 1), (2026, 6, 30), (2026, 7, 1), (2026, 7, 21), (2026, 8, 1)),
        ("2026-27-Q2", (2026, 7, 1), (2026, 9, 30), (2026, 10, 1), (2026, 10, 21), (2026, 11, 1)),
        ("2026-27-Q3", (2026, 10, 1), (2026, 12, 31), (2027, 1, 1), (2027, 1, 21), (2027, 2, 1)),
        ("2026-27-Q4", (2027, 1, 1), (2027, 3, 31), (2027, 4, 1), (2027, 4, 21), (2027, 5, 1)),
    ],
)
def test_the_dates_of_the_rule_book(key, first, last, opens, due, closes) -> None:
    quarter = Quarter.parse(key)
    assert (quarter.first_day, quarter.last_day) == (date(*first), date(*last))
    assert quarter.opens_at == ist(*opens, 6)
    assert quarter.due_by == ist(*due)
    assert quarter.window_ends == ist(*closes)
    assert quarter.closes_at == ist(*closes, 6)


@pytest.mark.parametrize(
    ("key", "sent"), [("2026-27-H1", (2026, 11, 15)), ("2026-27-H2", (2027, 5, 15))]
)
def test_half_years_are_sent_on_the_15th_of_the_second_month(key, sent) -> None:
    assert HalfYear.parse(key).dispatch_at == ist(*sent, 6)


def test_what_comes_on_the_20th_is_in_time_wherever_the_clock_stands() -> None:
    quarter = Quarter.parse("2026-27-Q1")
    assert not quarter.is_late(ist(2026, 7, 20, 23, 59, 59))
    assert quarter.is_late(ist(2026, 7, 21))
    # The same instants, told in universal time.
    utc = timezone.utc  # noqa: UP017
    assert not quarter.is_late(datetime(2026, 7, 20, 18, 29, 59, tzinfo=utc))
    assert quarter.is_late(datetime(2026, 7, 20, 18, 30, tzinfo=utc))


def test_the_turn_of_the_century_has_its_key() -> None:
    assert Quarter(2099, 4).key == "2099-00-Q4"
    assert Quarter.parse("2099-00-Q4") + 1 == Quarter(2100, 1)
    assert Quarter(1999, 1).key == "1999-00-Q1"


@pytest.mark.parametrize("key", NO_QUARTERS)
def test_what_is_no_quarter_is_refused_with_its_value(key: str) -> None:
    assert not is_quarter_key(key)
    with pytest.raises(RequestError) as refused:
        Quarter.parse(key)
    assert key in refused.value.text("en")
    assert key in refused.value.text("hi")


@given(st.text(max_size=20))
def test_any_text_is_a_period_or_is_refused(text: str) -> None:
    try:
        period = parse_period(text)
    except RequestError:
        return
    assert period.key == text


@pytest.mark.parametrize("key", ["2026-27-H0", "2026-27-H3", "2026-27-Q1", "2026-27"])
def test_what_is_no_half_is_refused(key: str) -> None:
    assert not is_half_key(key)
    with pytest.raises(RequestError):
        HalfYear.parse(key)


@pytest.mark.parametrize("key", ["2026-28", "2026", "2026-27-Q1", "2026-27-H1"])
def test_what_is_no_year_is_refused(key: str) -> None:
    with pytest.raises(RequestError):
        FiscalYear.parse(key)


@pytest.mark.parametrize("number", [0, 3])
def test_a_half_cannot_be_made_with_another_number(number: int) -> None:
    with pytest.raises(RequestError):
        HalfYear(2026, number)


@pytest.mark.parametrize("number", [0, 5, -1])
def test_a_quarter_cannot_be_made_with_another_number(number: int) -> None:
    with pytest.raises(RequestError):
        Quarter(2026, number)


@pytest.mark.parametrize(
    ("key", "english", "hindi"),
    [
        ("2026-27-Q2", "Jul–Sep 2026 (2026-27-Q2)", "जुलाई–सितंबर 2026 (2026-27-Q2)"),
        ("2026-27-Q4", "Jan–Mar 2027 (2026-27-Q4)", "जनवरी–मार्च 2027 (2026-27-Q4)"),
        ("2026-27-H1", "Apr–Sep 2026 (2026-27-H1)", "अप्रैल–सितंबर 2026 (2026-27-H1)"),
        ("2026-27-H2", "Oct 2026–Mar 2027 (2026-27-H2)", "अक्टूबर 2026–मार्च 2027 (2026-27-H2)"),
        ("2026-27", "Apr 2026–Mar 2027 (2026-27)", "अप्रैल 2026–मार्च 2027 (2026-27)"),
    ],
)
def test_labels_name_months_and_key(key: str, english: str, hindi: str) -> None:
    period = parse_period(key)
    assert period.label("en") == english
    assert period.label("hi") == hindi


@pytest.fixture
def offsets_of_one_test() -> Iterator[None]:
    """The days that a programme sets, forgotten again."""
    kept = dict(calendar._offsets)
    use_offsets({})
    yield
    use_offsets(kept)


@pytest.mark.usefixtures("offsets_of_one_test")
def test_a_programme_without_days_of_its_own_has_the_usual_ones() -> None:
    half = HalfYear.parse("2026-27-H1")
    assert half.dispatch_at == datetime(2026, 11, 15, 6, tzinfo=IST)
    assert half.last_quarter.due_day == date(2026, 10, 20)
    assert half.last_quarter.window_ends == datetime(2026, 11, 1, tzinfo=IST)


@pytest.mark.usefixtures("offsets_of_one_test")
def test_days_that_a_programme_sets_hold_from_their_quarter_on() -> None:
    first, second, third = (Quarter.parse(f"2026-27-Q{number}") for number in (1, 2, 3))
    due = {first: 21, second: 22, third: 23}
    use_offsets({one: CalendarOffsets(due=DayAfterPeriod(1, day)) for one, day in due.items()})
    days = [(first + step).due_day.day for step in range(-1, 4)]
    assert days == [21, 21, 22, 23, 23]
