"""How far an agency is on a list of steps: order, gaps, and the day to which is counted."""

from __future__ import annotations

import pytest

from cpsa.submissions.step_days import measure_steps

STEPS = ("A", "B", "C")


def test_days_are_counted_from_step_to_step_and_to_the_day() -> None:
    found = measure_steps(STEPS, {"B": "2026-03-01", "A": "2026-01-30", "C": ""}, "2026-09-30")
    assert found is not None
    assert (found.reached, found.days, found.last) == (("A", "B"), {"B": 30}, "B")
    assert (found.waiting, found.waiting_days) == ("C", 213)


def test_a_step_passed_over_is_not_what_is_waited_for() -> None:
    found = measure_steps(STEPS, {"A": "2026-01-30", "C": "2026-02-09"}, "2026-09-30")
    assert found is not None
    assert (found.days, found.waiting) == ({"C": 10}, None)


@pytest.mark.parametrize(("until", "reached"), [("2026-01-29", None), ("2026-01-30", ("A",))])
def test_a_date_after_the_day_is_not_reached(until: str, reached: tuple[str, ...] | None) -> None:
    found = measure_steps(STEPS, {"A": "2026-01-30"}, until)
    assert (found.reached if found else None) == reached
