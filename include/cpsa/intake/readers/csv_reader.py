"""Reads a long-form CSV update (domain.md, "A submission"). Never judges a value.

The header is ``agency,quarter,indicator,dimension,value,note``, read by name, in UTF-8 with or
without a byte order mark. Where the header is exactly this one, ``;`` or a tab may separate the
cells and the text may be UTF-16 with its byte order mark, as spreadsheets save it. A comma inside a
figure (1,25,000 without quotes) puts the figure in doubt: it is never read as less than was written.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from typing import NamedTuple

from cpsa.figures import clean_code, is_between_quote_signs
from cpsa.intake.file_guard.containers import FileKind
from cpsa.intake.file_guard.inspect_file import inspect_file
from cpsa.intake.quarter_names import find_quarter_key
from cpsa.submissions.update import HEADER, Doubt, NamedValue, TypedCell, Unreadable, Update

_REQUIRED = HEADER[:-1]
# Filled rows; a form has some 200 figures, and each row beyond them is a finding of its own.
_MAX_ROWS = 5_000
_TOTAL_WORDS = ("", "total")
_NIL = "nil"
_YES = "yes"
# What a comma inside a figure puts into the value and into the note: 1 and 25,000.
_FIRST_DIGITS = re.compile(r"\d{1,3}")
_MORE_DIGITS = re.compile(r"\d{2,3}(?:,\d{2,3})*(?:\.\d+)?(?:\s*/-)?")
_MOST_PARTS = 16  # into which commas part a figure; a file may have thousands of columns
# Old programs end a text by Ctrl-Z.
_END_OF_TEXT = "\x1a"
_SEPARATOR_LINE = re.compile(r"\s*\"?sep=(.)\"?\s*", re.IGNORECASE)


def read_csv_update(content: bytes) -> Update | Unreadable:
    """Read one CSV update; ``Unreadable`` says why it is none. Never raises."""
    found = inspect_file(content)
    if isinstance(found, Unreadable):
        return found
    if found is not FileKind.CSV:
        return Unreadable("unreadable.no_text")
    return read_inspected_csv(content)


def read_inspected_csv(content: bytes) -> Update | Unreadable:
    """``read_csv_update`` of a file that was inspected, and is a CSV."""
    found = read_text_rows(content, lambda cells: cells in (HEADER, _REQUIRED))
    if isinstance(found, Unreadable):
        return found
    separator, rows = found
    line, first = rows[0]
    header = [name.strip().casefold() for name in first]
    if any(header.count(name) != 1 for name in _REQUIRED) or header.count("note") > 1:
        detail = shorten(separator.join(first))
        return Unreadable(_find_header_cause(detail), detail=detail, place=f"line {line}")
    return _build_update(rows[1:], header)


class TextRows(NamedTuple):
    """The filled rows of a CSV, the header first, each with its line; and what separates their cells."""

    separator: str
    rows: list[tuple[int, list[str]]]


def read_text_rows(
    content: bytes, is_header: Callable[[tuple[str, ...]], bool], max_rows: int = _MAX_ROWS
) -> TextRows | Unreadable:
    """The rows of a file that was inspected, and is a CSV; at least one.

    ``is_header``: whether cells are a header of ours, which another separator than a comma must give.
    """
    text = _decode(content)
    if isinstance(text, Unreadable):
        return text
    if not text.strip():
        return Unreadable("unreadable.empty")
    if "\0" in text:
        return Unreadable("unreadable.no_text")
    separator, skipped_lines = _find_separator(text, is_header)
    rows = _read_rows(text, separator, skipped_lines, max_rows)
    if isinstance(rows, Unreadable):
        return rows
    return TextRows(separator, rows) if rows else Unreadable("unreadable.empty")


def _decode(content: bytes) -> str | Unreadable:
    """The text of a file: UTF-8, or UTF-16 where its byte order mark says so."""
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return content.decode(encoding).rstrip(_END_OF_TEXT)
    except UnicodeDecodeError:
        return Unreadable("unreadable.encoding")


def _find_separator(text: str, is_header: Callable[[tuple[str, ...]], bool]) -> tuple[str, int]:
    """What separates the cells, and how many lines before the header say so.

    Another than a comma only where the header is then exactly ours, or where Excel's own first line
    (``sep=;``) names it.
    """
    lines = text.lstrip("\r\n").splitlines()
    if named := _SEPARATOR_LINE.fullmatch(lines[0]):
        return named[1], 1
    for separator in (";", "\t"):
        cells = [cell.strip().strip('"').casefold() for cell in lines[0].split(separator)]
        if is_header(tuple(cells)):
            return separator, 0
    return ",", 0


def _find_header_cause(header: str) -> str:
    """Return why a header is not ours, as exactly as it is known."""
    return (
        "unreadable.header_semicolon"
        if ";" in header and "," not in header
        else "unreadable.header"
    )


def _read_rows(
    text: str, separator: str, skipped_lines: int, max_rows: int
) -> list[tuple[int, list[str]]] | Unreadable:
    """All rows with the line each begins on, blank ones and the skipped first ones left out."""
    for strict in (True, False):
        reader = csv.reader(io.StringIO(text, newline=""), strict=strict, delimiter=separator)
        rows: list[tuple[int, list[str]]] = []
        line = 1
        try:
            for row in reader:
                if any(cell.strip() for cell in row):
                    rows.append((line, row))
                if len(rows) > max_rows:
                    return Unreadable("unreadable.too_many_rows", detail=f"{max_rows:,}")
                line = reader.line_num + 1
            return rows[skipped_lines:]
        except csv.Error as error:
            # Only the end of the file within quotes is beyond reading; stray quotes are not.
            if "end of data" in str(error):
                return Unreadable("unreadable.truncated", place=f"line {line}")
            if not strict:
                return Unreadable("unreadable.no_csv", detail=str(error), place=f"line {line}")
    raise AssertionError("a lenient reader either reads or refuses")


def _build_update(rows: list[tuple[int, list[str]]], header: list[str]) -> Update:
    agency, quarter, indicator, dimension, value = (header.index(name) for name in _REQUIRED)
    note = header.index("note") if "note" in header else None
    width = len(header)
    cells: list[TypedCell] = []
    agencies: dict[str, NamedValue] = {}
    quarters: dict[str, NamedValue] = {}
    nil = None
    for line, row in rows:
        place = f"line {line}"
        if len(row) < width:
            row = row + [""] * (width - len(row))
        for position, seen in ((agency, agencies), (quarter, quarters)):
            if (named := clean_code(row[position])) and named not in seen:
                seen[named] = NamedValue(
                    _parse_quarter_key(named) if position == quarter else named, place
                )
        code, part = clean_code(row[indicator]), clean_code(row[dimension])
        if code.casefold() == _NIL:
            if clean_code(row[value]).casefold() == _YES:
                nil = nil or place
            continue
        part = "" if part.casefold() in _TOTAL_WORDS else part
        text, doubt = _read_value(row, value, note, width)
        cells.append(TypedCell(code, part, text, place, doubt))
    return Update(tuple(cells), tuple(agencies.values()), tuple(quarters.values()), nil)


def _parse_quarter_key(text: str) -> str:
    """The key that a quarter's cell means (``Q3 2024-25``); the text itself where it is none."""
    return find_quarter_key(text) or text


