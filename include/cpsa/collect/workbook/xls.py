"""Reads .xls (BIFF8) by defined name, with xlrd. Runs only in the limited process (``apart``).

xlrd rather than calamine: it tells error cells from empty ones, truth values from numbers, and
names of the workbook from names of one sheet.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import xlrd

from cpsa.collect.workbook.book import Book, Found, Position, limited, text_of, wanted
from cpsa.collect.workbook.names import Area, is_ours, within_reach
from cpsa.collect.workbook.number_format import shown_otherwise

_WHOLE_WORKBOOK = -1  # the scope of a name that is not one sheet's own
_CALCULATION_RECORD = 0x000D
_FORMULA_RECORD, _END_RECORD, _START_RECORD = 0x0006, 0x000A, 0x0809


def book(content: bytes) -> Book:
    """The template's names and the filled cells they point at."""
    with open(os.devnull, "w") as nowhere:
        opened = xlrd.open_workbook(
            file_contents=content, logfile=nowhere, on_demand=True, formatting_info=True
        )
        names = {
            name.name: _area(opened, name)
            for name in opened.name_obj_list
            if name.scope == _WHOLE_WORKBOOK and is_ours(name.name)
        }
        titles = tuple(opened.sheet_names())
        cells = limited(_found(opened, wanted(names, titles)))
        return Book(names, cells, _is_calculated_by_hand(opened), titles)


def _area(opened: Any, name: Any) -> Area | None:
    """The one rectangle a name stands for; None when its cells were deleted."""
    try:
        sheet, top, bottom, left, right = name.area2d(clipped=False)
    except (xlrd.XLRDError, AttributeError, TypeError, IndexError, AssertionError):
        return None
    return within_reach(Area(sheet.name, top + 1, left + 1, bottom, right))


def _found(opened: Any, boxes: Mapping[str, Area]) -> Iterator[tuple[Position, Found]]:
    for index, title in enumerate(opened.sheet_names()):
        box = boxes.get(title)
        if box is None:
            continue
        sheet = opened.sheet_by_index(index)
        formulas = _formula_places(opened, index)
        for row in range(box.top - 1, min(box.bottom, sheet.nrows)):
            for column in range(box.left - 1, min(box.right, sheet.row_len(row))):
                cell = sheet.cell(row, column)
                text = _text(cell, opened.datemode)
                # The file keeps formulas as codes; that there is one is all that is told.
                formula = "=" if (row, column) in formulas else ""
                if text or formula:
                    yield (
                        (sheet.name, row + 1, column + 1),
                        Found(text, formula, _shown(opened, cell)),
                    )


def _text(cell: Any, datemode: int) -> str:
    match cell.ctype:
        case xlrd.XL_CELL_ERROR:
            return xlrd.error_text_from_code.get(cell.value, "#ERROR!")
        case xlrd.XL_CELL_BOOLEAN:
            return text_of(bool(cell.value))
        case xlrd.XL_CELL_DATE:
            return _date_text(cell.value, datemode)
    return text_of(cell.value)


def _shown(opened: Any, cell: Any) -> str:
    """What a number is shown as where that is another figure; "" where it is not."""
    if cell.ctype != xlrd.XL_CELL_NUMBER:
        return ""
    try:
        code = opened.format_map[opened.xf_list[cell.xf_index].format_key].format_str
    except (AttributeError, IndexError, KeyError, TypeError):
        return ""  # a style that is not there formats nothing
    return shown_otherwise(cell.value, code)


def _date_text(value: float, datemode: int) -> str:
    try:
        when: datetime = xlrd.xldate.xldate_as_datetime(value, datemode)
    except (xlrd.xldate.XLDateError, OverflowError, ValueError):
        return "#VALUE!"
    return text_of(when.time() if 0 <= value < 1 else when)


def _formula_places(opened: Any, index: int) -> set[tuple[int, int]]:
    """Which cells of a sheet are formulas, from the sheet's own records."""
    return {
        struct.unpack_from("<HH", opened.mem, at)
        for kind, at, size in _records(opened, index)
        if kind == _FORMULA_RECORD and size >= 4
    }


def _is_calculated_by_hand(opened: Any) -> bool:
    """Whether the file says that formulas are calculated by hand only."""
    return any(
        struct.unpack_from("<H", opened.mem, at)[0] == 0
        for index in range(opened.nsheets)
        for kind, at, size in _records(opened, index)
        if kind == _CALCULATION_RECORD and size >= 2
    )


def _records(opened: Any, index: int) -> Iterator[tuple[int, int, int]]:
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
