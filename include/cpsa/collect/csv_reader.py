"""Reads a long-form CSV update (domain.md, "A submission"). Never judges a value.

The header is ``agency,quarter,indicator,dimension,value,note``, read by name, in UTF-8 with or
without a byte order mark. A row that has more cells than the header (a figure such as 1,25,000
without quotes) keeps all of them in its value, so that nothing is read as less than was written.
"""

from __future__ import annotations

import csv
import io

from cpsa.collect import door
from cpsa.collect.update import HEADER, Cell, Named, Unreadable, Update

_REQUIRED = HEADER[:-1]
# Filled rows; a form has some 200 figures, and each row past them is told as a finding of its own.
_MOST_ROWS = 5_000
_TOTAL_WORDS = ("", "total")
_NIL = "nil"
_YES = "yes"


def read(content: bytes) -> Update | Unreadable:
    """Read one CSV update; ``Unreadable`` says why it is none. Never raises."""
    if refused := door.look(content, ".csv"):
        return refused
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return Unreadable("unreadable.encoding")
    if not text.strip():
        return Unreadable("unreadable.empty")
    if "\0" in text:
        return Unreadable("unreadable.no_text")
    rows = _rows(text)
    if isinstance(rows, Unreadable):
        return rows
    if not rows:
        return Unreadable("unreadable.empty")
    header = [name.strip().casefold() for name in rows[0][1]]
    if any(header.count(name) != 1 for name in _REQUIRED) or header.count("note") > 1:
        return Unreadable("unreadable.header", detail=_short(",".join(rows[0][1])), place="line 1")
    return _update(rows[1:], header)


def _rows(text: str) -> list[tuple[int, list[str]]] | Unreadable:
    """All rows with the line each begins on, blank ones left out."""
    for strict in (True, False):
        reader = csv.reader(io.StringIO(text, newline=""), strict=strict)
        rows: list[tuple[int, list[str]]] = []
        line = 1
        try:
            for row in reader:
                if any(cell.strip() for cell in row):
                    rows.append((line, row))
                if len(rows) > _MOST_ROWS:
                    return Unreadable("unreadable.too_many_rows", detail=f"{_MOST_ROWS:,}")
                line = reader.line_num + 1
            return rows
        except csv.Error as error:
            # Only the end of the file within quotes is beyond reading; stray quotes are not.
            if "end of data" in str(error):
                return Unreadable("unreadable.truncated", place=f"line {line}")
            if not strict:
                return Unreadable("unreadable.no_csv", detail=str(error), place=f"line {line}")
    raise AssertionError("a lenient reader either reads or refuses")


def _update(rows: list[tuple[int, list[str]]], header: list[str]) -> Update:
    agency, quarter, indicator, dimension, value = (header.index(name) for name in _REQUIRED)
    width = len(header)
    cells: list[Cell] = []
    agencies: dict[str, Named] = {}
    quarters: dict[str, Named] = {}
    nil = None
    for line, row in rows:
        place = f"line {line}"
        if len(row) < width:
            row = row + [""] * (width - len(row))
        for position, seen in ((agency, agencies), (quarter, quarters)):
            if (named := row[position].strip()) and named not in seen:
                seen[named] = Named(named, place)
        code, part = row[indicator].strip(), row[dimension].strip()
        if code.casefold() == _NIL:
            if row[value].strip().casefold() == _YES:
                nil = nil or place
            continue
        cells.append(
            Cell(
                code,
                "" if part.casefold() in _TOTAL_WORDS else part,
                _value(row, value, width),
                place,
            )
        )
    return Update(tuple(cells), tuple(agencies.values()), tuple(quarters.values()), nil)


def _value(row: list[str], position: int, width: int) -> str:
    """The value's cell; with every surplus cell when commas split it.

    Only where nothing at all follows are surplus cells mere commas: in ``1,250,`` the last one may
    as well be the blank note, and what was written is 1,250.
    """
    surplus = len(row) - width
    if surplus <= 0 or not any(cell.strip() for cell in row[position + 1 :]):
        return row[position]
    return ",".join(row[position : position + surplus + 1])


def _short(text: str, limit: int = 80) -> str:
    text = "".join(character if character.isprintable() else "·" for character in text)
    return text if len(text) <= limit else text[: limit - 1] + "…"
