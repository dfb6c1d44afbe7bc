"""One file of a registry folder: its rows with the numbers of their lines, and the faults of any such file.

What must not go here: what one of the files must say (``registry_files``, ``cluster_files``).
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from cpsa.errors import RequestError

RegistryRow = dict[str, Any]


@dataclass(frozen=True)
class RegistryTable:
    """The rows of a file with the numbers of their lines."""

    file: str
    columns: list[str]
    rows: list[tuple[int, RegistryRow]]

    def make_error(self, key: str, line: int, value: str, **more: object) -> RequestError:
        return RequestError(key, file=self.file, line=line, value=value, **more)

    def make_frame(self, columns: list[str] | None = None) -> pd.DataFrame:
        return pd.DataFrame([row for _, row in self.rows], columns=columns or self.columns)


def _check_header(
    file: str, header: list[str], columns: Iterable[str], optional: Collection[str]
) -> None:
    if missing := [name for name in columns if name not in {*header, *optional}]:
        raise RequestError("registry.no_column", file=file, column=", ".join(missing))
    if twice := [name for name in columns if header.count(name) > 1]:
        raise RequestError("registry.column_twice", file=file, column=", ".join(twice))


def _read_cells(
    file: str, line: int, row: Mapping[Any, Any], columns: Iterable[str]
) -> RegistryRow:
    """A row's cells by column; RequestError where it has more cells than the header has names."""
    if more := [cell for cell in row.get(None, ()) if cell.strip()]:
        raise RequestError("registry.too_many_cells", file=file, line=line, value=", ".join(more))
    return {column: (row.get(column) or "").strip() for column in columns}


def require_unique(
    key: tuple[str, ...], seen: set[tuple[str, ...]], table: RegistryTable, line: int
) -> None:
    if key in seen:
        raise table.make_error("registry.twice", line, ", ".join(key))
    seen.add(key)


def read_registry_table(
    folder: Path,
    name: str,
    columns: list[str],
    notices: list[RequestError],
    *,
    required: bool = False,
    optional: Collection[str] = (),
) -> RegistryTable:
    """A file's rows; a file that may be absent gives none. Unknown columns get a notice."""
    file = folder / f"{name}.csv"
    if not file.is_file():
        if required:
            raise RequestError("registry.no_file", file=file)
        return RegistryTable(file.name, columns, [])
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream, restval="")
            header = [name.strip() for name in reader.fieldnames or ()]
            reader.fieldnames = header
            _check_header(file.name, header, columns, optional)
            if unknown := [name for name in header if name not in columns]:
                quoted = ", ".join(f'"{name}"' for name in unknown)
                notices.append(
                    RequestError("registry.unknown_columns", file=file.name, columns=quoted)
                )
            rows = [
                (reader.line_num, _read_cells(file.name, reader.line_num, row, columns))
                for row in reader
            ]
    except (UnicodeDecodeError, csv.Error) as error:
        raise RequestError("registry.no_csv", file=file.name, detail=error) from error
    return RegistryTable(file.name, columns, rows)
