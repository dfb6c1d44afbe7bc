"""Reads .xlsx by defined name, with openpyxl, one sheet at a time and only where names point.

The file has passed the file guard. Raises what openpyxl raises; ``workbook_reader`` gives the cause.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

from openpyxl import load_workbook
from openpyxl.cell.read_only import EMPTY_CELL
from openpyxl.styles import cell_style

from cpsa.intake.readers.workbook import xlsx_formulas
from cpsa.intake.readers.workbook.defined_names import Area, is_template_name, parse_area
from cpsa.intake.readers.workbook.number_format import find_other_figure
from cpsa.intake.readers.workbook.workbook_cells import (
    FilledCell,
    Position,
    WorkbookCells,
    format_cell_value,
    limit_cells,
    list_needed_areas,
)

# What openpyxl says of a cell whose result is an empty text, and not of one with no result at all.
_EMPTY_TEXT = "str"

_WORKBOOK_PART = "xl/workbook.xml"
_CALCULATION = re.compile(rb"<(?:\w+:)?calcPr\b[^>]*>")
_MAY_BE_OUTDATED = re.compile(rb"""calcMode=["']manual|fullCalcOnLoad=["'](?:1|true)""")

# It prints of a style that is not there, and then raises. Where it is read, others print tables.
cell_style.print = lambda *_: None


def read_xlsx(content: bytes) -> WorkbookCells:
    """The template's names and the filled cells they point at."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what openpyxl leaves out (drawings, extensions)
        workbook = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        try:
            names = _find_names(workbook)
            titles = tuple(sheet.title for sheet in workbook.worksheets)
            cells = limit_cells(_iter_cells(workbook, list_needed_areas(names, titles)))
            return WorkbookCells(names, cells, _is_outdated(content), titles)
        finally:
            workbook.close()


def _is_outdated(content: bytes) -> bool:
    """Whether stored results may be out of date: manual calculation, or one requested on opening.

    Read from the file itself, since openpyxl takes every workbook for one of the second kind.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        found = _CALCULATION.search(package.read(_WORKBOOK_PART))
    return bool(found and _MAY_BE_OUTDATED.search(found[0]))


def _find_names(workbook: Any) -> dict[str, Area | None]:
    """Names of the whole workbook only: a copied sheet brings copies of its names along."""
    titles = {sheet.title for sheet in workbook.worksheets}
    areas = {
        name: parse_area(defined.attr_text or "")
        for name, defined in workbook.defined_names.items()
        if is_template_name(name)
    }
    return {name: at if at and at.sheet in titles else None for name, at in areas.items()}


def _iter_cells(workbook: Any, boxes: Mapping[str, Area]) -> Iterator[tuple[Position, FilledCell]]:
    for sheet in workbook.worksheets:
        box = boxes.get(sheet.title)
        if box is None:
            continue
        with sheet._get_source() as source:  # the way openpyxl itself walks the sheet
            typed = xlsx_formulas.find_formulas(source.read())
        sheet.reset_dimensions()  # the file's own word on its size may be wrong
        rows = sheet.iter_rows(box.top, box.bottom, box.left, box.right)
        for row, cells in enumerate(rows, box.top):
            for column, cell in enumerate(cells, box.left):
                if cell is EMPTY_CELL:
                    continue
                found = _read_cell(cell, typed.get((row, column), ""))
                if found.text or found.formula:
                    yield (sheet.title, row, column), found


def _read_cell(cell: Any, formula: str) -> FilledCell:
    if formula and cell.value is None and cell.data_type != _EMPTY_TEXT:
        # Never calculated: its formula is all there is, and that is no figure (S01).
        return FilledCell(formula, formula)
    return FilledCell(format_cell_value(cell.value), formula, _find_other_display(cell))


def _find_other_display(cell: Any) -> str:
    """What a number is shown as where that is another figure; "" where it is not."""
    if isinstance(cell.value, bool) or not isinstance(cell.value, int | float):
        return ""
    try:
        code = cell.number_format
    except (AttributeError, IndexError, KeyError):
        return ""  # a style that is not there formats nothing
    return find_other_figure(cell.value, code)
