"""Sheets of figures that are in a workbook twice, or whose names are gone.

A copied sheet looks like the one that was copied, but names stay with the original: where both are
there and differ, or the original was deleted, what is read is not what its sender sees. Rows whose
names alone are gone are for ``moved_inputs``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cpsa.collect.workbook.book import Book
from cpsa.collect.workbook.moved_inputs import Input
from cpsa.collect.workbook.names import Area

_CODE = re.compile(r"[A-Z]{1,4}[0-9]{1,2}[A-Z]?")
_RULE = re.compile(r"[A-Z][0-9]{2}")  # S01, Q10: what the list of marks names, no indicator
_CODE_COLUMNS = 3  # A, unless one or two were put in before it
_FEWEST_CODES = 2
_MOST_LISTED = 15

Position = tuple[int, int]  # row, column


@dataclass(frozen=True)
class SheetFault:
    """What is wrong with sheets as a whole: a key of the catalogue, and their titles, or the codes
    of their indicators where they are not there at all."""

    cause: str
    concerns: tuple[str, ...]

    def __str__(self) -> str:
        """As a finding keeps it."""
        listed = ", ".join(f"“{one[:31]}”" for one in self.concerns[:_MOST_LISTED])
        more = ", …" if len(self.concerns) > _MOST_LISTED else ""
        return f"{self.cause}: {listed}{more}"


def find_sheet_fault(book: Book, inputs: Sequence[Input]) -> SheetFault | None:
    """The first sheet whose names are gone, else the first that is there twice with differences.

    ``inputs``: all inputs by name. None where each figure's sheet is there once, or twice alike. One
    row that was deleted is no fault of a sheet: its figure is missing.
    """
    named: dict[str, list[Input]] = defaultdict(list)
    for one in inputs:
        if one[2] is not None:
            named[one[2].sheet].append(one)
    codes = {
        title: found for title in book.sheets if len(found := _codes(book, title)) >= _FEWEST_CODES
    }
    nameless = [title for title in codes if title not in named and not _is_overview(title, codes)]
    gone = [title for title in nameless if not any(_overlap(codes, title, one) for one in named)]
    if gone:
        return SheetFault("workbook.names_gone", tuple(gone))
    in_a_row = {code for title in named for code in codes.get(title, ())}
    kept = {indicator for indicator, _, area in inputs if area is not None} | in_a_row
    deleted = list(dict.fromkeys(code for code, _, _ in inputs if code not in kept))
    if len(deleted) >= _FEWEST_CODES:
        return SheetFault("workbook.sheet_deleted", tuple(deleted))
    for title in nameless:
        for original, own in named.items():
            if _overlap(codes, title, original) and _differ(book, own, codes[title], title):
                return SheetFault("workbook.sheet_twice", (original, title))
    return None


def _codes(book: Book, title: str) -> Mapping[str, Position]:
    """Where each code of an indicator is on a sheet, in the column that has most of them."""
    columns: dict[int, dict[str, Position]] = defaultdict(dict)
    for row in range(1, _last_row(book, title) + 1):
        for column in range(1, _CODE_COLUMNS + 1):
            found = book.cells.get((title, row, column))
            code = found.text.strip() if found else ""
            if _CODE.fullmatch(code) and not _RULE.fullmatch(code):
                columns[column].setdefault(code, (row, column))
    return max(columns.values(), key=len, default={})


def _last_row(book: Book, title: str) -> int:
    return max((row for sheet, row, _ in book.cells if sheet == title), default=0)


def _is_overview(title: str, codes: Mapping[str, Mapping[str, Position]]) -> bool:
    """Whether a sheet lists the codes of another and more besides, as the guide does."""
    return any(set(codes[title]) > set(others) for one, others in codes.items() if one != title)


def _overlap(codes: Mapping[str, Mapping[str, Position]], first: str, second: str) -> bool:
    return bool(set(codes[first]) & set(codes.get(second, ())))


def _differ(book: Book, own: Sequence[Input], copied: Mapping[str, Position], title: str) -> bool:
    """Whether the copy of a sheet has another figure than the sheet that is read."""
    for indicator, _, area in own:
        if area is None or indicator not in copied:
            continue
        row, code_column = copied[indicator]
        beside = Area(title, row, area.left + code_column - 1, row, area.left + code_column - 1)
        if _text(book, area) != _text(book, beside):
            return True
    return False


def _text(book: Book, area: Area) -> str:
    found = book.at(area)
    return found.text.strip() if found else ""
