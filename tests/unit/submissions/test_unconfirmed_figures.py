"""Which open findings put which figures in doubt."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from cpsa.framework.model import Framework
from cpsa.submissions.unconfirmed_figures import FigureDoubts

QUARTER = "2026-27-Q2"
THAT_UNCONFIRM = {"Q01", "Q02", "Q03", "Q10", "M01"}


@dataclass(frozen=True)
class Row:
    indicator: str = "OP2"
    dimension: str = ""
    rule: str = "Q02"
    agency: str = "IA-A"
    quarter: str = QUARTER


def test_the_rules_that_unconfirm_are_data(framework: Framework) -> None:
    named = {rule.id for rule in framework.rules.values() if rule.unconfirms}
    assert named >= THAT_UNCONFIRM
    assert not named & {"Q04", "Q05", "Q06", "Q07", "Q09", "M02", "M03"}


@pytest.mark.parametrize(
    ("finding", "figure", "unconfirmed"),
    [
        (Row(), Row(), True),
        (Row(), Row(dimension="women"), True),  # part of the total
        (Row(dimension="women"), Row(dimension="women"), True),
        (Row(dimension="women"), Row(), False),  # the total is not a part of it
        (Row(dimension="women"), Row(dimension="micro"), False),
        (Row(), Row(indicator="OP1"), False),
        (Row(), Row(quarter="2026-27-Q1"), False),
        (Row(), Row(agency="IA-B"), False),
        (Row(rule="Q04", indicator="A2"), Row(indicator="A2"), False),
        (Row(rule="Q06", indicator="A2"), Row(indicator="A2"), False),
        (Row(rule="unknown"), Row(), False),
    ],
)
def test_a_figure_is_unconfirmed_by_a_finding_on_it_or_on_its_total(
    framework: Framework, finding: Row, figure: Row, unconfirmed: bool
) -> None:
    doubts = FigureDoubts([finding], framework.rules)
    assert list(doubts.iter_findings(figure)) == ([finding] if unconfirmed else [])


def test_another_rule_unconfirms_by_data_alone(framework: Framework) -> None:
    rules = {
        **framework.rules,
        "Q06": framework.rules["Q06"].model_copy(update={"unconfirms": True}),
    }
    finding = Row(rule="Q06", indicator="A2")
    assert list(FigureDoubts([finding], rules).iter_findings(Row(indicator="A2"))) == [finding]
    assert FigureDoubts([finding], rules).agencies == {"IA-A"}
