"""M01 to M03, P01 and P11: what only the whole quarter shows."""

from __future__ import annotations

import pandas as pd
import pytest
from tests.factories import INCLUDE
from tests.unit.checks.examining import hundredths, quarter_figures

from cpsa.checks.find_macro_findings import find_macro_findings
from cpsa.reference.reference_data import Reference
from cpsa.scoring.panel import Panel
from cpsa.scoring.reporting_rates import ReportingRates

NOW = "2026-27-Q1"


def panel_of(framework, values: dict[str, dict[str, object]], form: str = "IA") -> Panel:
    """A quarter's accepted totals by agency; an agency without any was not accepted."""
    facts = [
        (agency, NOW, code, "", hundredths(value))
        for agency, totals in values.items()
        for code, value in totals.items()
    ]
    return Panel.build(
        framework,
        form,
        list(values),
        [NOW],
        quarter_figures(
            framework,
            form,
            pd.DataFrame(
                [(agency, NOW) for agency, totals in values.items() if totals],
                columns=["agency", "quarter"],
            ),
            pd.DataFrame(
                facts, columns=["agency", "quarter", "indicator", "dimension", "hundredths"]
            ),
        ),
        pd.DataFrame(columns=["agency", "indicator", "quarter", "hundredths"]),
        pd.DataFrame(columns=["agency", "indicator", "weight"]),
    )


def found(
    framework, values=None, reporting=(), baselines=(), known=(), form="IA", to_date=None
) -> list:
    return find_macro_findings(
        framework,
        NOW,
        [panel_of(framework, values or {}, form)],
        reporting,
        pd.DataFrame(list(baselines), columns=["agency", "indicator"]),
        known,
        to_date or {},
    )


def trainings(*sizes: object) -> dict[str, dict[str, object]]:
    """Agencies by how many trainees came to their one training; None: none accepted."""
    return {
        f"IA-{place}": {} if size is None else {"OP1": 1, "OP2": size}
        for place, size in enumerate(sizes)
    }


def outliers(framework, values) -> list[str]:
    return [one.agency for one in found(framework, values) if one.rule == "M01"]


def test_m01_exactly_at_the_limit_and_just_beyond(framework) -> None:
    # 7000 / 1349 is 3.5 / 0.6745.
    peers = [8000, 8000, 8000 - 1349, 8000 - 1349, 8000 + 1349]
    assert outliers(framework, trainings(15000, *peers)) == []
    assert outliers(framework, trainings(15001, *peers)) == ["IA-0"]
    peers = [8000, 8000, 8000 + 1349, 8000 + 1349, 8000 - 1349]
    assert outliers(framework, trainings(1000, *peers)) == []
    assert outliers(framework, trainings(999, *peers)) == ["IA-0"]


def test_m01_needs_five_peers_itself_included(framework) -> None:
    assert outliers(framework, trainings(900, 19, 20, 21)) == []
    assert outliers(framework, trainings(900, 19, 20, 21, None)) == []
    assert outliers(framework, trainings(900, 19, 20, 21, 22)) == ["IA-0"]


def test_m01_who_held_no_training_is_no_peer(framework) -> None:
    four = trainings(900, 19, 20, 21)
    assert outliers(framework, four | {"IA-9": {"OP1": 0, "OP2": 0}}) == []
    assert outliers(framework, four | {"IA-9": {"OP1": 2}}) == []


def test_m01_no_finding_where_there_is_no_spread(framework) -> None:
    assert outliers(framework, trainings(900, 20, 20, 20, 20)) == []


def test_m01_is_the_ratio_not_the_number(framework) -> None:
    big = {"IA-9": {"OP1": 50, "OP2": 1000}}
    assert outliers(framework, trainings(18, 19, 20, 21, 22) | big) == []
    (told,) = found(framework, trainings(18, 19, 20, 21, 900))
    assert (told.indicator, told.observed, told.expected) == ("OP2", "900.0000", "20.0000")


def test_m01_is_for_ias_alone(framework) -> None:
    assert found(framework, {"FC-1": {"FA1": 5}}, form="FC") == []


@pytest.mark.parametrize(
    ("expected", "accepted", "is_found"),
    [(5, 4, False), (10, 8, False), (35, 28, False), (10, 7, True), (1, 0, True), (0, 0, False)],
)
def test_m02_four_of_five_are_enough(framework, expected, accepted, is_found) -> None:
    told = found(framework, reporting=[ReportingRates("FC", expected, expected, accepted, 0)])
    assert [(one.rule, one.agency) for one in told] == ([("M02", "FC")] if is_found else [])


