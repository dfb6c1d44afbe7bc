"""V01 to V07: what cannot be true, at the edges where it just can."""

from __future__ import annotations

import pytest
from tests.factories import indicators
from tests.unit.checks.examining import before, examined, found, only

PAIRS = [
    *(("OP1", "OP2"), ("OP3", "OP4"), ("CB3", "CB4"), ("OC3", "OC3P"), ("OC4", "OC4P")),
    *(("OC6", "OC6E"), ("SU1", "SU2"), ("SU3", "SU4"), ("FW1", "FW2")),
]


def form_of(code: str) -> str:
    return "FC" if code.startswith("F") else "IA"


# V01: a total is missing


@pytest.mark.parametrize("form", ["IA", "FC"])
def test_v01_every_total_is_required_but_those_of_impact(framework, form: str) -> None:
    codes = [row["code"] for row in indicators(form)]
    required = {row["code"] for row in indicators(form) if row["group"] != "impact"}
    assert only(framework, "V01", form=form, absent=codes, rows=[("X", "", "")]) == required


@pytest.mark.parametrize("blank", ["", "-", "NA", "N/A"])
def test_v01_a_blank_is_missing(framework, blank: str) -> None:
    assert found(framework, {"A1": blank}) == {("V01", "A1", "")}


@pytest.mark.parametrize("zero", ["0", "NIL", "शून्य"])
def test_v01_a_confirmed_zero_is_not(framework, zero: str) -> None:
    assert found(framework, {"A1": zero}) == set()


def test_v01_nil_answers_flows_and_no_stock(framework) -> None:
    assert only(framework, "V01", absent=["A1", "OP1", "SU1", "B1"], nil=True) == {"SU1", "B1"}
    assert only(framework, "V01", absent=["A1", "OP1", "SU1", "B1"]) == {"A1", "OP1", "SU1", "B1"}


# V02: a part above the whole


def test_v02_the_part_may_be_the_whole_and_no_more(framework) -> None:
    whole = {"OP1": 2, "OP2": 40}
    assert only(framework, "V02", whole | {"OP2:women": 40}) == set()
    assert only(framework, "V02", whole | {"OP2:women": 41}) == {"OP2:women"}


def test_v02_tells_each_part_apart(framework) -> None:
    values = {"OC3": 1, "OC3P": 10, "OC3P:women": 11, "OC3P:poverty": 10}
    assert only(framework, "V02", values) == {"OC3P:women"}


def test_v02_holds_at_a_total_of_zero_and_not_below(framework) -> None:
    assert only(framework, "V02", {"OC5": 0, "OC5:women": 1}) == {"OC5:women"}
    assert only(framework, "V02", {"OC5": -5, "OC5:women": 3}) == set()


def test_v02_needs_a_total_that_counts(framework) -> None:
    assert only(framework, "V02", {"OP2": "", "OP2:women": 3}) == set()
    assert only(framework, "V02", {"OP2": "x", "OP2:women": 3}) == set()


def test_v02_sees_the_zero_of_nil(framework) -> None:
    found_ = found(framework, {"OP2": "", "OP2:women": 3}, nil=True)
    assert found_ == {("V02", "OP2", "women")}


# V03: more used than sanctioned


def test_v03_all_that_was_sanctioned_may_be_used_and_not_a_paisa_more(framework) -> None:
    history = before({"B2": "400000"}, {"B2": "500000.50"})
    used = {"B1": "1000000"}
    assert only(framework, "V03", used | {"B2": "99999.50"}, history=history) == set()
    assert only(framework, "V03", used | {"B2": "99999.51"}, history=history) == {"B2"}


def test_v03_compares_with_what_is_sanctioned_now(framework) -> None:
    history = before({"B1": "100", "B2": "100"})
    assert only(framework, "V03", {"B1": "200", "B2": "100"}, history=history) == set()


@pytest.mark.parametrize("blank", ["", "x"])
def test_v03_needs_both_in_this_update(framework, blank: str) -> None:
    history = before({"B2": "2000000"})
    assert only(framework, "V03", {"B1": blank, "B2": "1"}, history=history) == set()
    assert only(framework, "V03", {"B2": blank}, history=history) == set()


def test_v03_an_earlier_missing_value_is_nothing(framework) -> None:
    history = before({"B2": None}, {"B2": "600000"})
    assert only(framework, "V03", {"B2": "400000"}, history=history) == set()
    assert only(framework, "V03", {"B2": "400000.01"}, history=history) == {"B2"}


def test_v03_says_what_was_compared(framework) -> None:
    answer = examined(framework, {"B2": "700000"}, history=before({"B2": "300000.25"}))
    (finding,) = answer.findings
    assert (finding.observed, finding.expected) == ("1000000.25", "1000000")
    assert answer.state == "returned"


# V04 and Q01: pairs that go together


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_v04_nothing_comes_of_nothing(framework, first: str, second: str) -> None:
    form = form_of(first)
    assert only(framework, "V04", {first: 0, second: 1}, form=form) == {second}
    assert only(framework, "V04", {first: 1, second: 1}, form=form) == set()
    assert only(framework, "V04", {first: 0, second: 0}, form=form) == set()
    assert only(framework, "V04", {first: "", second: 1}, form=form) == set()
    assert only(framework, "V04", {first: "x", second: 1}, form=form) == set()


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_q01_something_should_come_of_something(framework, first: str, second: str) -> None:
    form = form_of(first)
    assert only(framework, "Q01", {first: 1, second: 0}, form=form) == {second}
    assert only(framework, "Q01", {first: 1, second: ""}, form=form) == set()
    assert only(framework, "Q01", {first: 0, second: 0}, form=form) == set()


