"""Inputs whose names are no longer in the row and column that they were made for.

Office programs move a defined name along when its cell is cut and pasted, so that a figure would be
read for another indicator than the one that its row names. Rows that were inserted or deleted move
the row's code with it and change nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from cpsa.intake.readers.workbook import defined_names
from cpsa.intake.readers.workbook.defined_names import Area
from cpsa.intake.readers.workbook.workbook_cells import WorkbookCells

Input = tuple[str, str, Area | None]
Key = tuple[str, str]  # indicator, dimension


def find_moved_inputs(book: WorkbookCells, inputs: Sequence[Input]) -> Mapping[Key, str]:
    """For each input that was moved, the code of the row where it is now, or its column's letter.

    Blank codes are quoted as ``–``, labels of several lines on one. An input that lost its cell is not among them.
    """
    code_columns = _find_code_columns(book, inputs)
    moved: dict[Key, str] = {}
    columns: dict[tuple[str, str], Counter[int]] = defaultdict(Counter)
    in_their_row = []
    for indicator, dimension, area in inputs:
        if area is None:
            continue
        found = _get_code(book, area, code_columns[area.sheet])
        if found.casefold() != indicator.casefold():
            moved[indicator, dimension] = found or "–"
            continue
        columns[area.sheet, dimension][area.left] += 1
        in_their_row.append((indicator, dimension, area))
    for indicator, dimension, area in in_their_row:
        if area.left != _find_own_column(columns, area.sheet, dimension):
            moved[indicator, dimension] = defined_names.column_letters(area.left)
    return moved


def find_rows_of_lost_inputs(book: WorkbookCells, inputs: Sequence[Input]) -> Mapping[str, Area]:
    """For each indicator that has an input without a cell, the row that still names it.

    A cut cell that is pasted over an input removes the input's cell. Where the row itself was
    deleted there is nothing that its sender could take for the figure.
    """
    code_columns = _find_code_columns(book, inputs)
    lost = {indicator for indicator, _, area in inputs if area is None}
    rows: dict[str, Area] = {}
    for (sheet, row, column), found in sorted(book.cells.items()):
        code = found.text.strip()
        if code in lost and column == code_columns.get(sheet):
            rows.setdefault(code, Area(sheet, row, column, row, column))
    return rows


def _find_code_columns(book: WorkbookCells, inputs: Sequence[Input]) -> Mapping[str, int]:
    """The column of each sheet in which most rows name their own indicator: A, unless one was put
    in before it."""
    matches: dict[str, Counter[int]] = defaultdict(Counter)
    for indicator, _, area in inputs:
        if area is None:
            continue
        matches[area.sheet][1] += 0
        for column in range(1, area.left):
            if _get_code(book, area, column).casefold() == indicator.casefold():
                matches[area.sheet][column] += 1
    return {
        sheet: max(found.items(), key=lambda item: (item[1], -item[0]))[0]
        for sheet, found in matches.items()
    }


def _get_code(book: WorkbookCells, area: Area, column: int) -> str:
    found = book.cells.get((area.sheet, area.top, column))
    return " ".join(found.text.split()) if found else ""


def _find_own_column(
    columns: Mapping[tuple[str, str], Counter[int]], sheet: str, dimension: str
) -> int | None:
    """The column in which most inputs of a part are, of those where no other part has as many."""
    elsewhere: Counter[int] = Counter()
    for (title, part), counts in columns.items():
        if title == sheet and part != dimension:
            elsewhere |= counts
    own = {
        column: number
        for column, number in columns[sheet, dimension].items()
        if number > elsewhere[column]
    }
    return max(own, key=lambda column: (own[column], -column), default=None)
