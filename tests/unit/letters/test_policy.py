"""When reminders are due: the newest step that has come, and a file that says when."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.unit.letters.samples import POLICY, QUARTER

from cpsa.calendar import IST
from cpsa.errors import RequestError
from cpsa.letters.letter_policy import Deadlines, LetterPolicy

FILE = """
reminders:
  - {{code: {code}, from: {anchor}, days: {days}}}
  - {{code: later, from: window, days: 0}}
reminder_hour: {hour}
link_days: 45
"""


def on(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 10, day, hour, minute, tzinfo=IST)


@pytest.mark.parametrize(
    ("now", "code"),
    [
        (on(1, 6), None),
        (on(15, 8, 59), None),
        (on(15, 9), "before-5"),
        (on(18, 23), "before-5"),
        (on(19, 9), "before-1"),
        (on(21, 8, 59), "before-1"),
        (on(21, 9), "after-1"),
        (on(26, 9), "last-5"),
        (on(31, 23), "last-5"),
    ],
)
def test_only_the_newest_step_that_has_come(now, code):
    step = POLICY.find_newest_step(Deadlines(QUARTER.due_by, QUARTER.window_ends), now)
    assert (step.code if step else None) == code


@pytest.mark.parametrize(
    ("due_by", "last_end", "steps"),
    [
        # Requested on 25 October: due by 8 November, and the quarter closes on the 9th.
        ((11, 9), (11, 9), {"before-5": (11, 3), "before-1": (11, 7), "after-1": (11, 9)}),
        ((11, 9), (11, 9), {"last-5": (11, 3)}),
        # Another agency has until 8 November: one due by the 25th is reminded from the 8th too.
        ((10, 26), (11, 9), {"before-5": (10, 20), "after-1": (10, 26), "last-5": (11, 3)}),
        # One that is due by the 20th has until the window's end.
        ((10, 21), (11, 9), {"before-5": (10, 15), "last-5": (10, 26)}),
    ],
)
def test_steps_count_from_the_agencys_own_due_date_and_the_day_before_closing(
    due_by, last_end, steps
):
    ends = (datetime(2026, *day, tzinfo=IST) for day in (due_by, last_end))
    deadlines = Deadlines.from_due_date(QUARTER, *ends)
    found = {code: step.get_day(deadlines) for code, step in POLICY.steps.items()}
    assert {code: (found[code].month, found[code].day) for code in steps} == steps


def test_a_link_outlives_the_window_and_the_file_it_is_about():
    after_window = POLICY.compute_link_end(QUARTER.window_ends)
    assert after_window == QUARTER.window_ends + timedelta(days=45)
    late = QUARTER.window_ends + timedelta(days=100)
    assert POLICY.compute_link_end(QUARTER.window_ends, late) == late + timedelta(days=45)
    assert POLICY.compute_link_end(QUARTER.window_ends, QUARTER.opens_at) == after_window


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"anchor": "easter"}, "easter"),
        ({"days": 61}, "61"),
        ({"days": -61}, "-61"),
        ({"days": "soon"}, "soon"),
        ({"hour": 24}, "24"),
        ({"code": "later"}, "later"),
        ({"code": "before 5"}, "before 5"),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused_with_what_to_mend(tmp_path: Path, wrong, says):
    said = {"code": "first", "anchor": "due", "days": -5, "hour": 9} | wrong
    (tmp_path / "letters.yaml").write_text(FILE.format(**said), "utf-8")
    with pytest.raises(RequestError, match=r"letters\.yaml") as refused:
        LetterPolicy.load(tmp_path)
    assert says in str(refused.value)
