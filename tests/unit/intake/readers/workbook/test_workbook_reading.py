"""Reading filled workbooks: what was typed comes back, with its place, whatever happened to it."""

from __future__ import annotations

import io
from datetime import date, datetime, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.workbook.defined_name import DefinedName
from tests.unit.intake.file_guard.hostile import ods
from tests.unit.intake.readers.workbook.samples import (
    QUARTER,
    blank,
    cell,
    changed,
    filled,
    framework,
    saved,
    sheet_part,
)

from cpsa.checks import structure_rules
from cpsa.intake.readers.workbook.workbook_cells import format_cell_value, format_decimal
from cpsa.intake.readers.workbook.workbook_reader import read_workbook
from cpsa.intake.readers.workbook.workbook_update import WorkbookUpdate
from cpsa.submissions.update import Doubt, TypedCell, Unreadable

INPUTS = sorted(
    name for name in load_workbook(io.BytesIO(blank())).defined_names if name[:3] == "in_"
)
# What an .xlsx can hold: no control characters, no lone surrogates; "=" would be a formula.
TYPED = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Cn"), exclude_characters="_￾￿"), max_size=20
).filter(lambda text: not text.startswith("="))
AS_PEOPLE_WRITE = st.sampled_from(
    ["1,25,000", "₹ 2.5 lakh", "Rs 2,50,000/-", "१२५", "शून्य", "NIL", "12 approx", "(500)", " 7 "]
)
NUMBERS = st.integers(-(10**15), 10**15)
PAISE = st.integers(-(10**12), 10**12).map(lambda paise: paise / 100)


def read(content: bytes, suffix: str = ".xlsx") -> WorkbookUpdate:
    outcome = read_workbook(content)
    assert isinstance(outcome, WorkbookUpdate), outcome
    return outcome


def texts(outcome: WorkbookUpdate) -> dict[str, str]:
    return {
        f"in_{one.indicator}_{one.dimension or 'total'}": one.text for one in outcome.update.cells
    }


