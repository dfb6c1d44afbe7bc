"""Reads .xls (BIFF8) by defined name, with xlrd. Runs only in the limited process (``parser_process``).

xlrd rather than calamine: it distinguishes error cells from empty ones, truth values from numbers,
and names of the workbook from names of one sheet.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import xlrd

from cpsa.intake.readers.workbook.defined_names import Area, is_template_name, limit_area
from cpsa.intake.readers.workbook.number_format import find_other_figure
from cpsa.intake.readers.workbook.workbook_cells import (
    FilledCell,
    Position,
    WorkbookCells,
    format_cell_value,
    limit_cells,
    list_needed_areas,
)

_WHOLE_WORKBOOK = -1  # the scope of a name that is not one sheet's own
_CALCULATION_RECORD = 0x000D
_FORMULA_RECORD, _END_RECORD, _START_RECORD = 0x0006, 0x000A, 0x0809


def read_xls(content: bytes) -> WorkbookCells:
    """The template's names and the filled cells they point at."""
    with open(os.devnull, "w") as nowhere:
        opened = xlrd.open_workbook(
            file_contents=content, logfile=nowhere, on_demand=True, formatting_info=True
        )
        names = {
            name.name: _find_area(opened, name)
            for name in opened.name_obj_list
            if name.scope == _WHOLE_WORKBOOK and is_template_name(name.name)
        }
        titles = tuple(opened.sheet_names())
        cells = limit_cells(_iter_cells(opened, list_needed_areas(names, titles)))
        return WorkbookCells(names, cells, _is_calculated_by_hand(opened), titles)


def _find_area(opened: Any, name: Any) -> Area | None:
    """The one rectangle a name refers to; None when its cells were deleted."""
    try:
        sheet, top, bottom, left, right = name.area2d(clipped=False)
    except (xlrd.XLRDError, AttributeError, TypeError, IndexError, AssertionError):
        return None
    return limit_area(Area(sheet.name, top + 1, left + 1, bottom, right))


def _iter_cells(opened: Any, boxes: Mapping[str, Area]) -> Iterator[tuple[Position, FilledCell]]:
    for index, title in enumerate(opened.sheet_names()):
        box = boxes.get(title)
        if box is None:
            continue
        sheet = opened.sheet_by_index(index)
        formulas = _find_formula_places(opened, index)
        for row in range(box.top - 1, min(box.bottom, sheet.nrows)):
            for column in range(box.left - 1, min(box.right, sheet.row_len(row))):
                cell = sheet.cell(row, column)
                text = _read_text(cell, opened.datemode)
                # The file keeps formulas as codes; only that there is one can be read.
                formula = "=" if (row, column) in formulas else ""
                if text or formula:
                    yield (
                        (sheet.name, row + 1, column + 1),
                        FilledCell(text, formula, _find_other_display(opened, cell)),
                    )


def _read_text(cell: Any, datemode: int) -> str:
    match cell.ctype:
        case xlrd.XL_CELL_ERROR:
            result: str = xlrd.error_text_from_code.get(cell.value, "#ERROR!")
            return result
        case xlrd.XL_CELL_BOOLEAN:
            return format_cell_value(bool(cell.value))
        case xlrd.XL_CELL_DATE:
            return _format_date(cell.value, datemode)
    return format_cell_value(cell.value)


def _find_other_display(opened: Any, cell: Any) -> str:
    """What a number is shown as where that is another figure; "" where it is not."""
    if cell.ctype != xlrd.XL_CELL_NUMBER:
        return ""
    try:
        code = opened.format_map[opened.xf_list[cell.xf_index].format_key].format_str
    except (AttributeError, IndexError, KeyError, TypeError):
        return ""  # a style that is not there formats nothing
    return find_other_figure(cell.value, code)


def _format_date(value: float, datemode: int) -> str:
    try:
        when: datetime = xlrd.xldate.xldate_as_datetime(value, datemode)
    except (xlrd.xldate.XLDateError, OverflowError, ValueError):
        return "#VALUE!"
    return format_cell_value(when.time() if 0 <= value < 1 else when)


def _find_formula_places(opened: Any, index: int) -> set[tuple[int, int]]:
    """Which cells of a sheet are formulas, from the sheet's own records."""
    return {
        struct.unpack_from("<HH", opened.mem, at)
        for kind, at, size in _iter_records(opened, index)
        if kind == _FORMULA_RECORD and size >= 4
    }


def _is_calculated_by_hand(opened: Any) -> bool:
    """Whether the file says that formulas are calculated by hand only."""
    return any(
        struct.unpack_from("<H", opened.mem, at)[0] == 0
        for index in range(opened.nsheets)
        for kind, at, size in _iter_records(opened, index)
        if kind == _CALCULATION_RECORD and size >= 2
    )


def _iter_records(opened: Any, index: int) -> Iterator[tuple[int, int, int]]:
    """The kind, place and size of each record of a sheet itself, not of charts within it."""
    stream, depth = opened.mem, 0
    at = opened._sh_abs_posn[index]
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        if depth == 1 and at + 4 + size <= len(stream):
            yield kind, at + 4, size
        if kind == _START_RECORD:
            depth += 1  # a chart within the sheet has records of its own
        elif kind == _END_RECORD:
            depth -= 1
            if depth <= 0:
                break
        at += 4 + size
