"""Reporting, accepted and on-time rates: of whom they are counted."""

from __future__ import annotations

import pytest

from cpsa.scoring.reporting_rates import ReportingRates, on_time_rate

MEMBERS = [f"IA-{number}" for number in range(12)]


def test_each_rate_counts_the_forms_members_and_on_time_only_who_was_requested() -> None:
    rates = ReportingRates.from_members(
        "IA",
        MEMBERS,
        reported={*MEMBERS[:9], "FC-1"},
        accepted=set(MEMBERS[:6]),
        on_time=set(MEMBERS[:4]),
        requested=set(MEMBERS[:10]),
    )
    assert rates == ReportingRates("IA", 12, 9, 6, 4, not_requested=2)
    assert rates.reporting_rate == 9 / 12
    assert rates.accepted_rate == 6 / 12
    assert rates.on_time_rate == 4 / 10


@pytest.mark.parametrize("unknown", [None, float("nan")])
def test_where_it_is_unknown_who_was_requested_everybody_was(unknown: float | None) -> None:
    assert on_time_rate(3, 12, unknown) == 3 / 12


def test_a_rate_of_nobody_is_unknown() -> None:
    assert ReportingRates.from_members("FC", [], [], [], [], []).reporting_rate is None
    assert on_time_rate(0, 2, 2) is None
    assert on_time_rate(0, 12, 0) == 0
