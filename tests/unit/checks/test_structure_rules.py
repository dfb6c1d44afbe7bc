"""S00 to S06: whether a file can be used, and what each of its cells says."""

from __future__ import annotations

import pytest
from tests.factories import HEADER, csv_text, update
from tests.unit.checks.examining import NOW, examined, found, only

from cpsa.checks.structure_rules import judge_structure
from cpsa.intake.readers import csv_reader
from cpsa.intake.readers.read_update import read_update
from cpsa.submissions.update import Unreadable

AGENCY = "IA-TEST"
HEADER_LINE = ",".join(HEADER).encode() + b"\n"


def judged(framework, content: bytes, form: str | None = "IA"):
    return judge_structure(csv_reader.read_csv_update(content), AGENCY, NOW, form, framework)


def test_a_whole_update_of_zeros_has_no_finding(framework) -> None:
    answer = examined(framework)
    assert answer.state == "accepted"
    assert answer.findings == ()
    assert found(framework, form="FC") == set()


# S00: the file


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"", "unreadable.empty"),
        (b"\xef\xbb\xbf \n\n", "unreadable.empty"),
        (b",,,,,\n,,\n", "unreadable.empty"),
        (HEADER_LINE + b"A,B,C,,1,\xff\xc3\n", "unreadable.encoding"),
        (b"agency,quarter\x00", "unreadable.no_text"),
        (b"Dear sir,\nplease find it below", "unreadable.header"),
        (b"agency,quarter,indicator,value\nA,B,C,1\n", "unreadable.header"),
        (b"agency;quarter;indicator;dimension;sum;note\n", "unreadable.header_semicolon"),
        (update(AGENCY, NOW)[:-30] + b',"12', "unreadable.truncated"),
        (b"PK\x03\x04", "door.truncated"),
        (b"x", "unreadable.header"),
    ],
)
def test_s00_a_file_that_is_no_update_says_why(framework, content, cause) -> None:
    read = read_update(content)
    assert isinstance(read, Unreadable)
    answer = judge_structure(read, AGENCY, NOW, "IA", framework)
    assert answer.refused == "unreadable"
    (finding,) = answer.findings
    assert (finding.rule, finding.severity) == ("S00", "error")
    assert finding.observed.startswith(cause)
    assert not answer.facts


# S01: a value that is no number


@pytest.mark.parametrize("value", ["12 approx", "1O", "2-3", "1,2,5", "+5", "2026-04-05"])
def test_s01_what_is_no_number_is_said_and_not_guessed(framework, value: str) -> None:
    assert found(framework, {"A1": value}) == {("S01", "A1", "")}


def test_s01_counts_as_missing_and_raises_no_v01_and_no_q07(framework) -> None:
    assert found(framework, {"OP2": "many", "OP2:women": "5"}) == {("S01", "OP2", "")}
    values = {"OP1": 3, "OP2": 30, "OP2:women": "half"}
    assert found(framework, values) == {("S01", "OP2", "women")}


def test_s01_is_not_answered_by_nil(framework) -> None:
    answer = examined(framework, {"A1": "x", "A2": ""}, nil=True)
    assert [one.rule for one in answer.findings] == ["S01"]
    # Were A1 a zero by NIL, A2 = 3 above it would be far more done than planned.
    assert found(framework, {"A1": "x", "A2": 3}, nil=True) == {("S01", "A1", ""), ("V07", "", "")}


def test_s01_keeps_the_place_and_what_was_typed(framework) -> None:
    content = csv_text(
        [HEADER, (AGENCY, NOW, "A1", "", "1", ""), (AGENCY, NOW, "A2", "", "1O", "")]
    )
    (finding,) = judged(framework, content.encode()).findings
    assert (finding.observed, finding.place) == ("1O", "line 3")


# S02: negative


@pytest.mark.parametrize("value", ["-5", "\u22125", "(5)", "-0.01"])
def test_s02_negative_where_it_cannot_be(framework, value: str) -> None:
    assert found(framework, {"B2": value}) == {("S02", "B2", "")}


