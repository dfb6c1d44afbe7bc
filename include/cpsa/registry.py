"""The registry: agencies, recipients, targets, baselines and weights, as CPSA's admins keep them.

Reads and checks the CSV files of a registry folder (domain.md, "Registry files"). Whatever makes a
file useless is a RequestError that names file, line and value; a code that is not (yet) known is
only noted, because a target may be loaded before its indicator. Never touches the store.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from cpsa import figures
from cpsa.bilingual import LANGUAGES
from cpsa.calendar import is_quarter_key
from cpsa.errors import RequestError
from cpsa.framework import Framework

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


@dataclass(frozen=True)
class ActiveQuarters:
    """The quarters for which an agency's update is due; ``last`` is blank where there is no end."""

    first: str
    last: str = ""

    def __contains__(self, quarter: str) -> bool:
        return self.first <= quarter and (not self.last or quarter <= self.last)


@dataclass(frozen=True)
class Roll:
    """Who there is: agencies and recipients, the part of the registry that is small."""

    agencies: pd.DataFrame
    recipients: pd.DataFrame

    def active_in(self, quarter: str) -> pd.DataFrame:
        """The agencies whose update is due for a quarter, in the registry's order."""
        rows = self.agencies
        ends_later = (rows["active_to"] == "") | (rows["active_to"] >= quarter)
        return rows[(rows["active_from"] <= quarter) & ends_later]

    def forms_in(self, quarter: str) -> Mapping[str, str]:
        """The forms of the agencies that owe an update for a quarter, by code, in that order."""
        if quarter not in self._forms:
            columns = (self.active_in(quarter)[name].tolist() for name in ("code", "form"))
            self._forms[quarter] = dict(zip(*columns, strict=True))
        return self._forms[quarter]

    @cached_property
    def _forms(self) -> dict[str, Mapping[str, str]]:
        return {}

    def code_named(self, name: str) -> str:
        """The agency's code that a file's name means, in any case; the name itself when none is."""
        return self._codes.get(name.casefold(), name)

    @cached_property
    def _codes(self) -> dict[str, str]:
        return {code.casefold(): code for code in self.agencies["code"]}


@dataclass(frozen=True)
class Registry(Roll):
    """The whole registry as frames; ``notes`` says what was loaded but names an unknown code."""

    targets: pd.DataFrame
    baselines: pd.DataFrame
    weights: pd.DataFrame
    notes: tuple[RequestError, ...] = ()

    def frames(self) -> dict[str, pd.DataFrame]:
        names = ("agencies", "targets", "baselines", "weights", "recipients")
        return {name: getattr(self, name) for name in names}


def read(folder: Path, framework: Framework) -> Registry:
    """Read a registry folder; RequestError for a folder or file that cannot be used."""
    if not folder.is_dir():
        raise RequestError("registry.no_folder", folder=folder)
    agencies = _agencies(folder / "agencies.csv", framework)
    tables = {
        "targets": _figures(folder / "targets.csv", "target", ("quarter",), TARGET_COLUMNS),
        "baselines": _figures(folder / "baselines.csv", "value", ("as_of",), BASELINE_COLUMNS),
        "weights": _weights(folder / "weights.csv"),
    }
    notes = [
        RequestError("registry.unknown_code", file=f"{name}.csv", column=column, values=values)
        for name, frame in tables.items()
        for column, known in (("agency", agencies["code"]), ("indicator", framework.by_code))
        if (values := ", ".join(sorted(set(frame[column]) - set(known))[:5]))
    ]
    return Registry(agencies=agencies, recipients=_recipients(folder), notes=tuple(notes), **tables)


def _agencies(file: Path, framework: Framework) -> pd.DataFrame:
    rows = _rows(file, AGENCY_COLUMNS, required=True, optional=("active_to",))
    seen: set[str] = set()
    for line, row in rows:
        checks = (
            ("code", bool(row["code"]) and row["code"] not in seen, "registry.bad_code"),
            ("form", row["form"] in framework.forms, "registry.bad_form"),
            ("active_from", is_quarter_key(row["active_from"]), "registry.bad_quarter"),
            ("language", row["language"] in LANGUAGES, "registry.bad_language"),
        )
        for column, holds, key in checks:
            if not holds:
                raise RequestError(key, file=file.name, line=line, value=row[column])
        _last_quarter(row, file, line)
        seen.add(row["code"])
    return _frame((row for _, row in rows), AGENCY_COLUMNS)


