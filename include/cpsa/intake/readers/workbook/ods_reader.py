"""Reads .ods by defined name, from its content.xml with expat. Runs only in the limited process.

Two passes, since the names come after the sheets. Repeated rows and columns are counted, never
unrolled beyond the cells that are wanted. Error cells, which carry their error only as shown text,
stay errors.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from cpsa.intake.readers.workbook.defined_names import Area, is_template_name, parse_area
from cpsa.intake.readers.workbook.number_format import is_other_figure
from cpsa.intake.readers.workbook.workbook_cells import (
    FilledCell,
    Position,
    WorkbookCells,
    format_cell_value,
    limit_cells,
    list_needed_areas,
)

_VALUE_NAMESPACE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0 "
_TABLE_NAMESPACE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0 "
_TEXT_NAMESPACE = "urn:oasis:names:tc:opendocument:xmlns:text:1.0 "
_BY_HAND = re.compile(rb'config:name="AutoCalculate"[^>]*>\s*false\s*<')
_CELLS = (_TABLE_NAMESPACE + "table-cell", _TABLE_NAMESPACE + "covered-table-cell")
_NUMBERS = ("float", "percentage", "currency")


def read_ods(content: bytes) -> WorkbookCells:
    """The template's names and the filled cells they point at."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        sheets = package.read("content.xml")
        has_settings = "settings.xml" in package.namelist()
        settings = package.read("settings.xml") if has_settings else b""
    finder = _NameFinder()
    _parse(sheets, finder)
    names = {
        name: at if (at := parse_area(reference)) and at.sheet in finder.titles else None
        for name, reference in finder.references.items()
    }
    titles = tuple(finder.titles)
    reader = _CellFinder(list_needed_areas(names, titles))
    _parse(sheets, reader)
    return WorkbookCells(
        names, limit_cells(reader.iter_cells()), bool(_BY_HAND.search(settings)), titles
    )


def _parse(sheets: bytes, target: _NameFinder | _CellFinder) -> None:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = target.start
    parser.EndElementHandler = target.end
    parser.CharacterDataHandler = target.text
    parser.Parse(sheets, True)  # noqa: FBT003 (expat takes no keywords)


@dataclass
class _NameFinder:
    """First pass: the titles of the sheets, and the names that hold for the whole workbook."""

    titles: dict[str, None] = field(default_factory=dict)  # in their order
    references: dict[str, str] = field(default_factory=dict)
    within: int = 0  # tables around the place being read

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == _TABLE_NAMESPACE + "table":
            self.within += 1
            self.titles[attributes.get(_TABLE_NAMESPACE + "name", "")] = None
        elif (
            tag in (_TABLE_NAMESPACE + "named-range", _TABLE_NAMESPACE + "named-expression")
            and not self.within
        ):
            name = attributes.get(_TABLE_NAMESPACE + "name", "")
            if is_template_name(name):
                reference = attributes.get(_TABLE_NAMESPACE + "cell-range-address", "")
                self.references[name] = reference

    def end(self, tag: str) -> None:
        if tag == _TABLE_NAMESPACE + "table":
            self.within -= 1

    def text(self, data: str) -> None:
        """Text is of no interest here."""


@dataclass
class _Cell:
    """One cell being read; paragraphs of a comment or drawing in it are not its own."""

    attributes: Mapping[str, str]
    paragraphs: list[str] = field(default_factory=list)
    inner: int = 0  # elements of other kinds around the place being read


