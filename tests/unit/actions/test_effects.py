"""Figures before and after a decision, reckoned by hand."""

from __future__ import annotations

from datetime import datetime

import pandas as pd
import pytest

from cpsa.actions.decision_effects import Effect, compute_effects
from cpsa.calendar import IST, Quarter
from cpsa.framework.model import Framework

COLUMNS = ["number", "quarter", "agency", "department", "theme", "text", "request", "urgency"]
ACTIONS = pd.DataFrame(
    [("PA-2025-26-Q1-001", "2025-26-Q1", "IA-A", "BANKS", "CREDIT", "T", "R", "high")],
    columns=COLUMNS,
)
Q = ("2024-25-Q4", "2025-26-Q1", "2025-26-Q2", "2025-26-Q3", "2025-26-Q4", "2026-27-Q1")


def found(
    framework: Framework,
    values: dict[str, int],
    *decided: tuple[str, str],
    indicator: str = "OC6",
    last: str = Q[-1],
    span: int = 2,
) -> tuple[Effect, ...]:
    facts = pd.DataFrame(
        [("IA-A", quarter, indicator, "", value) for quarter, value in values.items()]
        + [("IA-A", quarter, indicator, "women", 1) for quarter in values]
        + [("IA-B", quarter, indicator, "", 9_999) for quarter in values],
        columns=["agency", "quarter", "indicator", "dimension", "hundredths"],
    )
    decisions = pd.DataFrame(
        [
            ("PA-2025-26-Q1-001", decision, datetime.fromisoformat(day).replace(tzinfo=IST))
            for decision, day in decided
        ],
        columns=["number", "decision", "decided_at"],
    )
    of = framework.by_code
    return compute_effects(
        ACTIONS, decisions, facts, lambda _: (of[indicator],), Quarter.parse(last), span
    )


def test_flows_are_means_of_the_quarters_on_either_side(framework: Framework) -> None:
    values = dict(zip(Q, (100, 200, 300, 9_000, 500, 700), strict=True))
    (one,) = found(framework, values, ("accepted", "2025-11-05"))
    assert (one.decided_in, one.before, one.after) == ("2025-26-Q3", 250, 600)
    assert (one.quarters_before, one.quarters_after) == (2, 2)
    (one,) = found(framework, values, ("accepted", "2025-11-05"), span=1, last=Q[4])
    assert (one.before, one.after) == (300, 500)


def test_of_stocks_the_latest_value_counts(framework: Framework) -> None:
    values = dict(zip(Q, (100, 200, 300, 9_000, 500, 700), strict=True))
    (one,) = found(framework, values, ("done", "2025-11-05"), indicator="SU1")
    assert (one.before, one.after) == (300, 700)


def test_a_quarter_without_a_figure_is_no_zero(framework: Framework) -> None:
    (one,) = found(framework, {Q[1]: 200, Q[5]: 700}, ("done", "2025-11-05"))
    assert (one.before, one.after) == (200, 700)
    assert (one.quarters_before, one.quarters_after) == (1, 1)
    assert not found(framework, {Q[1]: 200, Q[2]: 300}, ("done", "2025-11-05"))
    assert not found(framework, {Q[4]: 200, Q[5]: 300}, ("done", "2025-11-05"))


@pytest.mark.parametrize(
    ("decided", "quarter"),
    [
        ([("accepted", "2025-08-01"), ("done", "2026-02-01")], "2025-26-Q2"),
        ([("done", "2025-08-01"), ("reply_not_accepted", "2025-09-01")], None),
        (
            [("done", "2025-05-01"), ("reply_not_accepted", "2025-06-01"), ("done", "2025-08-01")],
            "2025-26-Q2",
        ),
        ([("not_pursued", "2025-08-01")], None),
        ([("reply_awaited", "2025-08-01")], None),
        ([], None),
    ],
)
def test_the_first_decision_that_stands_dates_the_effect(
    framework: Framework, decided: list[tuple[str, str]], quarter: str | None
) -> None:
    rows = found(framework, dict.fromkeys(Q, 100), *decided)
    assert [one.decided_in for one in rows] == ([quarter] if quarter else [])
