"""Reads a CSV with the rows of one table that an agency fills in. Never judges a value.

The header is ``agency,quarter,`` and codes of the table's columns, those of its key among them. A row with
more cells than the header refuses the file: a comma inside a figure would move the figures after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from cpsa.figures import clean_code
from cpsa.framework.agency_table import AgencyTable
from cpsa.intake.quarter_names import find_quarter_key
from cpsa.intake.readers.csv_reader import read_text_rows, shorten
from cpsa.submissions.table_rows import TypedTable, TypedValue
from cpsa.submissions.update import NamedValue, Unreadable, Update

OWNER = ("agency", "quarter")
_SUFFIX = ".csv"


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
                named[name].setdefault(shown, NamedValue(shown, place))
        values = {column: TypedValue(text, place) for column, text in cells.items() if text.strip()}
        if values:
            typed.append((place, values))
    columns = tuple(name for name in header if name not in OWNER)
    agencies, quarters = (tuple(named[name].values()) for name in OWNER)
    return Update((), agencies, quarters, tables=(TypedTable(code, columns, tuple(typed)),))
