"""What findings say: each rule in both languages, every value in the reader's words."""

from __future__ import annotations

import re

import pytest

from cpsa.framework.model import Framework
from cpsa.submissions.finding import Finding, describe_correction, describe_finding

DEVANAGARI = re.compile("[\u0900-\u097f]")
SEEN = {
    "S00": {"observed": "unreadable.header: name,period", "expected": "agency,quarter,…"},
    "S01": {"indicator": "OP2", "dimension": "women", "observed": "12 {approx}"},
    "S02": {"indicator": "B2", "observed": "-5"},
    "S03": {"indicator": "A1", "observed": "1.5", "expected": "1"},
    "S04": {"indicator": "ZZ9", "observed": "ZZ9", "expected": "IA"},
    "S05": {"indicator": "A1", "observed": "6", "expected": "5"},
    "S06": {"observed": "IA-OTHER", "expected": "IA-TEST, 2026-27-Q1"},
    "S07": {"observed": "workbook.seal.broken"},
    "V01": {"indicator": "A1"},
    "V02": {"indicator": "OP2", "dimension": "women", "observed": "41", "expected": "40"},
    "V03": {"indicator": "B2", "observed": "1250000.50", "expected": "1000000"},
    "V04": {"indicator": "OP2", "observed": "5", "expected": "OP1"},
    "V05": {"indicator": "FA2", "observed": "12", "expected": "10"},
    "V06": {"indicator": "B1", "observed": "100000", "expected": "200000"},
    "V07": {"observed": "OP1, OP2"},
    "Q01": {"indicator": "OP2", "observed": "0", "expected": "OP1"},
    "Q02": {"indicator": "PC1", "observed": "600000", "expected": "100000"},
    "Q03": {"indicator": "CB1", "observed": "400", "expected": "100.50"},
    "Q04": {"indicator": "A2", "observed": "0.9000", "expected": "0.5000"},
    "Q05": {"indicator": "outcome", "observed": "0.4000", "expected": "0.5000"},
    "Q06": {"indicator": "A2", "observed": "9", "expected": "4"},
    "Q07": {"indicator": "OC3P", "dimension": "poverty", "expected": "30"},
    "Q08": {"indicator": "OP2", "dimension": "women", "observed": "0"},
    "Q09": {"expected": "2025-26-Q4"},
    "Q10": {"indicator": "CB2", "observed": "3", "expected": "12"},
    "C01": {"indicator": "OP2", "observed": "250 (2)", "expected": "How so? | यह कैसे?"},
    "M01": {"indicator": "OP2", "observed": "90.0000", "expected": "20.0000"},
    "M02": {"agency": "FC", "observed": "0.7000", "expected": "0.8000"},
    "M03": {"indicator": "OC1", "observed": "500"},
    "S08": {"indicator": "milestones.actual", "dimension": "DPR", "observed": "soon"},
    "P02": {
        "indicator": "milestones.actual",
        "dimension": "DPR",
        "observed": "2027-01-02",
        "expected": "2026-10-10",
    },
    "P03": {
        "indicator": "milestones.actual",
        "dimension": "DPR",
        "observed": "2026-01-02",
        "expected": "2026-05-10",
    },
    "P04": {
        "indicator": "milestones.actual",
        "dimension": "DPR",
        "observed": "2026-01-02",
        "expected": "2026-05-10",
    },
    "P05": {
        "indicator": "milestones.planned",
        "dimension": "DPR",
        "observed": "2026-01-02",
        "expected": "2026-05-10",
    },
    "P06": {
        "indicator": "money.received",
        "dimension": "STATE",
        "observed": "200000",
        "expected": "100000",
    },
    "P07": {"indicator": "applications.filed", "observed": "41", "expected": "40"},
    "P08": {
        "indicator": "applications.opening",
        "dimension": "DOMSME/MSE-CDP",
        "observed": "12",
        "expected": "10",
    },
    "P09": {
        "indicator": "applications.over_30",
        "dimension": "DOMSME/MSE-CDP",
        "observed": "12",
        "expected": "10",
    },
    "P01": {"agency": "CPSA", "indicator": "SP3", "observed": "12000000", "expected": "10000000"},
    "P12": {
        "indicator": "convergence.amount",
        "dimension": "DC-HANDICRAFT/TRAINING",
        "observed": "190000",
        "expected": "180000",
    },
    "P11": {"agency": "IA", "indicator": "B1", "observed": "250000000", "expected": "200000000"},
    "P10": {
        "indicator": "clusters.jobs",
        "dimension": "CL-INDPH",
        "observed": "20000",
        "expected": "11800",
    },
    "P14": {
        "indicator": "clusters.code",
        "dimension": "CL-INDHP",
        "observed": "CL-INDHP",
        "expected": "table.expected.offered: CL-INDPH",
    },
    "P15": {
        "indicator": "clusters.jobs",
        "dimension": "CL-INDPH",
        "observed": "12000",
        "expected": "11800",
    },
    "P16": {
        "indicator": "clusters.units_women",
        "dimension": "CL-INDPH",
        "observed": "300",
        "expected": "207",
    },
}


