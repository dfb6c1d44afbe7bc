"""How long an explanation holds: while the value stays, or for the quarters the framework says."""

from __future__ import annotations

import pytest

from cpsa.framework.model import Framework
from cpsa.submissions.explanations import Explanation, match_explanations
from cpsa.submissions.finding import Finding

A = "IA-A"
Q1, Q2, Q4, NEXT_Q1 = "2025-26-Q1", "2025-26-Q2", "2025-26-Q4", "2026-27-Q1"


def warning(rule: str, quarter: str, observed: str, indicator: str = "OP2", **said) -> Finding:
    return Finding(rule, said.pop("severity", "warning"), A, quarter, indicator, "", observed)


def said(rule: str, quarter: str, observed: str, text: str = "because", indicator: str = "OP2"):
    return Explanation(A, quarter, rule, indicator, "", observed, text)


@pytest.mark.parametrize(
    ("finding", "explanation", "holds"),
    [
        (warning("Q02", Q1, "80"), said("Q02", Q1, "80"), True),
        (warning("Q02", Q2, "80"), said("Q02", Q1, "80"), True),  # later, and still the same
        (warning("Q02", Q1, "81"), said("Q02", Q1, "80"), False),
        (warning("Q02", Q1, "80"), said("Q02", Q2, "80"), False),  # said afterwards
        (warning("Q02", Q1, "80"), said("Q03", Q1, "80"), False),
        (warning("Q02", Q1, "80"), said("Q02", Q1, "80", indicator="OP1"), False),
        (warning("Q02", Q1, "80"), said("", Q1, ""), False),  # said before anything was found
        (warning("V02", Q1, "80", severity="error"), said("V02", Q1, "80"), False),
        # Of these two rules the value moves every quarter: the word holds for four of them.
        (warning("Q05", Q4, "0.31", "output"), said("Q05", Q1, "0.2", indicator="output"), True),
        (warning("Q05", NEXT_Q1, "0.2", "output"), said("Q05", Q1, "0.2", indicator="output"), False),
    ],
)  # fmt: skip
def test_an_explanation_holds(
    framework: Framework, finding: Finding, explanation: Explanation, holds: bool
) -> None:
    assert match_explanations([finding], [explanation], framework) == (
        {finding: "because"} if holds else {}
    )


def test_the_newest_that_holds_is_the_one_told(framework: Framework) -> None:
    finding = warning("Q02", Q2, "80")
    words = [
        said("Q02", Q1, "80", "old"),
        said("Q02", Q2, "80", "new"),
        said("Q02", Q2, "90", "other"),
    ]
    assert match_explanations([finding], words, framework) == {finding: "new"}
