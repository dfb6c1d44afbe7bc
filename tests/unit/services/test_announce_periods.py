"""A stale period is handed on once, and again when there is more to it or nothing came of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.factories import Clerk, RegistryFolder
from tests.stores import fill_office

from cpsa.calendar import HalfYear, Quarter
from cpsa.services.publication.announce_periods import (
    AGAIN_AFTER,
    announce_periods,
    finish_announced,
)
from cpsa.services.quarter.load_registry import load_registry
from cpsa.services.quarter.reopen_quarter import reopen_quarter

Q1, Q2, Q3 = (Quarter.parse(f"2025-26-Q{number}") for number in (1, 2, 3))
H1 = HalfYear.parse("2025-26-H1")
NOW = Q3.closes_at
MINUTE = timedelta(minutes=1)


@pytest.fixture
def clerk(clerk: Clerk, tmp_path) -> Clerk:
    def closed() -> None:
        registry = RegistryFolder({"IA-A": Q1.key}).write(tmp_path / "registry")
        load_registry(clerk.office, registry, Q1.opens_at)
        for quarter in (Q1, Q2):
            clerk.send("IA-A", quarter.key, {"OP1": 9})
            clerk.close(quarter.key)

    fill_office(clerk.office, "two quarters closed, nothing announced", closed)
    return clerk


def restate(clerk: Clerk, quarter: Quarter) -> None:
    clerk.send("IA-A", quarter.key, {"OP1": 8}, NOW)
    reopen_quarter(clerk.office, "IA-A", quarter, "typing error", "admin", NOW)


def test_a_period_is_handed_on_once(clerk: Clerk) -> None:
    assert announce_periods(clerk.office, [Q1, H1], NOW) == (Q1.key, H1.key)
    assert announce_periods(clerk.office, [Q1, Q2, H1], NOW + MINUTE) == (Q2.key,)


def test_it_is_handed_on_again_when_the_store_knows_more(clerk: Clerk) -> None:
    announce_periods(clerk.office, [Q1, Q2, H1], NOW)
    restate(clerk, Q2)
    assert announce_periods(clerk.office, [Q1, Q2, H1], NOW + MINUTE) == (Q2.key, H1.key)


def test_closing_a_later_quarter_is_nothing_to_an_earlier_one(clerk: Clerk) -> None:
    announce_periods(clerk.office, [Q1, H1], NOW)
    clerk.send("IA-A", Q3.key, {"OP1": 9})
    clerk.close(Q3.key)
    assert announce_periods(clerk.office, [Q1, H1], NOW + MINUTE) == ()


def test_it_is_handed_on_again_when_nothing_came_of_it(clerk: Clerk) -> None:
    announce_periods(clerk.office, [Q1], NOW)
    assert announce_periods(clerk.office, [Q1], NOW + AGAIN_AFTER - MINUTE) == ()
    assert announce_periods(clerk.office, [Q1], NOW + AGAIN_AFTER) == (Q1.key,)


def test_when_its_work_has_ended_it_is_handed_on_at_once_if_it_is_stale_again(
    clerk: Clerk,
) -> None:
    announce_periods(clerk.office, [Q1], NOW)
    finish_announced(clerk.office, Q1, NOW + MINUTE)
    finish_announced(clerk.office, Q2, NOW + MINUTE)  # was never announced: nothing to end
    assert announce_periods(clerk.office, [Q1], NOW + 2 * MINUTE) == (Q1.key,)


def test_the_act_that_made_it_stale_hands_it_on_in_any_case(clerk: Clerk) -> None:
    announce_periods(clerk.office, [Q1], NOW)
    assert announce_periods(clerk.office, [Q1], NOW + MINUTE, force=True) == (Q1.key,)
    assert announce_periods(clerk.office, [Q1], NOW + 2 * MINUTE) == ()
