"""Reads and checks the CSV files of a registry folder (domain.md, "Registry files").

What makes a file useless is a RequestError that names file, line and value; what needs attention is
a notice of the registry read. What must not go here: comparing targets with one another
(``registry_notices``), or with the registry loaded before (``cycle.registry_changes``).
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from cpsa import figures
from cpsa.bilingual import LANGUAGES
from cpsa.calendar import is_quarter_key
from cpsa.errors import RequestError
from cpsa.nearest import nearest
from cpsa.registry import Registry

AGENCY_COLUMNS = [
    "code",
    "form",
    "name_en",
    "name_hi",
    "cluster_en",
    "cluster_hi",
    "sector",
    "district",
    "division",
    "email",
    "language",
    "active_from",
    "active_to",
]
TARGET_COLUMNS = ["agency", "indicator", "quarter", "hundredths"]
BASELINE_COLUMNS = ["agency", "indicator", "hundredths", "as_of"]
WEIGHT_COLUMNS = ["agency", "indicator", "weight"]
RECIPIENT_COLUMNS = ["department", "name", "email", "language", "kind"]
RECIPIENT_KINDS = ("to", "cc", "info")
"""Who is asked to reply, who gets a copy of that mail, who gets the documents for information."""

Row = dict[str, Any]


@dataclass(frozen=True)
class KnownCodes:
    """The codes that registry files may name.

    ``indicators`` are those of any quarter; ``departments`` has every code that a department has
    or had, each with the one it has now.
    """

    forms: Collection[str]
    indicators: Collection[str]
    departments: Mapping[str, str]


def read(folder: Path, known: KnownCodes) -> Registry:
    """Read a registry folder; RequestError for a folder or file that cannot be used."""
    if not folder.is_dir():
        raise RequestError("registry.no_folder", folder=folder)
    return _Folder(folder, known).registry()


@dataclass
class _Folder:
    """One registry folder being read, with the notices so far."""

    folder: Path
    known: KnownCodes
    notices: list[RequestError] = field(default_factory=list)

    def registry(self) -> Registry:
        agencies = self._agencies()
        codes = set(agencies["code"])
        return Registry(
            agencies=agencies,
            targets=self._figures("targets", "target", "quarter", TARGET_COLUMNS, codes),
            baselines=self._figures("baselines", "value", "as_of", BASELINE_COLUMNS, codes),
            weights=self._weights(codes),
            recipients=self._recipients(),
            notices=tuple(self.notices),
        )

    def _agencies(self) -> pd.DataFrame:
        table = self._table("agencies", AGENCY_COLUMNS, required=True, optional=("active_to",))
        seen: set[str] = set()
        for line, row in table.rows:
            checks = (
                ("code", bool(row["code"]) and row["code"] not in seen, "registry.bad_code"),
                ("form", row["form"] in self.known.forms, "registry.bad_form"),
                ("active_from", is_quarter_key(row["active_from"]), "registry.bad_quarter"),
                ("language", row["language"] in LANGUAGES, "registry.bad_language"),
            )
            for column, holds, key in checks:
                if not holds:
                    raise table.error(key, line, row[column])
            last = row["active_to"]
            if last and not is_quarter_key(last):
                raise table.error("registry.bad_quarter", line, last)
            if last and last < row["active_from"]:
                since = row["active_from"]
                raise table.error("registry.ends_before_it_begins", line, last, since=since)
            seen.add(row["code"])
        return table.frame()

    def _figures(
        self, name: str, value: str, quarter: str, columns: list[str], agencies: Collection[str]
    ) -> pd.DataFrame:
        """Targets or baselines: one figure per row, the later of two equal keys refused."""
        table = self._table(name, ["agency", "indicator", quarter, value])
        keys: set[tuple[str, ...]] = set()
        for line, row in table.rows:
            figure = figures.read(row[value])
            if figure.hundredths is None:
                raise table.error("registry.bad_figure", line, row[value])
            if not is_quarter_key(row[quarter]):
                raise table.error("registry.bad_quarter", line, row[quarter])
            self._known(table, line, row, agencies)
            key = tuple(row[name] for name in columns if name in row and name != "as_of")
            _once(key, keys, table, line)
            row["hundredths"] = figure.hundredths
        return table.frame(columns).astype({"hundredths": "int64"})

    def _weights(self, agencies: Collection[str]) -> pd.DataFrame:
        table = self._table("weights", WEIGHT_COLUMNS)
        keys: set[tuple[str, ...]] = set()
        for line, row in table.rows:
            amount = figures.read(row["weight"]).amount
            if amount is None or amount < 0:
                raise table.error("registry.bad_weight", line, row["weight"])
            self._known(table, line, row, agencies)
            _once((row["agency"], row["indicator"]), keys, table, line)
            row["weight"] = float(amount)
        return table.frame().astype({"weight": "float64"})

    def _known(self, table: _Table, line: int, row: Row, agencies: Collection[str]) -> None:
        """Refuse a row that names an agency or an indicator that is none."""
        for column, codes in (("agency", agencies), ("indicator", self.known.indicators)):
            if (typed := row[column]) not in codes:
                key = f"registry.unknown_{column}"
                raise table.error(key, line, typed, nearest=nearest(typed, sorted(codes)))

    def _recipients(self) -> pd.DataFrame:
        table = self._table("recipients", RECIPIENT_COLUMNS)
        departments = self.known.departments
        for line, row in table.rows:
            typed = row["department"]
            if typed not in departments:
                near = nearest(typed, dict.fromkeys(departments.values()))
                raise table.error("registry.unknown_department", line, typed, nearest=near)
            if (code := departments[typed]) != typed:
                row["department"] = code
                self.notices.append(
                    table.error("registry.former_department", line, typed, code=code)
                )
            if row["language"] not in LANGUAGES:
                raise table.error("registry.bad_language", line, row["language"])
            if row["kind"] not in RECIPIENT_KINDS:
                raise table.error("registry.bad_kind", line, row["kind"])
            if row["email"].count("@") != 1:
                raise table.error("registry.bad_email", line, row["email"])
        return table.frame()

    def _table(
        self,
        name: str,
        columns: list[str],
        required: bool = False,
        optional: Collection[str] = (),
    ) -> _Table:
        """A file's rows; a file that may be absent gives none. Unknown columns get a notice."""
        file = self.folder / f"{name}.csv"
        if not file.is_file():
            if required:
                raise RequestError("registry.no_file", file=file)
            return _Table(file.name, columns, [])
        try:
            with file.open(encoding="utf-8-sig", newline="") as stream:
                reader = csv.DictReader(stream, restval="")
                header = [name.strip() for name in reader.fieldnames or ()]
                reader.fieldnames = header
                _check_header(file.name, header, columns, optional)
                if unknown := [name for name in header if name not in columns]:
                    quoted = ", ".join(f'"{name}"' for name in unknown)
                    self.notices.append(
                        RequestError("registry.unknown_columns", file=file.name, columns=quoted)
                    )
                rows = [
                    (reader.line_num, _cells(file.name, reader.line_num, row, columns))
                    for row in reader
                ]
        except (UnicodeDecodeError, csv.Error) as error:
            raise RequestError("registry.no_csv", file=file.name, detail=error) from error
        return _Table(file.name, columns, rows)


