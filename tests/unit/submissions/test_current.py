"""The one definition of an agency's state, its current submission and an open finding."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpsa.framework.model import Framework
from cpsa.submissions.current import (
    agency_state,
    current_submission,
    is_locked_out,
    obligation_state,
    version_state,
)
from cpsa.submissions.finding import Finding
from cpsa.submissions.open_finding import (
    is_for_agency,
    is_open,
    open_warnings,
    rules_for_cpsa,
    select_current,
)
from cpsa.submissions.state import ObligationState, SubmissionState

STORED = [state for state in SubmissionState if state is not SubmissionState.SUPERSEDED]


class Version(NamedTuple):
    version: int
    state: str


def versions(*states: str) -> list[Version]:
    return [Version(number, state) for number, state in enumerate(states, 1)]


@pytest.mark.parametrize(
    ("states", "closed", "state", "current"),
    [
        ((), False, "expected", None),
        ((), True, "missing", None),
        (("received",), False, "received", 1),
        (("returned", "received"), False, "received", 2),
        (("accepted", "returned"), False, "accepted", 1),
        (("accepted", "accepted"), True, "accepted", 2),
        (("returned", "unreadable"), True, "unreadable", 2),
        (("rejected",), True, "rejected", 1),
        (("held",), True, "missing", None),
        (("returned", "held"), True, "returned", 1),
        (("accepted", "held"), True, "accepted", 1),
    ],
)
def test_the_state_is_that_of_the_current_submission(
    states: tuple[str, ...], closed: bool, state: str, current: int | None
) -> None:
    rows = versions(*states)
    found = current_submission(rows)
    assert (found.version if found else None) == current
    assert agency_state(rows, closed=closed) == state
    assert type(agency_state(rows, closed=closed)) is str, "digests of closings are made of it"
    assert is_locked_out(rows) == (states[-1:] == ("held",))


def test_an_obligation_has_four_states() -> None:
    assert obligation_state([], closed=False) is ObligationState.EXPECTED
    assert obligation_state([], closed=True) is ObligationState.MISSING
    assert obligation_state(versions("returned"), closed=True) is ObligationState.SUBMITTED
    assert obligation_state(versions("received"), closed=False) is ObligationState.SUBMITTED
    assert (
        obligation_state(versions("accepted", "returned"), closed=True) is ObligationState.ACCEPTED
    )
    assert obligation_state(versions("held"), closed=True) is ObligationState.MISSING


def test_accepted_is_superseded_once_a_later_version_is_accepted() -> None:
    rows = versions("accepted", "returned", "accepted", "held")
    states = [version_state(row, rows) for row in rows]
    assert states == ["superseded", "returned", "accepted", "held"]


@given(st.lists(st.sampled_from(STORED), max_size=5), st.booleans())
def test_a_locked_out_file_changes_no_state(states: list[str], closed: bool) -> None:
    rows = versions(*states)
    admitted = [row for row in rows if row.state != "held"]
    assert agency_state(rows, closed=closed) == agency_state(admitted, closed=closed)


@pytest.mark.parametrize(
    ("severity", "waived", "explanation", "expected"),
    [
        ("error", False, "", True),
        ("error", False, "because", True),
        ("error", True, "", False),
        ("warning", False, "", True),
        ("warning", False, "because", False),
        ("warning", True, "", False),
    ],
)
def test_open_is_neither_waived_nor_explained(
    severity: str, waived: bool, explanation: str, expected: bool
) -> None:
    finding = Finding("Q01", severity, "IA-A", "2026-27-Q2", waived=waived)
    assert is_open(finding, explanation) is expected


def test_what_only_cpsa_can_answer_is_no_warning_of_an_agency(framework: Framework) -> None:
    assert sorted(rules_for_cpsa(framework)) == ["M02", "M03", "P01", "P10", "P11"]
    findings = [
        Finding(rule, "warning", agency, "2026-27-Q2")
        for rule, agency in (("Q01", "IA-A"), ("M01", "IA-A"), ("M03", "IA-A"), ("M02", "IA"))
    ]
    assert [is_for_agency(finding, framework) for finding in findings] == [True, True, False, False]
    assert open_warnings(findings, {}, framework) == findings[:2]
    assert open_warnings(findings, {findings[0]: "because"}, framework) == findings[1:2]


class Row(NamedTuple):
    rule: str
    indicator: str
    dimension: str
    version: int
    severity: str = "warning"
    waived: bool = False


def test_a_finding_of_another_version_is_corrected_and_each_counts_once() -> None:
    rows = [
        Row("Q01", "OP1", "", 1),
        Row("Q02", "OP2", "", 2),
        Row("M01", "OP2", "", 0),
        Row("M01", "OP2", "", 0),
    ]
    assert select_current(rows, 2) == [rows[1], rows[3]]
    assert select_current(rows, None) == [rows[3]]