def test_v04_and_q01_look_at_zero_alone_where_figures_may_fall(framework) -> None:
    assert only(framework, "V04", {"OC3": -1, "OC3P": 1}) == set()
    assert only(framework, "Q01", {"OC3": -1, "OC3P": 0}) == set()


def test_v04_sees_the_zeros_of_nil(framework) -> None:
    values = {"OP1": "", "OP2": 5, "OP2:women": 1}
    assert found(framework, values, nil=True) == {("V04", "OP2", ""), ("V07", "", "")}


def test_q01_sees_the_zeros_of_nil(framework) -> None:
    assert found(framework, {"OP1": 5, "OP2": ""}, nil=True) == {
        ("Q01", "OP2", ""),
        ("V07", "", ""),
    }


# V05: more settled than came in


@pytest.mark.parametrize(("came", "settled"), [("FA1", "FA2"), ("FA3", "FA4")])
def test_v05_over_all_quarters_no_more_is_settled_than_came_in(framework, came, settled) -> None:
    history = before({came: 10, settled: 4}, {came: 5, settled: None})

    def at(now: dict) -> set[str]:
        return only(framework, "V05", now, form="FC", history=history)

    assert at({came: 1, settled: 12}) == set()
    assert at({came: 1, settled: 13}) == {settled}
    assert at({came: "", settled: 13}) == set()
    assert at({came: 1, settled: ""}) == set()


# V06: the sanctioned budget fell


def test_v06_the_sanctioned_budget_may_stay_and_not_fall(framework) -> None:
    history = before({"B1": "2000000"}, {"B1": "1000000"})
    assert only(framework, "V06", {"B1": "1000000"}, history=history) == set()
    assert only(framework, "V06", {"B1": "999999.99"}, history=history) == {"B1"}


def test_v06_compares_with_the_latest_accepted_quarter_however_far_back(framework) -> None:
    history = {"2025-26-Q1": {"B1": "500"}, "2025-26-Q2": {"B1": "900"}}
    assert only(framework, "V06", {"B1": "899"}, history=history) == {"B1"}


def test_v06_needs_a_value_in_that_quarter(framework) -> None:
    history = before({"B1": "2000000"}, {"B1": None})
    assert only(framework, "V06", {"B1": "1"}, history=history) == set()
    assert only(framework, "V06", {"B1": "1"}) == set()


# V07: NIL beside figures


def test_v07_nil_beside_a_flow_above_zero(framework) -> None:
    answer = examined(framework, {"OP1": 2, "OP2": 40, "OP2:women": 3, "IM1": 1}, nil=True)
    (finding,) = answer.findings
    assert (finding.rule, finding.observed) == ("V07", "OP1, OP2, IM1")
    assert answer.state == "returned"


@pytest.mark.parametrize(
    "values",
    [
        {"OP1": 0},  # a confirmed zero
        {"SU1": 3, "SU2": 3},  # a stock
        {"OC1": -500},  # below zero
        {"A1": ""},
    ],
)
def test_v07_spares_what_is_no_flow_above_zero(framework, values) -> None:
    assert only(framework, "V07", values, nil=True) == set()


def test_v07_spares_what_is_not_readable_and_dimensions(framework) -> None:
    assert only(framework, "V07", {"A1": "5 or so", "OP2:women": 4}, nil=True) == set()


def test_v07_leaves_the_blanks_answered(framework) -> None:
    values = {"OP1": 2, "OP2": 40}
    assert found(framework, values, absent=["A1", "A2"], nil=True) == {("V07", "", "")}


def test_v07_needs_the_tick(framework) -> None:
    assert only(framework, "V07", {"OP1": 2}) == set()


# Waivers and order


@pytest.mark.parametrize("rule", ["V03", "V05", "V06"])
def test_a_waived_rule_stays_told_and_no_longer_blocks(framework, rule: str) -> None:
    case = {
        "V03": ({"B2": "1000001"}, {}),
        "V05": ({"FA2": 1}, {"form": "FC"}),
        "V06": ({"B1": "1"}, {"history": before({})}),
    }[rule]
    values, how = case
    assert examined(framework, values, **how).state == "returned"
    answer = examined(framework, values, waived=[rule], **how)
    assert answer.state == "accepted"
    (finding,) = answer.findings
    assert (finding.rule, finding.severity, finding.waived) == (rule, "error", True)


def test_a_waiver_spares_one_rule_only(framework) -> None:
    answer = examined(framework, {"B2": "1000001", "A1": ""}, waived=["V03"])
    assert answer.state == "returned"
    assert [(one.rule, one.waived) for one in answer.findings] == [("V01", False), ("V03", True)]


def test_what_cannot_be_waived_is_not(framework) -> None:
    answer = examined(framework, {"A1": ""}, waived=["V01"])
    assert (answer.state, answer.findings[0].waived) == ("returned", False)


def test_everything_is_told_at_once_errors_first_the_gravest_first(framework) -> None:
    values = {"A1": "x", "A2": "-1", "B1": "", "CB1": "1.5", "OP2": 30, "OP3": 1, "IM1": 5}
    answer = examined(
        framework, values, rows=[("ZZ", "", ""), ("IM1", "", "6"), ("IM2", "", "3")], nil=True
    )
    told = [one.rule for one in answer.findings]
    assert told == ["S01", "S02", "S03", "S04", "S05", "S05", "V07", "V01", "V04", "Q01"]
    assert answer.state == "returned"
