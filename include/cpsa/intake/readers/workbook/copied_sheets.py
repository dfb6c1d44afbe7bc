"""Sheets of figures or of a table that are in a workbook twice, or whose names are gone.

A copied sheet looks like the one that was copied, but names stay with the original: where both are
there and differ, or the original was deleted, what is read is not what its sender sees. Rows whose
names alone are gone are for ``moved_inputs``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cpsa.intake.readers.workbook.defined_names import Area
from cpsa.intake.readers.workbook.moved_inputs import Input
from cpsa.intake.readers.workbook.table_frames import list_table_areas
from cpsa.intake.readers.workbook.workbook_cells import WorkbookCells

_CODE = re.compile(r"[A-Z]{1,4}[0-9]{1,2}[A-Z]?")
_RULE = re.compile(r"[A-Z][0-9]{2}")  # S01, Q10: what the list of marks names, no indicator
_CODE_COLUMNS = 3  # A, unless one or two were put in before it
_MIN_CODES = 2
_MAX_LISTED = 15

Position = tuple[int, int]  # row, column


@dataclass(frozen=True)
class SheetFault:
    """What is wrong with sheets as a whole: a key of the catalogue, and their titles, or the codes
    of their indicators where they are not there at all."""

    cause: str
    concerns: tuple[str, ...]

    def __str__(self) -> str:
        """As a finding keeps it."""
        listed = ", ".join(f"“{concern[:31]}”" for concern in self.concerns[:_MAX_LISTED])
        more = ", …" if len(self.concerns) > _MAX_LISTED else ""
        return f"{self.cause}: {listed}{more}"


def find_sheet_fault(book: WorkbookCells, inputs: Sequence[Input]) -> SheetFault | None:
    """The first sheet whose names are gone, else the first that is there twice with differences.

    ``inputs``: all inputs by name. None where each figure's sheet is there once, or twice alike. One
    row that was deleted is no fault of a sheet: its figure is missing.
    """
    named: dict[str, list[Input]] = defaultdict(list)
    for named_input in inputs:
        if named_input[2] is not None:
            named[named_input[2].sheet].append(named_input)
    tables = list_table_areas(book)  # what is typed there may look like codes of indicators
    codes = {
        title: found
        for title in book.sheets
        if title not in tables and len(found := _find_codes(book, title)) >= _MIN_CODES
    }
    nameless = [title for title in codes if title not in named and not _is_overview(title, codes)]
    gone = [
        title
        for title in nameless
        if not any(_has_overlap(codes, title, original) for original in named)
    ]
    if gone:
        return SheetFault("workbook.names_gone", tuple(gone))
    in_a_row = {code for title in named for code in codes.get(title, ())}
    kept = {indicator for indicator, _, area in inputs if area is not None} | in_a_row
    deleted = list(dict.fromkeys(code for code, _, _ in inputs if code not in kept))
    if len(deleted) >= _MIN_CODES:
        return SheetFault("workbook.sheet_deleted", tuple(deleted))
    for title in nameless:
        for original, own in named.items():
            if _has_overlap(codes, title, original) and _is_different(
                book, own, codes[title], title
            ):
                return SheetFault("workbook.sheet_twice", (original, title))
    return _find_copied_table(book)


def _find_copied_table(book: WorkbookCells) -> SheetFault | None:
    """The first sheet of a table that is there twice, with the same heads and other rows."""
    named = {area.sheet for area in book.names.values() if area}
    for original, areas in list_table_areas(book).items():
        for title in book.sheets:
            if title in named or not all(_is_same_head(book, area, title) for area in areas):
                continue
            columns = {area.left: area.top for area in areas}
            if _list_rows(book, original, columns) != _list_rows(book, title, columns):
                return SheetFault("workbook.table_twice", (original, title))
    return None


def _is_same_head(book: WorkbookCells, area: Area, title: str) -> bool:
    heads = (book.cells.get((sheet, area.top - 1, area.left)) for sheet in (area.sheet, title))
    texts = [head.text.strip() if head else "" for head in heads]
    return texts[0] == texts[1] != ""


def _list_rows(
    book: WorkbookCells, title: str, columns: Mapping[int, int]
) -> Mapping[tuple[int, int], str]:
    """What is filled in columns of a sheet, each from a row on, by row and column."""
    return {
        (row, column): found.text.strip()
        for (sheet, row, column), found in book.cells.items()
        if sheet == title and row >= columns.get(column, row + 1) and found.text.strip()
    }


def _find_codes(book: WorkbookCells, title: str) -> Mapping[str, Position]:
    """Where each code of an indicator is on a sheet, in the column that has most of them."""
    columns: dict[int, dict[str, Position]] = defaultdict(dict)
    for row in range(1, _find_last_row(book, title) + 1):
        for column in range(1, _CODE_COLUMNS + 1):
            found = book.cells.get((title, row, column))
            code = found.text.strip() if found else ""
            if _CODE.fullmatch(code) and not _RULE.fullmatch(code):
                columns[column].setdefault(code, (row, column))
    return max(columns.values(), key=len, default={})


def _find_last_row(book: WorkbookCells, title: str) -> int:
    return max((row for sheet, row, _ in book.cells if sheet == title), default=0)


def _is_overview(title: str, codes: Mapping[str, Mapping[str, Position]]) -> bool:
    """Whether a sheet lists the codes of another and more besides, as the guide does."""
    return any(
        set(codes[title]) > set(other_codes)
        for other_title, other_codes in codes.items()
        if other_title != title
    )


def _has_overlap(codes: Mapping[str, Mapping[str, Position]], first: str, second: str) -> bool:
    return bool(set(codes[first]) & set(codes.get(second, ())))


def _is_different(
    book: WorkbookCells, own: Sequence[Input], copied: Mapping[str, Position], title: str
) -> bool:
    """Whether the copy of a sheet has another figure than the sheet that is read."""
    for indicator, _, area in own:
        if area is None or indicator not in copied:
            continue
        row, code_column = copied[indicator]
        beside = Area(title, row, area.left + code_column - 1, row, area.left + code_column - 1)
        if _get_text(book, area) != _get_text(book, beside):
            return True
    return False


def _get_text(book: WorkbookCells, area: Area) -> str:
    found = book.get_cell(area)
    return found.text.strip() if found else ""