@pytest.fixture
def framework(newest_framework: Framework) -> Framework:
    """Rules of later quarters among them."""
    return newest_framework


def finding(rule: str, framework: Framework) -> Finding:
    given = {"agency": "IA-TEST", "quarter": "2026-27-Q1"} | SEEN[rule]
    return Finding(rule, framework.rules[rule].severity, **given)


def test_every_rule_is_tried_here(framework) -> None:
    assert set(SEEN) == set(framework.rules)


@pytest.mark.parametrize("words", [describe_finding, describe_correction])
@pytest.mark.parametrize("rule", SEEN)
def test_both_languages_say_it_whole(framework, rule: str, words) -> None:
    told = finding(rule, framework)
    english, hindi = words(told, framework, "en"), words(told, framework, "hi")
    for text in (english, hindi):
        # What the agency typed may hold braces of its own; no placeholder may be left.
        assert not re.search(r"\{[a-z_]*\}", text.replace("{approx}", ""))
        assert text.strip() == text
        assert "\n" not in text
        assert text.endswith((".", "।", "?"))
    assert not DEVANAGARI.search(english)
    assert DEVANAGARI.search(hindi)
    assert "unreadable." not in english + hindi


@pytest.mark.parametrize(
    ("rule", "english", "hindi"),
    [
        (
            "V03",
            "Budget used to date is ₹ 12,50,000.50, more than the ₹ 10,00,000 sanctioned.",
            "अब तक उपयोग किया गया बजट ₹ 12,50,000.50 है, जो स्वीकृत ₹ 10,00,000 से अधिक है।",
        ),
        (
            "V02",
            "OP2 Trainees, Women is 41, more than the total 40.",
            "OP2 प्रशिक्षु, महिलाएँ 41 है, जो योग 40 से अधिक है।",
        ),
        (
            "V04",
            "OP2 Trainees is 5, but OP1 Training programmes conducted is zero.",
            "OP2 प्रशिक्षु 5 है, जबकि OP1 आयोजित प्रशिक्षण कार्यक्रम शून्य है।",
        ),
        (
            "S01",
            "OP2 Trainees, Women: “12 {approx}” cannot be read as a number.",
            "OP2 प्रशिक्षु, महिलाएँ: “12 {approx}” को संख्या के रूप में पढ़ा नहीं जा सका।",
        ),
        (
            "Q05",
            "Outcome: the achievement to date is 40 % of the target. This is less than 50 %.",
            "परिणाम: अब तक की उपलब्धि लक्ष्य का 40 % है। यह 50 % से कम है।",
        ),
        (
            "S00",
            "The file could not be read: its first line is “name,period”, which is not our header; write the header exactly as it is given here.",
            "फ़ाइल पढ़ी नहीं जा सकी: उसकी पहली पंक्ति “name,period” है, जो हमारा शीर्षक नहीं है; शीर्षक ठीक वैसा ही लिखें जैसा यहाँ दिया गया है।",
        ),
    ],
)
def test_values_are_put_into_the_readers_words(framework, rule, english, hindi) -> None:
    assert describe_finding(finding(rule, framework), framework, "en") == english
    assert describe_finding(finding(rule, framework), framework, "hi") == hindi


def test_a_form_is_named_where_a_rule_holds_against_it(framework) -> None:
    assert describe_finding(finding("M02", framework), framework, "en").startswith(
        "MSME Facilitation C"
    )


def test_a_row_of_a_table_says_the_same_as_the_finding(framework) -> None:
    told = finding("V02", framework)
    row = {name: getattr(told, name) for name in Finding._fields}
    assert describe_finding(row, framework, "hi") == describe_finding(told, framework, "hi")


def test_an_achievement_is_an_exact_percentage_of_the_target(framework) -> None:
    for observed, shown in (("0.0000", "0 %"), ("0.4999", "49.99 %"), ("0.5", "50 %")):
        found = finding("Q05", framework)._replace(observed=observed)
        assert f"to date is {shown} of the target" in describe_finding(found, framework, "en")
