"""The rows of tables in a workbook: each column is a frame with a name, as those of entries are.

What must not go here: what a value means (``checks.table_values``). A workbook made by an earlier
template has no such names, and gives no table.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from cpsa.intake.readers.workbook import defined_names
from cpsa.intake.readers.workbook.defined_names import Area
from cpsa.intake.readers.workbook.workbook_cells import WorkbookCells
from cpsa.submissions.table_rows import TypedTable, TypedValue

Frame = Mapping[str, Area | None]
"""The area of each column; None for one whose cells were deleted. It counts as offered, and blank."""


def read_tables(book: WorkbookCells) -> tuple[TypedTable, ...]:
    """Each table with every row within or below its frame in which something is filled."""
    frames: dict[str, dict[str, Area | None]] = defaultdict(dict)
    for name, area in sorted(book.names.items()):
        if key := defined_names.table_key(name):
            frames[key[0]][key[1]] = area
    rows = _find_filled_rows(book, frames)
    return tuple(
        TypedTable(code, tuple(frame), tuple(_list_rows(book, frame, rows[code])))
        for code, frame in frames.items()
    )


def list_table_areas(book: WorkbookCells) -> Mapping[str, Sequence[Area]]:
    """The areas of the columns of each sheet that has a table, by its title."""
    areas: dict[str, list[Area]] = defaultdict(list)
    for name, area in sorted(book.names.items()):
        if area and defined_names.table_key(name):
            areas[area.sheet].append(area)
    return areas


def _find_filled_rows(
    book: WorkbookCells, frames: Mapping[str, Frame]
) -> Mapping[str, set[tuple[str, int]]]:
    """For each table the sheet and number of its filled rows."""
    columns = {
        (area.sheet, area.left): (code, area.top)
        for code, frame in frames.items()
        for area in frame.values()
        if area
    }
    rows: dict[str, set[tuple[str, int]]] = defaultdict(set)
    for (sheet, row, column), found in book.cells.items():
        if (known := columns.get((sheet, column))) and row >= known[1] and found.text.strip():
            rows[known[0]].add((sheet, row))
    return rows


def _list_rows(
    book: WorkbookCells, frame: Frame, rows: set[tuple[str, int]]
) -> Iterator[tuple[str, Mapping[str, TypedValue]]]:
    """From the top; blank cells as well, so that a finding about one says where it is."""
    for sheet, row in sorted(rows):
        columns = {
            column: area.left for column, area in frame.items() if area and area.sheet == sheet
        }
        place = defined_names.format_place(sheet, row, min(columns.values()))
        yield (
            place,
            {column: _read_value(book, sheet, row, left) for column, left in columns.items()},
        )


def _read_value(book: WorkbookCells, sheet: str, row: int, column: int) -> TypedValue:
    found = book.cells.get((sheet, row, column))
    place = defined_names.format_place(sheet, row, column)
    return TypedValue(found.text, place, found.shown) if found else TypedValue("", place)