def expected(value: object) -> str:
    """An independent spelling: whole numbers as they are, others by Python's own shortest form."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


@settings(max_examples=8)
@given(
    st.dictionaries(
        st.sampled_from(INPUTS), st.one_of(st.none(), TYPED, AS_PEOPLE_WRITE, NUMBERS, PAISE)
    )
)
def test_whatever_is_typed_is_read_back_as_it_was_typed(values):
    outcome = texts(read(filled(values)))
    assert set(outcome) == set(INPUTS)
    assert outcome == {name: expected(values.get(name)) for name in INPUTS}


def test_a_blank_template_is_all_blanks():
    outcome = read(blank())
    assert set(texts(outcome).values()) == {""}
    assert outcome.update.nil is None
    assert outcome.explanations == outcome.entries == ()
    assert [one.text for one in outcome.update.agencies] == ["IA-INDPH"]
    assert [one.text for one in outcome.update.quarters] == [QUARTER.key]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (12.0, "12"),
        (0.1 + 0.2, "0.3"),
        (1e21, "1000000000000000000000"),
        (1.5e-7, "0.00000015"),
        (-0.0, "0"),
        (1234567890123.45, "1234567890123.45"),
        (float("nan"), "nan"),
        (True, "TRUE"),
        (datetime.fromisoformat("2026-03-02"), "2026-03-02"),
        (datetime.fromisoformat("2026-03-02T09:30"), "2026-03-02 09:30:00"),
        (date(2026, 3, 2), "2026-03-02"),
        (time(18), "18:00:00"),
        (None, ""),
    ],
)
def test_values_are_written_out_in_plain_decimals(value, said):
    assert format_cell_value(value) == said


@given(st.integers(-(10**13), 10**13))
def test_no_paisa_is_lost_between_a_number_and_its_text(paise):
    assert float(format_decimal(paise / 100)) == paise / 100


def test_dates_truth_values_and_errors_are_no_figures():
    outcome = read(
        filled(
            {
                "in_OP1_total": date(2026, 3, 2),
                "in_OP2_total": True,
                "in_OP3_total": "#N/A",
                "in_OP4_total": "#DIV/0!",
                "in_A1_total": 4,
            }
        )
    )
    judged = structure_rules.judge_structure(
        outcome.update, "IA-INDPH", QUARTER.key, "IA", framework()
    )
    found = {(one.rule, one.indicator, one.observed, one.place) for one in judged.findings}
    assert found == {
        ("S01", "OP1", "2026-03-02", "Output!F6"),
        ("S01", "OP2", "TRUE", "Output!F7"),
        ("S01", "OP3", "#N/A", "Output!F8"),
        ("S01", "OP4", "#DIV/0!", "Output!F9"),
    }
    assert judged.facts["A1", ""].place == "Activities!F6"


def test_a_formula_gives_its_result_and_is_noted():
    part = sheet_part(blank(), "Output")
    at = cell(load_workbook(io.BytesIO(blank())), "in_OP2_total").coordinate.encode()

    def with_result(xml: bytes) -> bytes:
        start = xml.index(b'<c r="%s"' % at)
        end = xml.index(b"/>", start)
        return xml[:end] + b"><f>SUM(1,2)</f><v>3</v></c>" + xml[end + 2 :]

    outcome = read(changed(blank(), part, with_result))
    assert texts(outcome)["in_OP2_total"] == "3"
    (found,) = [cell for cell in outcome.update.cells if cell.formula]
    assert (found.indicator, found.formula, found.text) == ("OP2", "=SUM(1,2)", "3")
    assert found.place == "Output!F7"


def test_a_formula_that_was_never_calculated_is_no_figure():
    outcome = read(filled({"in_OP2_total": "=SUM(1,2)"}))
    assert texts(outcome)["in_OP2_total"] == "=SUM(1,2)"
    judged = structure_rules.judge_structure(
        outcome.update, "IA-INDPH", QUARTER.key, "IA", framework()
    )
    assert [(one.rule, one.indicator) for one in judged.findings] == [("S01", "OP2")]


@pytest.mark.parametrize("tick", ["yes", " YES ", "हाँ", "हां", True])
def test_the_tick_is_understood_in_both_languages(tick):
    assert read(filled({"nil_return": tick})).update.nil == "Start!B8"


@pytest.mark.parametrize("tick", ["no", "नहीं", "-", None])
def test_anything_else_is_no_tick(tick):
    assert read(filled({"nil_return": tick})).update.nil is None


def test_names_of_a_copied_sheet_are_not_ours():
    book = load_workbook(io.BytesIO(filled({"in_OP2_total": 5})))
    copy = book.copy_worksheet(book["Output"])
    copy["F7"].value = 99
    copy.defined_names.add(DefinedName("in_OP2_total", attr_text=f"'{copy.title}'!$F$7"))
    assert texts(read(saved(book)))["in_OP2_total"] == "5"


def test_entries_carry_codes_amounts_as_typed_and_their_place():
    book = load_workbook(io.BytesIO(blank()))
    typed = {
        "entry_policy_support_department": "BANKS – Banks",
        "entry_policy_support_urgency": "high – high",
        "entry_policy_support_request": "Renew limits – in time",
        "entry_policy_support_theme": "CREDIT",
        "entry_training_need_request": "L3-G2-M8 – Design",
        "entry_convergence_amount": "₹ 2.5 lakh",
        "entry_convergence_people": 64,
    }
    for name, value in typed.items():
        cell(book, name, below=3).value = value
    entries = {one.kind: one for one in read(saved(book)).entries}
    assert entries["policy_support"].values == {
        "department": "BANKS",
        "request": "Renew limits – in time",
        "scheme": "",
        "text": "",
        "theme": "CREDIT",
        "urgency": "high",
    }
    assert entries["policy_support"].place == "Policy support!A9"
    assert entries["training_need"].values["request"] == "L3-G2-M8"
    assert entries["convergence"].values["amount"] == "₹ 2.5 lakh"
    assert entries["convergence"].values["people"] == "64"


def test_explanations_name_what_they_explain():
    told = {"note_OP2": "two at once", "note_output": "rains", "note_general": "  ", "note_A1": 7}
    said = {one.about: (one.text, one.place) for one in read(filled(told)).explanations}
    assert said == {
        "OP2": ("two at once", "Output!K7"),
        "output": ("rains", "Output!D20"),
        "A1": ("7", "Activities!G6"),
    }


def test_a_workbook_that_is_no_template_has_no_cells_and_no_seal():
    book = load_workbook(io.BytesIO(blank()))
    for name in list(book.defined_names):
        del book.defined_names[name]
    outcome = read(saved(book))
    assert (outcome.update.cells, outcome.seal) == ((), None)


def test_a_name_that_points_nowhere_is_lost_not_an_error():
    for nowhere in ("#REF!", "Output!#REF!", "Gone!$A$1", "Output!$XFD$1048576", "42"):
        book = load_workbook(io.BytesIO(blank()))
        book.defined_names["in_OP2_total"].attr_text = nowhere
        outcome = read(saved(book))
        assert TypedCell("OP2", "", "–", "Output!A7", Doubt.LOST) in outcome.update.cells
        assert outcome.sheet_fault is None


def test_an_ods_keeps_repeated_cells_comments_and_words_for_truth_apart():
    rows = (
        '<table:table-row table:number-rows-repeated="3"><table:table-cell/></table:table-row>'
        '<table:table-row><table:table-cell table:number-columns-repeated="2" '
        'office:value-type="float" office:value="1250.50"><office:annotation><text:p>9</text:p>'
        "</office:annotation><text:p>1,250.50</text:p></table:table-cell>"
        '<table:table-cell office:value-type="float" office:value="1"><text:p>सत्य</text:p>'
        '</table:table-cell><table:table-cell office:value-type="boolean" '
        'office:boolean-value="true"><text:p>TRUE</text:p></table:table-cell>'
        '<table:table-cell office:value-type="date" office:date-value="2026-03-02"><text:p>2-3'
        "</text:p></table:table-cell></table:table-row>"
    )
    names = "".join(
        f'<table:named-range table:name="in_X{column}_total" '
        f"table:cell-range-address=\"$'it''s'.${column}$4\"/>"
        for column in "ABCDE"
    )
    content = ods(
        f'<table:table table:name="it\'s">{rows}</table:table>'
        f"<table:named-expressions>{names}</table:named-expressions>"
    )
    said = {one.indicator: (one.text, one.place) for one in read(content, ".ods").update.cells}
    assert said == {
        "XA": ("1250.5", "it's!A4"),
        "XB": ("1250.5", "it's!B4"),
        "XC": ("सत्य", "it's!C4"),
        "XD": ("TRUE", "it's!D4"),
        "XE": ("2026-03-02", "it's!E4"),
    }


def test_a_broken_sheet_is_damaged_in_words():
    broken = changed(blank(), "xl/workbook.xml", lambda xml: xml[:-40])
    assert read_workbook(broken) == Unreadable("workbook.damaged")
    assert read_workbook(ods("<table:table>")) == Unreadable("workbook.damaged")
