"""Who has reported, who was accepted and who was on time, as a closing counts them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from cpsa.calendar import Quarter
from cpsa.scoring.reporting_rates import ReportingRates
from cpsa.services.quarter.closing_rates import count_reporting
from cpsa.store.queries.examination_queries import SubmissionRecord
from cpsa.submissions.due_date import DueDate

QUARTER = Quarter.parse("2026-27-Q2")
CLOSED_AT = QUARTER.window_ends + timedelta(hours=1)
ON_TIME = QUARTER.opens_at + timedelta(days=2)
MOMENT = timedelta(microseconds=1)


def submission(agency: str, state: str, received_at: datetime = ON_TIME) -> SubmissionRecord:
    """One received version; what a closing does not look at is blank."""
    return SubmissionRecord(
        1, agency, QUARTER.key, 1, "", "", "folder", received_at, state, "", None, None, None
    )


def rates(*submissions: SubmissionRecord) -> ReportingRates:
    agencies = ("IA-A", "IA-B", "IA-C")
    (row,) = count_reporting(
        dict.fromkeys(agencies, "IA"),
        ["IA"],
        {row.agency: row.state for row in submissions},
        submissions,
        {agency: DueDate(QUARTER.due_by, True) for agency in agencies},
        CLOSED_AT,
    )
    return row


@pytest.mark.parametrize(
    ("state", "reported", "accepted"),
    [
        ("accepted", 1, 1),
        ("returned", 1, 0),
        ("rejected", 0, 0),
        ("unreadable", 0, 0),
        ("held", 0, 0),
    ],
)
def test_a_file_that_could_not_be_used_is_no_report(
    state: str, reported: int, accepted: int
) -> None:
    found = rates(submission("IA-A", state))
    assert (found.expected, found.received, found.accepted) == (3, reported, accepted)
    assert found.on_time == reported


def test_what_arrives_at_the_instant_of_closing_is_not_counted() -> None:
    before = submission("IA-A", "returned", CLOSED_AT - MOMENT)
    at_closing = submission("IA-B", "returned", CLOSED_AT)
    assert rates(before, at_closing).received == 1


def test_several_versions_of_one_agency_are_one_report_and_the_first_says_whether_in_time() -> None:
    late = QUARTER.due_by + timedelta(days=1)
    found = rates(submission("IA-A", "returned"), submission("IA-A", "returned", late))
    assert (found.received, found.on_time) == (1, 1)
    assert rates(submission("IA-A", "returned", late)).on_time == 0
