"""When reminders are due: the newest step that has come, and a file that says when."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.unit.letters.samples import POLICY, QUARTER

from cpsa.calendar import IST
from cpsa.errors import RequestError
from cpsa.letters import Policy

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
    step = POLICY.newest_step(QUARTER, now)
    assert (step.code if step else None) == code


def test_a_link_outlives_the_window_and_the_file_it_is_about():
    after_window = POLICY.link_until(QUARTER)
    assert after_window == QUARTER.window_ends + timedelta(days=45)
    late = QUARTER.window_ends + timedelta(days=100)
    assert POLICY.link_until(QUARTER, late) == late + timedelta(days=45)
    assert POLICY.link_until(QUARTER, QUARTER.opens_at) == after_window


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"anchor": "easter"}, "easter"),
        ({"days": 61}, "61"),
        ({"days": -61}, "-61"),
        ({"days": "soon"}, "soon"),
        ({"hour": 24}, "24"),
        ({"code": "later"}, "later, later"),
        ({"code": "before 5"}, "before 5"),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused_with_what_to_mend(tmp_path: Path, wrong, says):
    said = {"code": "first", "anchor": "due", "days": -5, "hour": 9} | wrong
    (tmp_path / "letters.yaml").write_text(FILE.format(**said), "utf-8")
    with pytest.raises(RequestError, match=r"letters\.yaml") as refused:
        Policy.load(tmp_path)
    assert says in str(refused.value)
