"""Which cells of an .xlsx sheet are formulas, found in the sheet's own XML.

What belongs here: finding them, at the cost of one quick pass. What must not: working them out, or
writing shared formulas out for each cell, which a hostile file can make endless.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from cpsa.intake.readers.workbook.defined_names import column_number

_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_CELL = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")


def find_formulas(xml: bytes) -> dict[tuple[int, int], str]:
    """Row and column of each formula, with its text (``=`` alone where the cell shares another's)."""
    if not _FORMULA.search(xml):
        return {}
    finder = _FormulaFinder()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = finder.start
    parser.EndElementHandler = finder.end
    parser.CharacterDataHandler = finder.text
    parser.Parse(xml, True)  # noqa: FBT003 (expat takes no keywords)
    return finder.found


@dataclass
class _FormulaFinder:
    found: dict[tuple[int, int], str] = field(default_factory=dict)
    row: int = 0
    column: int = 0
    formula: list[str] | None = None

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        match tag.rpartition(" ")[2]:
            case "row":
                number = attributes.get("r", "")
                self.row = int(number) if number.isdigit() and len(number) < 8 else self.row + 1
                self.column = 0
            case "c":
                at = _CELL.fullmatch(attributes.get("r", ""))
                self.column = column_number(at[1]) if at else self.column + 1
                self.row = int(at[2]) if at else self.row
            case "f":
                self.formula = ["="]

    def text(self, data: str) -> None:
        if self.formula is not None:
            self.formula.append(data)

    def end(self, tag: str) -> None:
        if self.formula is not None and tag.rpartition(" ")[2] == "f":
            self.found[self.row, self.column] = "".join(self.formula)
            self.formula = None
