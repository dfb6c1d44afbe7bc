"""Inputs whose names were moved by cut and paste are told from rows and columns put in between."""

from __future__ import annotations

import io

from openpyxl import load_workbook
from openpyxl.workbook.defined_name import DefinedName
from tests.unit.intake.readers.workbook.samples import KEY, QUARTER, blank, cell, framework, saved

from cpsa.checks.structure_rules import judge_structure
from cpsa.intake.readers.workbook.template_seal import SealState, find_seal_state
from cpsa.intake.readers.workbook.workbook_reader import read_workbook
from cpsa.intake.readers.workbook.workbook_update import WorkbookUpdate

AGENCY = "IA-INDPH"


def read(book):
    update = read_workbook(saved(book))
    assert isinstance(update, WorkbookUpdate), update
    return update


def opened():
    return load_workbook(io.BytesIO(blank()))


def point(book, name: str, at) -> None:
    reference = f"'{at.parent.title}'!${at.column_letter}${at.row}"
    book.defined_names[name] = DefinedName(name, attr_text=reference)


def findings(book) -> list[tuple[str, str, str, str, str]]:
    judged = judge_structure(read(book).update, AGENCY, QUARTER.key, "IA", framework())
    return [
        (one.rule, one.indicator, one.dimension, one.expected, one.place)
        for one in judged.findings
        if one.rule == "S01"
    ]


def test_a_blank_template_has_no_moved_input() -> None:
    assert [one for one in read(opened()).update.cells if one.doubt] == []


def test_two_figures_swapped_by_cut_and_paste_are_both_refused() -> None:
    book = opened()
    fifth, sixth = cell(book, "in_OP5_total"), cell(book, "in_OP6_total")
    fifth.value, sixth.value = 7, 15
    point(book, "in_OP5_total", sixth)
    point(book, "in_OP6_total", fifth)
    assert findings(book) == [
        ("S01", "OP5", "", "figure.moved: OP6", f"Output!{sixth.coordinate}"),
        ("S01", "OP6", "", "figure.moved: OP5", f"Output!{fifth.coordinate}"),
    ]
    assert find_seal_state(read(book).seal, KEY, AGENCY, QUARTER.key, framework()) is SealState.OK


def test_a_part_moved_into_the_column_of_another_is_refused() -> None:
    book = opened()
    total = cell(book, "in_OP2_total")
    total.value = 40
    point(book, "in_OP2_women", total)
    assert findings(book) == [
        (
            "S01",
            "OP2",
            "women",
            f"figure.moved: {total.column_letter}",
            f"Output!{total.coordinate}",
        )
    ]


def test_an_input_moved_to_a_row_of_no_indicator_is_refused() -> None:
    book = opened()
    free = cell(book, "in_OP2_total").offset(row=60)
    free.value = 40
    point(book, "in_OP2_total", free)
    assert [found[:4] for found in findings(book)] == [("S01", "OP2", "", "figure.moved: –")]


def test_a_label_of_two_lines_is_quoted_on_one() -> None:
    book = opened()
    free = cell(book, "in_OP2_total").offset(row=60)
    free.parent.cell(free.row, 1).value = "Diagnostic study\nनैदानिक अध्ययन"
    point(book, "in_OP2_total", free)
    assert findings(book)[0][3] == "figure.moved: Diagnostic study नैदानिक अध्ययन"


def test_a_column_put_in_before_the_codes_changes_nothing() -> None:
    book = opened()
    page = book["Output"]
    names = [name for name, defined in book.defined_names.items() if "Output" in defined.attr_text]
    inputs = {name: cell(book, name) for name in names if name.startswith("in_")}
    places = {name: (found.row, found.column) for name, found in inputs.items()}
    page.insert_cols(1)
    for name, (row, column) in places.items():
        point(book, name, page.cell(row, column + 1))
    cell(book, "in_OP2_total").value = 40
    assert findings(book) == []
