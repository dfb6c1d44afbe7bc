"""The limits of time beyond which nobody is written to, each at its last instant and the next."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from cpsa.calendar import Quarter
from cpsa.services.agency_letters.letter_windows import LetterWindow

QUARTER = Quarter.parse("2026-27-Q2")
OPENS, ENDS = QUARTER.opens_at, QUARTER.window_ends
MOMENT, DAY = timedelta(microseconds=1), timedelta(days=1)


def window(
    now: datetime, closed_at: datetime | None = None, live: bool = True, last_end: datetime = ENDS
) -> LetterWindow:
    return LetterWindow(QUARTER, now, closed_at, live, last_end)


@pytest.mark.parametrize(
    ("now", "is_open"),
    [(OPENS - MOMENT, False), (OPENS, True), (ENDS - MOMENT, True), (ENDS, False)],
)
def test_the_window_is_open_from_its_opening_until_its_end(now: datetime, is_open: bool) -> None:
    assert window(now).is_window_open is is_open


def test_a_later_own_due_date_keeps_letters_open_for_that_agency() -> None:
    own = ENDS + 3 * DAY
    assert not window(OPENS - MOMENT).is_open_until(own)
    assert window(OPENS).is_open_until(own)
    assert not window(ENDS).is_open_until(ENDS)
    assert window(ENDS).is_open_until(own)
    assert window(own - MOMENT).is_open_until(own)
    assert not window(own).is_open_until(own)
    assert not window(OPENS, live=False).is_open_until(own)
    assert not window(ENDS, closed_at=ENDS).is_open_until(own)


@pytest.mark.parametrize(
    ("closed_after", "now_after", "is_just_closed"),
    [
        (timedelta(0), timedelta(0), True),
        (timedelta(0), -MOMENT, False),
        (timedelta(0), 14 * DAY - MOMENT, True),
        (timedelta(0), 14 * DAY, False),
        (45 * DAY, timedelta(0), True),
        (45 * DAY + MOMENT, timedelta(0), False),
    ],
)
def test_a_closing_is_news_for_14_days_and_only_near_its_time(
    closed_after: timedelta, now_after: timedelta, is_just_closed: bool
) -> None:
    closed_at = ENDS + closed_after
    assert window(closed_at + now_after, closed_at).is_just_closed is is_just_closed
    assert not window(closed_at + now_after, closed_at, live=False).is_just_closed


@pytest.mark.parametrize(
    ("received_at", "age", "is_recent"),
    [
        (OPENS, timedelta(0), True),
        (OPENS - MOMENT, timedelta(0), False),
        (OPENS, 45 * DAY, True),
        (OPENS, 45 * DAY + MOMENT, False),
    ],
)
def test_a_file_is_recent_for_45_days(
    received_at: datetime, age: timedelta, is_recent: bool
) -> None:
    assert window(received_at + age).is_recent(received_at) is is_recent


def test_files_of_the_window_are_answered_until_14_days_after_it() -> None:
    last = ENDS + 14 * DAY
    assert window(last - MOMENT).is_under_way(OPENS)
    assert not window(last).is_under_way(OPENS)
    own = window(last, last_end=ENDS + DAY)
    assert own.is_under_way(OPENS), "an agency's own due date moves the end"


def test_after_an_outage_the_14_days_begin_with_the_closing_at_most_45_days_late() -> None:
    closed_at = ENDS + 40 * DAY
    assert window(closed_at + 14 * DAY - MOMENT, closed_at).is_under_way(OPENS)
    assert not window(closed_at + 14 * DAY, closed_at).is_under_way(OPENS)
    much_later = ENDS + 300 * DAY
    assert not window(much_later, much_later).is_under_way(OPENS)
    assert window(much_later, much_later).is_under_way(much_later), (
        "a late file of a closed quarter"
    )
