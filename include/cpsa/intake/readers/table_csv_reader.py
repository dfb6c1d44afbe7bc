"""Reads a CSV with the rows of one table that an agency fills in. Never judges a value.

The header is ``agency,quarter,`` and codes of the table's columns, those of its key among them. A row with
more cells than the header refuses the file: a comma inside a figure would move the figures after it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from cpsa.figures import clean_code
from cpsa.framework.agency_table import AgencyTable
from cpsa.intake.file_guard.containers import FileKind
from cpsa.intake.file_guard.inspect_file import inspect_file
from cpsa.intake.quarter_names import find_quarter_key
from cpsa.intake.readers.csv_reader import read_text_rows, shorten
from cpsa.submissions.table_rows import TypedTable, TypedValue
from cpsa.submissions.update import NamedValue, Unreadable, Update

OWNER = ("agency", "quarter")
_SUFFIX = ".csv"
_MAX_ROWS_OF_ALL = 20_000  # in one file for all agencies


def split_table_name(file_name: str) -> tuple[str, str]:
    """The agency and the table that a file's name means, such as ``IA-01.applications.csv``.

    Each is blank where the name has none; no other file has a table.
    """
    path = PurePosixPath(file_name)
    if path.suffix.casefold() != _SUFFIX:
        return "", ""
    agency, _, table = path.stem.rpartition(".")
    return agency.strip(), table.strip().casefold()


def make_header(table: AgencyTable) -> str:
    """The first line of a file with all columns of a table that are filled in."""
    return ",".join((*OWNER, *(column.code for column in table.filled_columns)))


def read_table_csv(content: bytes, table: AgencyTable) -> Update | Unreadable:
    """Read the rows of a table; ``content`` is text, as the file guard found. Never raises."""
    columns = [column.code for column in table.filled_columns]
    expected = make_header(table)
    found = read_text_rows(content, lambda cells: cells[:2] == OWNER)
    if isinstance(found, Unreadable):
        return replace(found, header=expected)
    rows = found.rows
    line, first = rows[0]
    header = [clean_code(name).casefold() for name in first]
    while header and not header[-1]:
        header.pop()
    is_ours = set(header) <= {*OWNER, *columns} and {*OWNER, *table.key} <= set(header)
    if not is_ours or len(set(header)) < len(header):
        detail = shorten(",".join(first))
        return Unreadable("unreadable.header", detail, f"line {line}", expected)
    for line, row in rows[1:]:
        if any(cell.strip() for cell in row[len(header) :]):
            detail = shorten(",".join(row))
            return Unreadable("unreadable.too_many_cells", detail, f"line {line}", expected)
    return _build_update(table.code, header, rows[1:])


def split_by_agency(content: bytes) -> dict[str, bytes] | Unreadable:
    """A file with the rows of several agencies, as one file for each by the code that its rows have.

    Each row stays on its line, so that its place is that in the whole. Rows without an agency are those
    of the agency "".
    """
    inspected = inspect_file(content)
    if isinstance(inspected, Unreadable):
        return inspected
    if inspected is not FileKind.CSV:
        return Unreadable("unreadable.no_text")
    found = read_text_rows(content, lambda cells: cells[:2] == OWNER, _MAX_ROWS_OF_ALL)
    if isinstance(found, Unreadable):
        return found
    _, first = found.rows[0]
    header = [clean_code(name).casefold() for name in first]
    if not set(OWNER) <= set(header):
        return Unreadable("unreadable.header", shorten(",".join(first)))
    place = header.index("agency")
    names: dict[str, str] = {}
    rows: dict[str, list[tuple[int, list[str]]]] = {}
    for line, row in found.rows[1:]:
        named = clean_code(row[place]) if place < len(row) else ""
        code = names.setdefault(named.casefold(), named)
        rows.setdefault(code, [found.rows[0]]).append((line, row))
    return {code: _write_on_lines(own) for code, own in rows.items()}


def _write_on_lines(rows: Sequence[tuple[int, Sequence[str]]]) -> bytes:
    """A CSV with each row on its line; the lines between are blank."""
    text, lines = io.StringIO(newline=""), 1
    writer = csv.writer(text, lineterminator="\n")
    for line, row in rows:
        text.write("\n" * (line - lines))
        start = text.tell()
        writer.writerow(row)
        text.seek(start)
        lines = line + text.read().count("\n")
    return text.getvalue().encode()


def _build_update(
    code: str, header: Sequence[str], rows: Sequence[tuple[int, Sequence[str]]]
) -> Update:
    named: dict[str, dict[str, NamedValue]] = {name: {} for name in OWNER}
    typed = []
    for line, row in rows:
        place = f"line {line}"
        cells = dict(zip(header, row, strict=False))
        for name in OWNER:
            if text := clean_code(cells.pop(name, "")):
                shown = find_quarter_key(text) or text if name == "quarter" else text
                if shown not in named[name]:
                    named[name][shown] = NamedValue(shown, place)
        values = {
            column: TypedValue(text, place)
            for column, text in cells.items()
            if text and not text.isspace()
        }
        if values:
            typed.append((place, values))
    columns = tuple(name for name in header if name not in OWNER)
    agencies, quarters = (tuple(named[name].values()) for name in OWNER)
    return Update((), agencies, quarters, tables=(TypedTable(code, columns, tuple(typed)),))
