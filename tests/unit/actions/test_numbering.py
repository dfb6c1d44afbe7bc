"""Policy actions get their numbers once, for life."""

from __future__ import annotations

import pandas as pd

from cpsa.actions.action_numbers import assign_numbers
from cpsa.calendar import Quarter

QUARTER = Quarter.parse("2025-26-Q4")
COLUMNS = [
    *("number", "quarter", "agency", "department", "theme", "text", "request"),
    *("urgency", "scheme"),
]


def entry(request: str, kind: str = "policy_support", **change: str) -> dict[str, str]:
    return {
        "agency": "IA-A",
        "quarter": QUARTER.key,
        "kind": kind,
        "department": "BANKS",
        "theme": "CREDIT",
        "text": "why",
        "request": request,
        "urgency": "high",
        "scheme": "",
    } | change


def number(entries: list[dict[str, str]], known: list[dict[str, object]] = []) -> list[dict]:  # noqa: B006
    return assign_numbers(pd.DataFrame(entries), pd.DataFrame(known, columns=COLUMNS), QUARTER)


def test_requests_are_numbered_in_their_order_and_nothing_else_is() -> None:
    found = number([entry("one"), entry("", kind="lesson"), entry("two")])
    assert [(row["number"], row["request"]) for row in found] == [
        ("PA-2025-26-Q4-001", "one"),
        ("PA-2025-26-Q4-002", "two"),
    ]


def test_a_request_keeps_its_number_when_more_come() -> None:
    first = number([entry("one"), entry("two")])
    more = number([entry("new"), entry("one", urgency="low"), entry("two")], first)
    assert [(row["number"], row["request"]) for row in more] == [("PA-2025-26-Q4-003", "new")]


def test_a_number_is_not_given_again_when_a_request_is_withdrawn() -> None:
    first = number([entry("one"), entry("two")])
    (again,) = number([entry("three")], first)
    assert again["number"] == "PA-2025-26-Q4-003"


def test_the_same_twice_is_one_request_and_another_department_is_another() -> None:
    found = number([entry("one"), entry("one"), entry("one", department="DOIC")])
    assert [row["department"] for row in found] == ["BANKS", "DOIC"]
