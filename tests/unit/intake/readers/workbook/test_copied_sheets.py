"""Copied and deleted sheets, as Excel leaves their names: a fault that names the sheets (S07)."""

from __future__ import annotations

import copy
import io

import pytest
from openpyxl import load_workbook
from openpyxl.workbook.defined_name import DefinedName
from tests.unit.intake.readers.workbook.samples import blank, cell, framework, saved

from cpsa.checks.structure_rules import judge_structure
from cpsa.i18n.catalogue import text
from cpsa.i18n.text import LANGUAGES
from cpsa.intake.readers.workbook.workbook_reader import read_workbook
from cpsa.intake.readers.workbook.workbook_update import WorkbookUpdate
from cpsa.submissions.update import Doubt

AGENCY, QUARTER = "IA-INDPH", "2026-27-Q2"


def opened():
    book = load_workbook(io.BytesIO(blank()))
    cell(book, "in_A1_total").value = 7
    cell(book, "in_A2_total").value = 10
    return book


def copied(book, title: str = "Activities"):
    """A copy of a sheet with names of its own for its cells, as Excel makes it."""
    sheet = book.copy_worksheet(book[title])
    sheet.title = f"{title} (2)"
    for name, defined in book.defined_names.items():
        if defined.attr_text.startswith((f"{title}!", f"'{title}'!")):
            own = copy.copy(defined)
            place = defined.attr_text.rpartition("!")[2]
            own.attr_text = f"'{sheet.title}'!{place}"
            sheet.defined_names[name] = DefinedName(name, attr_text=own.attr_text)
    return sheet


def delete(book, title: str) -> None:
    del book[title]
    for defined in book.defined_names.values():
        if defined.attr_text.startswith((f"{title}!", f"'{title}'!")):
            defined.attr_text = "#REF!"


def read(book) -> WorkbookUpdate:
    update = read_workbook(saved(book))
    assert isinstance(update, WorkbookUpdate), update
    return update


def fault(book) -> str:
    found = read(book).sheet_fault
    return str(found) if found else ""


def test_a_sheet_as_it_was_sent_has_no_fault() -> None:
    assert fault(opened()) == ""


def test_a_copy_that_says_the_same_is_no_fault() -> None:
    book = opened()
    copied(book)
    assert fault(book) == ""
    assert {one.text for one in read(book).update.cells if one.indicator == "A2"} == {"10"}


def test_a_copy_with_another_figure_is_named_beside_the_sheet_that_is_read() -> None:
    book = opened()
    place = cell(book, "in_A2_total").coordinate
    copied(book)[place].value = 11
    assert fault(book) == "workbook.sheet_twice: “Activities”, “Activities (2)”"


def test_a_copy_that_was_filled_in_place_of_the_original_is_named() -> None:
    book = load_workbook(io.BytesIO(blank()))
    place = cell(book, "in_A2_total").coordinate
    copied(book)[place].value = 11
    assert fault(book) == "workbook.sheet_twice: “Activities”, “Activities (2)”"


def test_a_copy_whose_original_was_deleted_is_named() -> None:
    book = opened()
    copied(book)
    delete(book, "Activities")
    assert fault(book) == "workbook.names_gone: “Activities (2)”"


def test_a_deleted_sheet_is_told_by_the_codes_it_had() -> None:
    book = opened()
    delete(book, "Activities")
    assert fault(book) == "workbook.sheet_deleted: “A1”, “A2”"


def test_names_that_another_program_dropped_are_told_with_their_sheets() -> None:
    book = opened()
    for name in list(book.defined_names):
        del book.defined_names[name]
    found = fault(book)
    assert found.startswith("workbook.names_gone: “Budget”, “Activities”")
    assert "Guide" not in found
    assert "Start" not in found


def test_a_foreign_workbook_without_our_codes_has_no_such_fault() -> None:
    book = load_workbook(io.BytesIO(blank()))
    for title in book.sheetnames[1:]:
        del book[title]
    for name in list(book.defined_names):
        del book.defined_names[name]
    assert fault(book) == ""


def test_a_cell_that_was_pasted_over_is_asked_for_where_its_row_is() -> None:
    """Excel: IM1 cut onto IM2. The name of IM2 is gone, the one of IM1 went along."""
    book = opened()
    first, second = cell(book, "in_IM1_total"), cell(book, "in_IM2_total")
    second.value = 4
    book.defined_names["in_IM1_total"].attr_text = f"Impact!${second.column_letter}${second.row}"
    book.defined_names["in_IM2_total"].attr_text = "#REF!"
    judged = judge_structure(read(book).update, AGENCY, QUARTER, "IA", framework())
    found = [
        (one.rule, one.indicator, one.expected, one.place)
        for one in judged.findings
        if one.indicator.startswith("IM")
    ]
    assert found == [
        ("S01", "IM1", "figure.moved: IM2", f"Impact!{second.coordinate}"),
        ("S01", "IM2", "figure.lost", f"Impact!A{second.row}"),
    ]
    assert not {("IM1", ""), ("IM2", "")} & set(judged.facts)
    assert first.value is None


def test_one_deleted_row_is_a_figure_that_is_missing() -> None:
    book = opened()
    cell(book, "in_A2_total")
    place = cell(book, "in_A2_total")
    place.parent.cell(place.row, 1).value = None
    book.defined_names["in_A2_total"].attr_text = "#REF!"
    found = read(book)
    assert found.sheet_fault is None
    assert not any(one.doubt is Doubt.LOST for one in found.update.cells)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", ["names_gone", "sheet_twice", "sheet_deleted"])
def test_the_words_name_the_sheets(key: str, language: str) -> None:
    assert "“Output”" in text(f"workbook.{key}", language, detail="“Output”")