@pytest.mark.parametrize("code", ["OC1", "OC2", "OC3", "OC4", "OC5"])
def test_s02_spares_what_may_fall(framework, code: str) -> None:
    assert only(framework, "S02", {code: "(500)"}) == set()


def test_s02_a_dimension_of_a_signed_indicator_may_fall_too(framework) -> None:
    assert only(framework, "S02", {"OC5": -10, "OC5:women": -12}) == set()


def test_s02_a_minus_before_zero_is_zero(framework) -> None:
    assert found(framework, {"A1": "-0"}) == set()


# S03: finer than the unit


@pytest.mark.parametrize(("code", "value"), [("A1", "12.5"), ("B2", "0.001"), ("OC5", "-1.5")])
def test_s03_finer_than_the_unit_allows(framework, code: str, value: str) -> None:
    assert found(framework, {code: value}) == {("S03", code, "")}


@pytest.mark.parametrize(("code", "value"), [("CB1", "12.00"), ("CB1", "2.5 lakh"), ("B2", "0.01")])
def test_s03_spares_what_is_whole_however_it_is_written(framework, code: str, value: str) -> None:
    assert found(framework, {code: value}) == set()


def test_s01_s02_s03_exclude_one_another_in_this_order(framework) -> None:
    assert found(framework, {"A1": "-1.5"}) == {("S02", "A1", "")}
    twice = examined(framework, {"A1": "1.5"}, rows=[("A1", "", "-2"), ("A1", "", "x")])
    assert {one.rule for one in twice.findings} == {"S01", "S05"}
    twice = examined(framework, {"A1": "1.5"}, rows=[("A1", "", "-2")])
    assert {one.rule for one in twice.findings} == {"S02", "S05"}


@pytest.mark.parametrize(("code", "finest"), [("A1", "1"), ("B2", "0.01")])
def test_s03_says_how_fine_a_figure_may_be(framework, code: str, finest: str) -> None:
    (finding,) = examined(framework, {code: "0.005"}).findings
    assert (finding.observed, finding.expected) == ("0.005", finest)


# S04: not in the form


@pytest.mark.parametrize(
    ("row", "where"),
    [
        (("ZZ9", "", "5"), ("ZZ9", "")),
        (("FA1", "", "5"), ("FA1", "")),  # of the other form
        (("A1", "women", "5"), ("A1", "women")),  # known, not of this indicator
        (("CB2", "youth", "5"), ("CB2", "youth")),
        (("", "", "5"), ("", "")),
    ],
)
def test_s04_a_row_outside_the_form(framework, row, where) -> None:
    assert found(framework, rows=[row]) == {("S04", *where)}


def test_s04_does_not_judge_the_value(framework) -> None:
    assert found(framework, rows=[("ZZ9", "", "-x")]) == {("S04", "ZZ9", "")}


def test_codes_and_dimensions_are_read_in_any_case(framework) -> None:
    values = {"OP1": 2, "OP2": 40, "a1": 0}
    rows = [("OP2", "WOMEN", "41"), ("op2", "Total", "40")]
    assert found(framework, values, rows=rows) == {("V02", "OP2", "women")}


# S05: twice, with another value


@pytest.mark.parametrize("other", ["6", "", "NA", "many", "5.01"])
def test_s05_another_value_for_the_same(framework, other: str) -> None:
    assert ("S05", "B2", "") in found(framework, {"B2": "5"}, rows=[("B2", "", other)])


@pytest.mark.parametrize("same", ["5", "5.0", "₹ 5", "५", " 5 "])
def test_s05_spares_the_same_value_in_other_words(framework, same: str) -> None:
    assert found(framework, {"B2": "5"}, rows=[("B2", "", same)]) == set()


def test_s05_is_one_finding_however_often(framework) -> None:
    rows = [("A1", "", str(number)) for number in range(2, 7)]
    assert found(framework, {"A1": "1"}, rows=rows) == {("S05", "A1", "")}


