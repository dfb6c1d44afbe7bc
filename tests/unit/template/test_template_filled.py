"""A template that is handed out with values in it: what goes in comes out of the reader."""

from __future__ import annotations

import io
import re
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from tests.unit.intake.readers.workbook.samples import KEY, QUARTER, cell, context, framework

from cpsa.intake.readers.workbook.template_seal import SealState, find_seal_state
from cpsa.intake.readers.workbook.workbook_reader import read_workbook
from cpsa.intake.readers.workbook.workbook_update import WorkbookUpdate
from cpsa.template.filled_values import FilledValues
from cpsa.template.write_template import write_template

COLUMNS = {
    "success": ("theme", "text"),
    "policy_support": ("theme", "department", "request", "urgency", "text", "scheme"),
    "training_need": ("request", "theme", "text"),
    "convergence": (
        *("department", "help", "units", "rate", "amount", "people", "women"),
        *("scheme", "theme", "text"),
    ),
}
CODES = {
    "theme": ("CREDIT", "INFRA"),
    "department": ("BANKS", "DOIC"),
    "urgency": ("high", "low"),
    "scheme": ("MSE-CDP",),
    "help": ("WORKSHED", "LOAN"),
}
# What an .xlsx can hold; "_" begins the spelling of what it cannot (``_x0001_``).
CHARACTERS = st.characters(exclude_categories=("Cs", "Cc", "Cn"), exclude_characters="_￾￿")
TYPED = st.one_of(
    st.text(CHARACTERS, min_size=1, max_size=30),
    st.sampled_from(["=1+1", "+5", "-", "@A1", "{=1}", "१,२५,०००", "₹ 2.5 lakh", " 7 ", "00123"]),
    st.sampled_from(["http://example.org", "mailto:a@example.org", "TRUE", "1e5", "#N/A"]),
)
WORDS = TYPED.map(str.strip).filter(bool)


def written(filled: FilledValues, form: str = "IA", language: str = "en") -> bytes:
    return write_template(context(form, language, filled=filled))


def read(content: bytes) -> WorkbookUpdate:
    outcome = read_workbook(content)
    assert isinstance(outcome, WorkbookUpdate), outcome
    return outcome


@st.composite
def entry_rows(draw: st.DrawFn) -> dict[str, list[dict[str, str]]]:
    """Rows by kind; codes where a drop-down offers them, so that no label is cut off them."""

    def cells(kind: str, column: str) -> st.SearchStrategy[str]:
        if (kind, column) == ("training_need", "request"):
            return st.sampled_from(["L3-G2-M8", ""])
        return st.sampled_from([*CODES[column], ""]) if column in CODES else WORDS

    return {
        kind: draw(
            st.lists(
                st.fixed_dictionaries({column: cells(kind, column) for column in columns}),
                max_size=24,
            )
        )
        for kind, columns in COLUMNS.items()
    }


@st.composite
def what_is_said(draw: st.DrawFn, form: str) -> FilledValues:
    asked = framework().form_indicators(form)
    keys = [(one.code, part) for one in asked for part in ("", *one.dimensions)]
    subjects = ["", *(one.code for one in asked), *{one.group for one in asked}]
    return FilledValues(
        values=draw(st.dictionaries(st.sampled_from(keys), TYPED)),
        nil=draw(st.booleans()),
        explanations=draw(st.dictionaries(st.sampled_from(sorted(subjects)), WORDS)),
        entries=draw(entry_rows()),
    )


@settings(max_examples=12)
@given(st.data(), st.sampled_from(["IA", "FC"]), st.sampled_from(["en", "hi"]))
def test_what_goes_in_comes_out_of_the_reader(data, form, language):
    said = data.draw(what_is_said(form))
    content = written(said, form, language)
    outcome = read(content)
    figures = {(one.indicator, one.dimension): one.text for one in outcome.update.cells}
    assert {key: text for key, text in figures.items() if text} == said.values
    assert (outcome.update.nil is not None) == said.nil
    assert {one.about: one.text for one in outcome.explanations} == said.explanations
    entries: dict[str, list[dict[str, str]]] = {}
    for row in outcome.entries:
        entries.setdefault(row.kind, []).append(dict(row.values))
    # A row in which nothing is said is no row.
    wanted = {
        kind: [row for row in rows if any(row.values())] for kind, rows in said.entries.items()
    }
    assert entries == {kind: rows for kind, rows in wanted.items() if rows}
    assert outcome.sheet_fault is None
    assert not any(cell.formula or cell.doubt for cell in outcome.update.cells)
    agency = context(form).agency.code
    assert find_seal_state(outcome.seal, KEY, agency, QUARTER.key, framework()) is SealState.OK
    assert written(said, form, language) == content


def test_nothing_said_is_the_blank_template():
    assert written(FilledValues()) == write_template(context())


def test_text_is_never_a_formula_and_never_a_link():
    said = FilledValues(
        values={("OP2", ""): '=HYPERLINK("http://example.org")'},
        explanations={"output": "=1+1", "": "http://example.org"},
        entries={"lesson": [{"text": "{=1+1}"}, {"text": "+1"}]},
    )
    content = written(said)
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    formulas = [
        text
        for name, data in parts.items()
        if "sheets/" in name
        for text in re.findall(rb"<f[ >].*?</f>", data)
    ]
    assert all(text.startswith(b'<f>"Totals still blank: "') for text in formulas)
    assert not any(b"hyperlink" in data for name, data in parts.items() if "sheets/" in name)


def test_codes_are_shown_as_their_drop_down_offers_them():
    said = FilledValues(entries={"policy_support": [{"department": "BANKS", "urgency": "high"}]})
    book = load_workbook(io.BytesIO(written(said, language="hi")))
    assert cell(book, "entry_policy_support_department").value.startswith("BANKS – ")
    assert cell(book, "entry_policy_support_urgency").value == "high – उच्च"


def test_more_rows_than_the_frame_has_widen_it():
    rows = [{"text": f"lesson {number}"} for number in range(400)]
    content = written(FilledValues(entries={"lesson": rows}))
    assert [row.values["text"] for row in read(content).entries] == [row["text"] for row in rows]
    book = load_workbook(io.BytesIO(content))
    last = cell(book, "entry_lesson_theme", below=399)
    rules = book["Lessons"].data_validations.dataValidation
    assert any(rule.formula1 == "list_theme" and last.coordinate in rule.sqref for rule in rules)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("a\r\nb\rc", "a\nb\nc"), ("a\x00b￿\ud800", "ab"), ("x" * 40_000, "x" * 32_767)],
    ids=["line ends", "no XML can hold", "too long"],
)
def test_what_no_cell_can_hold_is_left_out(typed, kept):
    said = FilledValues(values={("OP2", ""): typed}, explanations={"OP2": typed})
    outcome = read(written(said))
    assert [one.text for one in outcome.update.cells if one.text] == [kept]
    assert [one.text for one in outcome.explanations] == [kept]


def test_what_the_form_does_not_ask_is_left_out():
    said = FilledValues(
        values={("FW2", ""): "1", ("OP2", "nobody"): "2"},
        explanations={"FW2": "x"},
        entries={"gossip": [{"text": "x"}], "lesson": [{"amount": "5", "text": "y"}]},
    )
    outcome = read(written(said))
    assert not any(one.text for one in outcome.update.cells)
    assert outcome.explanations == ()
    assert [dict(one.values) for one in outcome.entries] == [{"theme": "", "text": "y"}]