def _read_value(row: list[str], position: int, note: int | None, width: int) -> tuple[str, Doubt]:
    """The value's cell, and why it is in doubt where a comma seems to have split the figure.

    What may belong to the figure is put back together, so that a finding quotes all of it.
    """
    text = row[position]
    if quoted := _find_quoted_figure(row[position:]):
        return quoted, Doubt.NONE
    if any(cell.strip() for cell in row[width:]):
        return ",".join(row[position:]).rstrip(", "), Doubt.COMMA_INSIDE
    beside = "" if note is None else row[note].strip()
    if _FIRST_DIGITS.fullmatch(text.strip()) and _MORE_DIGITS.fullmatch(beside):
        return f"{text.strip()},{beside}", Doubt.COMMA_INSIDE
    return text, Doubt.NONE


def _find_quoted_figure(cells: list[str]) -> str:
    """A figure between typographic quotes, which mark no cell in a CSV; blank where there is none.

    At most one filled cell, the note, may follow it.
    """
    for end in range(2, min(len(cells), _MOST_PARTS) + 1):
        text = ",".join(cells[:end])
        if is_between_quote_signs(text):
            return text if sum(bool(cell.strip()) for cell in cells[end:]) <= 1 else ""
    return ""


def shorten(text: str, limit: int = 80) -> str:
    """A text of a file as it is quoted: printable, and not endless."""
    text = "".join(character if character.isprintable() else "·" for character in text)
    return text if len(text) <= limit else text[: limit - 1] + "…"