def test_s05_counts_as_missing_and_nil_does_not_answer_it(framework) -> None:
    rows = [("OP1", "", "7")]
    assert found(framework, {"OP1": "0", "OP2": "30"}, rows=rows) == {
        ("S05", "OP1", ""),
        ("Q07", "OP2", "women"),
    }
    assert found(framework, {"A1": ""}, rows=[("A1", "", "1")], nil=True) == {("S05", "A1", "")}


def test_s05_blank_and_zero_word_differ_but_two_blanks_do_not(framework) -> None:
    assert ("S05", "IM1", "") in found(framework, {"IM1": ""}, rows=[("IM1", "", "NIL")])
    assert found(framework, {"IM1": ""}, rows=[("IM1", "", "N/A")]) == set()


def test_s05_the_same_unreadable_text_is_one_s01(framework) -> None:
    assert found(framework, {"A1": "x y"}, rows=[("A1", "", " X  y ")]) == {("S01", "A1", "")}
    both = found(framework, {"A1": "x"}, rows=[("A1", "", "y")])
    assert both == {("S01", "A1", ""), ("S05", "A1", "")}


def test_s05_shows_both_values_and_the_place_of_the_second(framework) -> None:
    rows = [(AGENCY, NOW, "A1", "", "1,000", ""), (AGENCY, NOW, "A1", "total", "2000", "")]
    (finding,) = judged(framework, csv_text([HEADER, *rows]).encode()).findings
    assert (finding.expected, finding.observed, finding.place) == ("1,000", "2000", "line 3")


# S06: for somebody else


@pytest.mark.parametrize(
    ("agency", "quarter", "observed"),
    [("IA-OTHER", NOW, "IA-OTHER"), (AGENCY, "2026-27-Q2", "2026-27-Q2"), ("x", "y", "x")],
)
def test_s06_one_row_for_another_rejects_the_file(framework, agency, quarter, observed) -> None:
    rows = [(AGENCY, NOW, "A1", "", "x", ""), (agency, quarter, "A2", "", "5", "")]
    answer = judged(framework, csv_text([HEADER, *rows]).encode())
    assert answer.refused == "rejected"
    (finding,) = answer.findings
    assert (finding.rule, finding.observed, finding.place) == ("S06", observed, "line 3")
    assert (finding.indicator, finding.dimension) == ("", "")
    assert not answer.facts


def test_s06_blank_names_and_other_case_are_its_own(framework) -> None:
    rows = [("", "", "A1", "", "1", ""), ("ia-test", NOW.lower(), "A2", "", "1", "")]
    assert judged(framework, csv_text([HEADER, *rows]).encode()).refused is None


def test_s06_an_agency_that_owes_nothing_yet(framework) -> None:
    answer = judged(framework, update(AGENCY, NOW), form=None)
    assert answer.refused == "rejected"
    assert [one.rule for one in answer.findings] == ["S06"]


# What is kept


def test_facts_say_whether_they_were_reported_or_answered_by_nil(framework) -> None:
    content = update(AGENCY, NOW, {"OP1": "3", "OP2": "", "SU1": ""}, nil=True)
    facts = judged(framework, content).facts
    assert (facts["OP1", ""].hundredths, facts["OP1", ""].origin) == (300, "reported")
    for place in (("OP2", ""), ("OP2", "women"), ("OC3P", "poverty")):
        assert (facts[place].hundredths, facts[place].origin) == (0, "nil")
    assert ("SU1", "") not in facts, "NIL does not answer a stock"


def test_rupees_are_kept_to_the_paisa(framework) -> None:
    facts = judged(framework, update(AGENCY, NOW, {"B2": "12,34,567.89"})).facts
    assert facts["B2", ""].hundredths == 123_456_789


def test_what_is_quoted_is_one_printable_line_of_bearable_length(framework) -> None:
    answer = examined(framework, {"A1": "x\ny\x1b[31m" + "z" * 500})
    (finding,) = answer.findings
    assert len(finding.observed) == 60
    assert finding.observed.isprintable()
    assert finding.observed.startswith("x y [31mzz")