@dataclass
class _CellFinder:
    """Second pass: the filled cells within the wanted rectangles."""

    boxes: Mapping[str, Area]
    cells: list[tuple[str, int, int, int, int, FilledCell]] = field(default_factory=list)
    depth: int = 0
    box: Area | None = None
    row: int = 0
    rows: int = 1
    column: int = 0
    columns: int = 1
    cell: _Cell | None = None

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if self.cell is not None:
            self._start_within(self.cell, tag, attributes)
        elif tag == _TABLE_NAMESPACE + "table":
            self.depth += 1
            if self.depth == 1:
                self.box = self.boxes.get(attributes.get(_TABLE_NAMESPACE + "name", ""))
                self.row, self.rows = 1, 0
        elif self.depth != 1 or self.box is None:
            return
        elif tag == _TABLE_NAMESPACE + "table-row":
            self.row += self.rows
            self.rows = _get_repeats(attributes, "number-rows-repeated")
            self.column, self.columns = 1, 0
        elif tag in _CELLS:
            self.column += self.columns
            self.columns = _get_repeats(attributes, "number-columns-repeated")
            self.cell = _Cell(attributes)

    def _start_within(self, cell: _Cell, tag: str, attributes: Mapping[str, str]) -> None:
        if cell.inner or not tag.startswith(_TEXT_NAMESPACE):
            cell.inner += 1
        elif tag == _TEXT_NAMESPACE + "p":
            cell.paragraphs.append("")
        elif cell.paragraphs:
            spaces = {
                "s": " " * min(_get_number(attributes, _TEXT_NAMESPACE + "c"), 1000),
                "tab": "\t",
            }
            spaces["line-break"] = "\n"
            cell.paragraphs[-1] += spaces.get(tag.removeprefix(_TEXT_NAMESPACE), "")

    def text(self, data: str) -> None:
        if self.cell is not None and not self.cell.inner and self.cell.paragraphs:
            self.cell.paragraphs[-1] += data

    def end(self, tag: str) -> None:
        if self.cell is not None:
            if self.cell.inner:
                self.cell.inner -= 1
            elif tag in _CELLS:
                self._keep(self.cell)
                self.cell = None
        elif tag == _TABLE_NAMESPACE + "table":
            self.depth -= 1

    def _keep(self, cell: _Cell) -> None:
        found = _read_cell(cell)
        if self.box is None or not (found.text or found.formula):
            return
        top, left = max(self.row, self.box.top), max(self.column, self.box.left)
        bottom = min(self.row + self.rows - 1, self.box.bottom)
        right = min(self.column + self.columns - 1, self.box.right)
        if top <= bottom and left <= right:
            self.cells.append((self.box.sheet, top, left, bottom, right, found))

    def iter_cells(self) -> Iterator[tuple[Position, FilledCell]]:
        for sheet, top, left, bottom, right, found in self.cells:
            for row in range(top, bottom + 1):
                for column in range(left, right + 1):
                    yield (sheet, row, column), found


def _read_cell(cell: _Cell) -> FilledCell:
    """Read a cell: its value, or what is shown where the value says less."""
    shown = "\n".join(cell.paragraphs)
    formula = cell.attributes.get(_TABLE_NAMESPACE + "formula", "")
    kind = cell.attributes.get(_VALUE_NAMESPACE + "value-type", "")
    otherwise = ""
    if kind in _NUMBERS:
        value = cell.attributes.get(_VALUE_NAMESPACE + "value", "")
        text = _number_text(value, shown)
        otherwise = shown if text != shown and is_other_figure(text, shown) else ""
        if cell.paragraphs and not shown.strip():
            otherwise = f"{text} (–)"  # hidden by its format
    elif kind == "boolean":
        text = format_cell_value(cell.attributes.get(_VALUE_NAMESPACE + "boolean-value") == "true")
    elif kind == "date":
        text = cell.attributes.get(_VALUE_NAMESPACE + "date-value", "") or shown
    else:
        text = shown or cell.attributes.get(_VALUE_NAMESPACE + "string-value", "")
    return FilledCell(text, "=" + formula.partition("=")[2] if formula else "", otherwise)


def _number_text(value: str, shown: str) -> str:
    """A number in plain decimals; a truth value, kept as 0 or 1 but shown as a word, is the word."""
    try:
        number = float(value)
    except ValueError:
        return shown or value
    is_word = any(map(str.isalpha, shown)) and not any(map(str.isdigit, shown))
    return shown if is_word and number in (0, 1) else format_cell_value(number)


def _get_repeats(attributes: Mapping[str, str], name: str) -> int:
    return _get_number(attributes, _TABLE_NAMESPACE + name)


def _get_number(attributes: Mapping[str, str], name: str) -> int:
    digits = attributes.get(name, "1")
    return max(1, int(digits[:9])) if digits.isascii() and digits.isdigit() else 1
