"""The figures of a submission as they were read: in full, beside the last quarter, and marked."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from tests.factories import INCLUDE

from cpsa.calendar import Quarter
from cpsa.framework.loader import load_framework
from cpsa.submissions.figure_description import FigureDescription, describe_figures
from cpsa.submissions.finding import Finding

QUARTER = Quarter.parse("2026-27-Q2")
FRAMEWORK = load_framework(QUARTER, INCLUDE / "programme" / "framework")


@dataclass(frozen=True)
class Value:
    hundredths: int
    origin: str = "reported"
    place: str = ""


def finding(rule: str, indicator: str, dimension: str = "", **said) -> Finding:
    severity = said.pop("severity", FRAMEWORK.rules[rule].severity)
    return Finding(rule, severity, "IA-A", QUARTER.key, indicator, dimension, **said)


def described(
    language="en", values=(), findings=(), last=None, **more
) -> dict[str, FigureDescription]:
    """The rows by indicator, or indicator and dimension."""
    read = describe_figures(
        FRAMEWORK, "IA", dict(values), findings, language, last=last or {}, **more
    )
    return {f"{row.code}:{row.dimension}".rstrip(":"): row for row in read.all_figures}


@pytest.mark.parametrize(
    ("language", "value", "change"),
    [
        ("en", "₹ 11,80,052 (₹ 11.80 lakh)", "+₹ 1,80,052 (+18.0 %)"),
        ("hi", "₹ 11,80,052 (₹ 11.80 लाख)", "+₹ 1,80,052 (+18.0 %)"),
    ],
)
def test_rupees_are_in_full_and_in_lakh_beside_the_last_quarter(language, value, change):
    rows = described(
        language, {("B2", ""): Value(118005200, place="Budget!E9")}, last={("B2", ""): 100000000}
    )
    assert (rows["B2"].value, rows["B2"].change) == (value, change)
    assert rows["B2"].last.startswith("₹ 10,00,000 (₹ 10.00 ")
    assert rows["B2"].place == "Budget!E9"


def test_a_figure_with_the_unit_lost_is_seen_at_once():
    """What a number format hid: 11.80 in place of 11.80 lakh."""
    row = described("en", {("B2", ""): Value(1180)}, last={("B2", ""): 118005200})["B2"]
    assert (row.value, row.change) == ("₹ 11.80", "-₹ 11,80,040.20 (-100.0 %)")


def test_counts_parts_and_the_crore():
    rows = described(
        "en",
        {
            ("A2", ""): Value(1000),
            ("OP2", ""): Value(12500000),
            ("OP2", "women"): Value(4000),
            ("B1", ""): Value(8550000000),
        },
        last={("A2", ""): 1000, ("OP2", ""): 0},
    )
    assert (rows["A2"].value, rows["A2"].change) == ("10", "none")
    assert (rows["OP2"].value, rows["OP2"].change) == ("1,25,000", "+1,25,000")
    assert (rows["OP2:women"].name, rows["OP2:women"].value) == ("Women", "40")
    assert rows["B1"].value == "₹ 8,55,00,000 (₹ 8.55 crore)"
    assert "OP2:sc_st" not in rows


def test_what_is_blank_or_was_not_understood_says_so():
    rows = described(
        "en",
        findings=[
            finding("S01", "OP1", observed="12 approx", place="line 7"),
            finding("V01", "A1"),
        ],
        places={("OP1", ""): "line 7"},
    )
    assert (rows["OP1"].value, rows["OP1"].place) == ("“12 approx”, not used", "line 7")
    assert rows["OP1"].errors == ("Not a number",)
    assert (rows["A1"].value, rows["A1"].is_given) == ("not given", False)
    assert described("hi")["A1"].value == "नहीं दिया गया"


def test_a_warning_marks_the_figure_and_a_formula_is_said():
    found = [finding("Q02", "B2"), finding("Q08", "B2"), finding("Q07", "OP2", "women")]
    rows = described("en", {("B2", ""): Value(0)}, found)
    assert rows["B2"].is_unusual and rows["B2"].is_formula
    assert rows["B2"].warnings == ("Large change from last quarter", "Result of a formula")
    assert rows["OP2:women"].value == "not given" and rows["OP2:women"].is_unusual
    assert not rows["A1"].is_unusual and not rows["A1"].is_formula


def test_what_is_waived_or_only_tried_marks_nothing():
    found = [finding("V03", "B2", waived=True), finding("Q02", "B2", severity="trial")]
    row = described("en", {("B2", ""): Value(100)}, found)["B2"]
    assert row.remarks == ()


def test_a_nil_return_says_that_its_zeros_are_of_it():
    value = Value(0, "nil")
    assert described("en", {("A1", ""): value})["A1"].value == "0 (NIL return)"
    assert described("hi", {("A1", ""): value})["A1"].value == "0 (निरंक प्रतिवेदन)"


def test_every_total_is_listed_under_its_group_in_the_order_of_the_form():
    read = describe_figures(FRAMEWORK, "FC", {}, [], "en")
    assert [group.code for group in read.groups] == [g.code for g in FRAMEWORK.form_groups("FC")]
    totals = [row.code for row in read.all_figures if not row.dimension]
    assert totals == [
        one.code for g in FRAMEWORK.form_groups("FC") for one in FRAMEWORK.group_indicators(g.code)
    ]