@dataclass(frozen=True)
class _Table:
    """The rows of a file with the numbers of their lines."""

    file: str
    columns: list[str]
    rows: list[tuple[int, Row]]

    def error(self, key: str, line: int, value: str, **more: object) -> RequestError:
        return RequestError(key, file=self.file, line=line, value=value, **more)

    def frame(self, columns: list[str] | None = None) -> pd.DataFrame:
        return pd.DataFrame([row for _, row in self.rows], columns=columns or self.columns)


def _check_header(
    file: str, header: list[str], columns: Iterable[str], optional: Collection[str]
) -> None:
    if missing := [name for name in columns if name not in {*header, *optional}]:
        raise RequestError("registry.no_column", file=file, column=", ".join(missing))
    if twice := [name for name in columns if header.count(name) > 1]:
        raise RequestError("registry.column_twice", file=file, column=", ".join(twice))


def _cells(file: str, line: int, row: Mapping[Any, Any], columns: Iterable[str]) -> Row:
    """A row's cells by column; RequestError where it has more cells than the header has names."""
    if more := [cell for cell in row.get(None, ()) if cell.strip()]:
        raise RequestError("registry.too_many_cells", file=file, line=line, value=", ".join(more))
    return {column: (row.get(column) or "").strip() for column in columns}


def _once(key: tuple[str, ...], seen: set[tuple[str, ...]], table: _Table, line: int) -> None:
    if key in seen:
        raise table.error("registry.twice", line, ", ".join(key))
    seen.add(key)
