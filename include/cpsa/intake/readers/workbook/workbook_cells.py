"""What every workbook reader gives: the template's names and the filled cells they point at.

What belongs here: the shape common to .xlsx, .xls and .ods, and how a cell's value is written out
as text. What must not: opening files, or the meaning of a name (``workbook_update``).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from cpsa.intake.readers.workbook.defined_names import (
    LAST_ROW,
    Area,
    input_key,
    is_frame_name,
    is_template_name,
    table_key,
)

Position = tuple[str, int, int]  # sheet, row, column

# A user who filled the frame of entries or of a table goes on below it; so far down it is read.
_BELOW_THE_FRAME = 300
# Of sheets without names: how many are read, and the last row and column of each.
_MAX_NAMELESS_SHEETS, _NAMELESS_CORNER = 20, (200, 40)
# All the cells one file may make a reader walk over, however its names are spread.
_MAX_CELLS = 500_000
# All the text one file may hold in the cells that are read.
_MAX_TEXT = 8_000_000


class TooMuchError(Exception):
    """The names point at more than any filled template holds."""


@dataclass(frozen=True, slots=True)
class FilledCell:
    """A filled cell: its text, and the formula it came from ("" when it was typed).

    ``shown``: what the cell shows where its number format shows another figure; "" where it does not.
    """

    text: str
    formula: str = ""
    shown: str = ""


@dataclass(frozen=True)
class WorkbookCells:
    """A workbook as far as it concerns us. A name with no area has lost its cell.

    ``outdated``: the file says that results of formulas may be out of date: they are calculated by
    hand only, or are to be calculated when it is opened. ``sheets``: the titles of all its sheets.
    """

    names: Mapping[str, Area | None]
    cells: Mapping[Position, FilledCell]
    outdated: bool = False
    sheets: tuple[str, ...] = ()

    def get_cell(self, area: Area | None) -> FilledCell | None:
        return self.cells.get((area.sheet, area.top, area.left)) if area else None

    def as_json(self) -> str:
        names = {
            name: [area.sheet, area.top, area.left, area.bottom, area.right] if area else None
            for name, area in self.names.items()
        }
        cells = [
            [*position, found.text, found.formula, found.shown]
            for position, found in self.cells.items()
        ]
        data = {"names": names, "cells": cells, "outdated": self.outdated, "sheets": self.sheets}
        return json.dumps(data)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> WorkbookCells:
        """The book that ``as_json`` wrote, once it was loaded."""
        return cls(
            {name: Area(*area) if area else None for name, area in data["names"].items()},
            {
                (sheet, row, column): FilledCell(*fields)
                for sheet, row, column, *fields in data["cells"]
            },
            data["outdated"],
            tuple(data["sheets"]),
        )


def list_needed_areas(names: Mapping[str, Area | None], sheets: Iterable[str]) -> dict[str, Area]:
    """For each sheet the rectangle that holds all cells to be read; TooMuchError when it is absurd.

    ``sheets``: all titles. Of a sheet without names the beginning is read: it may be the copy of one
    that has, or had, figures.
    """
    boxes: dict[str, Area] = {}
    for name, area in names.items():
        if area is None or not is_template_name(name):
            continue
        below = _BELOW_THE_FRAME if is_frame_name(name) else 0
        bottom = min(area.bottom + below, LAST_ROW)
        left = 1 if input_key(name) else area.left  # the row's code is read with its inputs
        top = max(area.top - 1, 1) if table_key(name) else area.top  # and a column with its head
        known = boxes.get(area.sheet, area)
        boxes[area.sheet] = Area(
            area.sheet,
            min(known.top, top),
            min(known.left, left),
            max(known.bottom, bottom),
            max(known.right, area.right),
        )
    nameless = [title for title in sheets if title not in boxes][:_MAX_NAMELESS_SHEETS]
    boxes |= {title: Area(title, 1, 1, *_NAMELESS_CORNER) for title in nameless}
    if sum(box.bottom * box.right for box in boxes.values()) > _MAX_CELLS:
        raise TooMuchError
    return boxes


def limit_cells(cells: Iterable[tuple[Position, FilledCell]]) -> dict[Position, FilledCell]:
    """The filled cells as a mapping; TooMuchError when they hold more text than a person types."""
    kept: dict[Position, FilledCell] = {}
    text = 0
    for position, found in cells:
        text += len(found.text) + len(found.formula)
        if text > _MAX_TEXT:
            raise TooMuchError
        kept[position] = found
    return kept


def format_cell_value(value: object) -> str:
    """A cell's value as text: text verbatim, numbers in plain decimals, dates as a date."""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "TRUE" if value else "FALSE"
        case int():
            return str(value)
        case float():
            return format_decimal(value)
        case datetime() if value.time() == datetime.min.time():
            return value.date().isoformat()
        case datetime():
            return value.isoformat(sep=" ", timespec="seconds")
        case date():
            return value.isoformat()
    return str(value)


def format_decimal(value: float) -> str:
    """A number as a spreadsheet shows it: no exponent, and at most 15 significant digits."""
    if not math.isfinite(value):
        return str(value)
    written = format(Decimal(format(value, ".15g")), "f")
    if "." in written:
        written = written.rstrip("0").rstrip(".")
    return "0" if written == "-0" else written
