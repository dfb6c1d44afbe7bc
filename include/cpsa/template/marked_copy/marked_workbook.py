"""Marks a filled .xlsx: earlier marks off, new ones on, everything else as it was."""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from openpyxl import load_workbook
from openpyxl.cell import Cell
from openpyxl.utils import quote_sheetname

from cpsa.intake.readers.workbook import defined_names
from cpsa.template.marked_copy import (
    cell_comments,
    cell_styles,
    fault_list,
    formula_results,
    workbook_bytes,
)
from cpsa.template.marked_copy.fault_mark import FaultMark
from cpsa.template.marked_copy.formula_results import Result

INSTRUCTION_KEY = "marking.how"


def mark_workbook_cells(
    content: bytes,
    marks: Sequence[FaultMark],
    language: str,
    instruction_key: str = INSTRUCTION_KEY,
) -> bytes:
    """The workbook with its marks, what must be corrected first; the same bytes each time.

    ``instruction_key``: the key of the line on the first sheet that says what to do.

    Its values, names, seal, protection and drop-downs stay, so that it can be corrected in place and
    sent again. For files of strangers see ``marking_process``: openpyxl is written for friendly ones.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what openpyxl leaves out (drawings, extensions)
        calculated = _read_calculated(content)
        book = load_workbook(io.BytesIO(content), rich_text=True)
    _remove_marks(book)
    ordered = sorted(marks, key=lambda mark: not mark.must_correct)
    marked_cells = [(mark, _find_cell(book, mark)) for mark in ordered]
    by_cell: dict[tuple[str, str], tuple[Any, list[FaultMark]]] = {}
    for mark, cell in marked_cells:
        if cell is not None:
            by_cell.setdefault((cell.parent.title, cell.coordinate), (cell, []))[1].append(mark)
    for cell, cell_marks in by_cell.values():
        cell_styles.apply_fault_style(
            cell, must_correct=any(mark.must_correct for mark in cell_marks)
        )
        cell_comments.add_comment(cell, cell_marks, language)
    fault_list.add_fault_list(book, marked_cells, language, instruction_key)
    return workbook_bytes.save_workbook(book, calculated)


def _read_calculated(content: bytes) -> Mapping[str, Mapping[str, Result]]:
    """Return the results of formulas by sheet and cell."""
    book = load_workbook(io.BytesIO(content), read_only=True)
    try:
        found = {}
        for sheet in book.worksheets:
            with sheet._get_source() as source:  # the way openpyxl itself walks the sheet
                found[sheet.title] = formula_results.read_formula_results(source.read())
        return found
    finally:
        book.close()


def _remove_marks(book: Any) -> None:
    fault_list.remove_fault_list(book)
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell, Cell):
                    cell_styles.remove_fault_style(cell)
                    cell_comments.remove_comment(cell)


def _find_cell(book: Any, mark: FaultMark) -> Cell | None:
    """The cell that a mark is about; None where it is about none that can be marked."""
    if mark.name:
        defined = book.defined_names.get(mark.name)
        area = defined_names.parse_area(defined.attr_text or "") if defined else None
    else:
        sheet, _, place = mark.place.rpartition("!")
        area = defined_names.parse_area(f"{quote_sheetname(sheet)}!{place}") if sheet else None
    if area is None or area.sheet not in {sheet.title for sheet in book.worksheets}:
        return None
    cell = book[area.sheet].cell(area.top, area.left)
    return cell if isinstance(cell, Cell) else None