def _last_quarter(row: Mapping[str, str], file: Path, line: int) -> None:
    """Refuse a last quarter that is no quarter, or comes before the first."""
    last, place = row["active_to"], {"file": file.name, "line": line}
    if last and not is_quarter_key(last):
        raise RequestError("registry.bad_quarter", **place, value=last)
    if last and last < row["active_from"]:
        raise RequestError(
            "registry.ends_before_it_begins", **place, value=last, since=row["active_from"]
        )


def _figures(file: Path, value: str, quarters: tuple[str, ...], columns: list[str]) -> pd.DataFrame:
    """Targets or baselines: one figure per row, the later of two equal keys refused."""
    rows = _rows(file, ["agency", "indicator", *quarters, value])
    keys: set[tuple[str, ...]] = set()
    for line, row in rows:
        figure = figures.read(row[value])
        if figure.hundredths is None:
            raise RequestError("registry.bad_figure", file=file.name, line=line, value=row[value])
        for column in quarters:
            if not is_quarter_key(row[column]):
                raise RequestError(
                    "registry.bad_quarter", file=file.name, line=line, value=row[column]
                )
        key = tuple(row[name] for name in columns if name in row and name != "as_of")
        _once(key, keys, file, line)
        row["hundredths"] = figure.hundredths
    return _frame((row for _, row in rows), columns).astype({"hundredths": "int64"})


def _weights(file: Path) -> pd.DataFrame:
    rows = _rows(file, WEIGHT_COLUMNS)
    keys: set[tuple[str, ...]] = set()
    for line, row in rows:
        amount = figures.read(row["weight"]).amount
        if amount is None or amount < 0:
            raise RequestError(
                "registry.bad_weight", file=file.name, line=line, value=row["weight"]
            )
        _once((row["agency"], row["indicator"]), keys, file, line)
        row["weight"] = float(amount)
    return _frame((row for _, row in rows), WEIGHT_COLUMNS).astype({"weight": "float64"})


def _recipients(folder: Path) -> pd.DataFrame:
    file = folder / "recipients.csv"
    rows = _rows(file, RECIPIENT_COLUMNS)
    for line, row in rows:
        if row["language"] not in LANGUAGES:
            raise RequestError(
                "registry.bad_language", file=file.name, line=line, value=row["language"]
            )
        if row["kind"] not in ("to", "cc"):
            raise RequestError("registry.bad_kind", file=file.name, line=line, value=row["kind"])
        if row["email"].count("@") != 1:
            raise RequestError("registry.bad_email", file=file.name, line=line, value=row["email"])
    return _frame((row for _, row in rows), RECIPIENT_COLUMNS)


def _rows(
    file: Path,
    columns: Iterable[str],
    required: bool = False,
    optional: Collection[str] = (),
) -> list[tuple[int, dict[str, Any]]]:
    """The rows of a CSV with the numbers of their lines; a file that may be absent gives none."""
    if not file.is_file():
        if required:
            raise RequestError("registry.no_file", file=file)
        return []
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream, restval="")
            header = [name.strip() for name in reader.fieldnames or ()]
            reader.fieldnames = header
            if missing := [one for one in columns if one not in {*header, *optional}]:
                raise RequestError("registry.no_column", file=file.name, column=", ".join(missing))
            return [
                (reader.line_num, {column: (row.get(column) or "").strip() for column in columns})
                for row in reader
            ]
    except (UnicodeDecodeError, csv.Error) as error:
        raise RequestError("registry.no_csv", file=file.name, detail=error) from error


def _once(key: tuple[str, ...], seen: set[tuple[str, ...]], file: Path, line: int) -> None:
    if key in seen:
        raise RequestError("registry.twice", file=file.name, line=line, value=", ".join(key))
    seen.add(key)


def _frame(rows: Iterable[dict[str, object]], columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=columns)