def test_m02_says_the_rate(framework) -> None:
    (told,) = found(framework, reporting=[ReportingRates("IA", 7, 7, 5, 5)])
    assert (told.observed, told.expected, told.severity) == ("0.7143", "0.8000", "warning")


def test_m03_a_figure_without_a_baseline(framework) -> None:
    values = {"IA-1": {"OC1": "500.50", "OC2": -3, "OC3": 0, "OP1": 7}, "IA-2": {}}
    told = found(framework, values)
    assert [(one.rule, one.agency, one.indicator) for one in told] == [
        ("M03", "IA-1", "OC1"),
        ("M03", "IA-1", "OC2"),
    ]
    assert told[0].observed == "500.50"


def test_m03_is_told_once_and_not_where_there_is_one(framework) -> None:
    values = {"IA-1": {"OC1": 5, "OC2": 3, "OC4": 1}, "IA-2": {"OC1": 5}}
    told = found(framework, values, baselines=[("IA-1", "OC1")], known={("IA-1", "OC2")})
    assert [(one.agency, one.indicator) for one in told] == [("IA-2", "OC1"), ("IA-1", "OC4")]


CRORE = 10_000_000 * 100  # hundredths


def over_budget(framework, rule: str, form: str, to_date) -> list[tuple[str, str, str, str]]:
    return [
        (one.agency, one.indicator, one.observed, one.expected)
        for one in found(framework, {"ANY": {}}, form=form, to_date=to_date)
        if one.rule == rule
    ]


@pytest.mark.parametrize(
    ("code", "crore"),
    [
        *(("SP1", 10), ("SP2", 3), ("SP3", 1), ("SP4", 1), ("SP6", 2.5), ("SP7", 3)),
        *(("SP8C", 30), ("SP8S", 6), ("SP8P", 9)),
    ],
)
def test_p01_spending_to_date_up_to_the_budget_and_a_paisa_above(framework, code, crore) -> None:
    limit = int(crore * CRORE)
    assert over_budget(framework, "P01", "CPSA", {code: {"CPSA": limit}}) == []
    above = over_budget(framework, "P01", "CPSA", {code: {"CPSA": limit + 1}})
    assert above == [("CPSA", code, f"{limit // 100}.01", f"{limit // 100}")]


def test_p11_all_sanctioned_budgets_up_to_row_5_and_a_paisa_above(framework) -> None:
    ten = {f"IA-{place}": 2 * CRORE for place in range(10)}
    assert over_budget(framework, "P11", "IA", {"B1": ten}) == []
    above = over_budget(framework, "P11", "IA", {"B1": ten | {"IA-X": 1}})
    assert above == [("IA", "B1", "200000000.01", "200000000")]


def test_p11_one_sanctioned_budget_up_to_the_rate_and_a_paisa_above(framework) -> None:
    assert over_budget(framework, "P11", "IA", {"B1": {"IA-A": 2 * CRORE, "IA-B": CRORE}}) == []
    above = over_budget(framework, "P11", "IA", {"B1": {"IA-A": 2 * CRORE + 1, "IA-B": CRORE}})
    assert above == [("IA-A", "B1", "20000000.01", "20000000")]


def test_what_is_above_a_budget_is_for_cpsa_only(framework) -> None:
    for rule in ("P01", "P11"):
        assert (framework.rules[rule].severity, framework.rules[rule].addressee) == (
            *("warning", "cpsa"),
        )


def test_limits_are_those_of_the_budget(framework) -> None:
    """Rules are kept with closed quarters, the budget is not: both say the same."""
    budget = Reference.load(INCLUDE / "programme" / "reference").budget
    rows = {f"SP{row}": budget[f"B{row}"].total_paise for row in (1, 2, 3, 4, 6, 7)}
    lines = {line.fund_source: line.paise for line in budget["B8"].lines}
    rows |= {"SP8C": lines["GOI"], "SP8S": lines["GOMP"], "SP8P": lines["PRIVATE"]}
    limits = {one["indicator"]: one for one in framework.rules["P01"].parameters["limits"]}
    assert {code: limit["sum"] * 100 for code, limit in limits.items()} == rows
    (row_5,) = framework.rules["P11"].parameters["limits"]
    assert row_5["sum"] * 100 == budget["B5"].total_paise
    assert row_5["each"] == budget["B5"].unit_cost_rupees
