"""Marks a filled .xlsx: earlier marks off, new ones on, everything else as it was."""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from openpyxl import load_workbook
from openpyxl.cell import Cell
from openpyxl.utils import quote_sheetname

from cpsa.collect.marking import comments, listing, looks, packing, results
from cpsa.collect.marking.mark import Mark
from cpsa.collect.marking.results import Result
from cpsa.collect.workbook import names

HOW = "marking.how"


def marked(content: bytes, marks: Sequence[Mark], language: str, how: str = HOW) -> bytes:
    """The workbook with its marks, what must be mended first; the same bytes each time.

    ``how``: the key of the line on the first sheet that says what to do.

    Its values, names, seal, protection and drop-downs stay, so that it can be mended in place and
    sent again. For files of strangers see ``apart``: openpyxl is written for friendly ones.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what openpyxl leaves out (drawings, extensions)
        calculated = _calculated(content)
        book = load_workbook(io.BytesIO(content), rich_text=True)
    _take_off(book)
    ordered = sorted(marks, key=lambda mark: not mark.must)
    told = [(mark, _cell(book, mark)) for mark in ordered]
    by_cell: dict[tuple[str, str], tuple[Any, list[Mark]]] = {}
    for mark, cell in told:
        if cell is not None:
            by_cell.setdefault((cell.parent.title, cell.coordinate), (cell, []))[1].append(mark)
    for cell, said in by_cell.values():
        looks.put_on(cell, any(mark.must for mark in said))
        comments.put_on(cell, said, language)
    listing.put_on(book, told, language, how)
    return packing.packed(book, calculated)


def _calculated(content: bytes) -> Mapping[str, Mapping[str, Result]]:
    """The results of formulas by sheet and cell."""
    book = load_workbook(io.BytesIO(content), read_only=True)
    try:
        found = {}
        for sheet in book.worksheets:
            with sheet._get_source() as source:  # the way openpyxl itself walks the sheet
                found[sheet.title] = results.in_sheet(source.read())
        return found
    finally:
        book.close()


def _take_off(book: Any) -> None:
    listing.take_off(book)
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell, Cell):
                    looks.take_off(cell)
                    comments.take_off(cell)


def _cell(book: Any, mark: Mark) -> Cell | None:
    """The cell that a mark is about; None where it is about none that can be marked."""
    if mark.name:
        defined = book.defined_names.get(mark.name)
        area = names.area(defined.attr_text or "") if defined else None
    else:
        sheet, _, place = mark.place.rpartition("!")
        area = names.area(f"{quote_sheetname(sheet)}!{place}") if sheet else None
    if area is None or area.sheet not in {sheet.title for sheet in book.worksheets}:
        return None
    cell = book[area.sheet].cell(area.top, area.left)
    return cell if isinstance(cell, Cell) else None
