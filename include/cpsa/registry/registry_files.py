"""Reads and checks the CSV files of a registry folder (domain.md, "Registry files").

What makes a file useless is a RequestError that names file, line and value; what needs attention is
a notice of the registry read. What must not go here: comparing targets with one another
(``registry_notices``), or with the registry loaded before (the services).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from cpsa import figures
from cpsa.calendar import is_quarter_key
from cpsa.errors import RequestError
from cpsa.i18n.text import LANGUAGES
from cpsa.nearest_code import find_nearest_code
from cpsa.registry.agency_register import Registry
from cpsa.registry.cluster_files import (
    CLUSTER_AGENCY_FILE_COLUMNS,
    CLUSTER_FILE_COLUMNS,
    KnownPlaces,
    read_cluster_agencies,
    read_clusters,
)
from cpsa.registry.registry_table import (
    RegistryRow,
    RegistryTable,
    read_registry_table,
    require_unique,
)

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
INFORMATION = "info"
RECIPIENT_KINDS = ("to", "cc", INFORMATION)
"""Who is to reply, who gets a copy of that mail, who gets the documents for information."""


@dataclass(frozen=True)
class KnownCodes:
    """The codes that registry files may name.

    ``indicators`` are those of any quarter; ``departments`` has every code that a department has
    or had, each with the one it has now. ``form_starts``: the forms that hold from a later quarter
    than the others, each with that quarter. ``informed``: members that get documents for information only. ``places``: what lines of clusters may name.
    """

    forms: Collection[str]
    indicators: Collection[str]
    departments: Mapping[str, str]
    form_starts: Mapping[str, str] = field(default_factory=dict)
    informed: Collection[str] = ()
    places: KnownPlaces = field(default_factory=KnownPlaces)


def read_registry_folder(folder: Path, known: KnownCodes) -> Registry:
    """Read a registry folder; RequestError for a folder or file that cannot be used."""
    if not folder.is_dir():
        raise RequestError("registry.no_folder", folder=folder)
    return _RegistryFolder(folder, known).load()


@dataclass
class _RegistryFolder:
    """One registry folder being read, with the notices so far."""

    folder: Path
    known: KnownCodes
    notices: list[RequestError] = field(default_factory=list)

    def load(self) -> Registry:
        agencies = self._read_agencies()
        codes = set(agencies["code"])
        return Registry(
            agencies=agencies,
            targets=self._read_figures("targets", "target", "quarter", TARGET_COLUMNS, codes),
            baselines=self._read_figures("baselines", "value", "as_of", BASELINE_COLUMNS, codes),
            weights=self._read_weights(codes),
            recipients=self._read_recipients(),
            **self._read_clusters(agencies),
            notices=tuple(self.notices),
        )

    def _read_clusters(self, agencies: pd.DataFrame) -> dict[str, pd.DataFrame]:
        """The register of clusters, and who serves each; both empty where the folder has none."""
        table = self._read_table("clusters", CLUSTER_FILE_COLUMNS, optional=("active_to",))
        clusters = read_clusters(table, self.known.places, self.notices)
        served = self._read_table("cluster_agencies", CLUSTER_AGENCY_FILE_COLUMNS, optional=("to",))
        pairs = read_cluster_agencies(served, clusters, agencies, self.notices)
        return {"clusters": clusters, "cluster_agencies": pairs}

    def _read_agencies(self) -> pd.DataFrame:
        table = self._read_table("agencies", AGENCY_COLUMNS, required=True, optional=("active_to",))
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
                    forms = ", ".join(self.known.forms)
                    raise table.make_error(key, line, row[column], forms=forms)
            since = self.known.form_starts.get(row["form"], "")
            if row["active_from"] < since:
                raise table.make_error(
                    "registry.before_its_form", line, row["active_from"], since=since
                )
            last = row["active_to"]
            if last and not is_quarter_key(last):
                raise table.make_error("registry.bad_quarter", line, last)
            if last and last < row["active_from"]:
                since = row["active_from"]
                raise table.make_error("registry.ends_before_it_begins", line, last, since=since)
            seen.add(row["code"])
        return table.make_frame()

    def _read_figures(
        self, name: str, value: str, quarter: str, columns: list[str], agencies: Collection[str]
    ) -> pd.DataFrame:
        """Targets or baselines: one figure per row, the later of two equal keys refused."""
        table = self._read_table(name, ["agency", "indicator", quarter, value])
        keys: set[tuple[str, ...]] = set()
        for line, row in table.rows:
            figure = figures.parse_figure(row[value])
            if figure.hundredths is None:
                raise table.make_error("registry.bad_figure", line, row[value])
            if not is_quarter_key(row[quarter]):
                raise table.make_error("registry.bad_quarter", line, row[quarter])
            self._require_known_codes(table, line, row, agencies)
            key = tuple(row[name] for name in columns if name in row and name != "as_of")
            require_unique(key, keys, table, line)
            row["hundredths"] = figure.hundredths
        return table.make_frame(columns).astype({"hundredths": "int64"})

    def _read_weights(self, agencies: Collection[str]) -> pd.DataFrame:
        table = self._read_table("weights", WEIGHT_COLUMNS)
        keys: set[tuple[str, ...]] = set()
        for line, row in table.rows:
            amount = figures.parse_figure(row["weight"]).amount
            if amount is None or amount < 0:
                raise table.make_error("registry.bad_weight", line, row["weight"])
            self._require_known_codes(table, line, row, agencies)
            require_unique((row["agency"], row["indicator"]), keys, table, line)
            row["weight"] = float(amount)
        return table.make_frame().astype({"weight": "float64"})

    def _require_known_codes(
        self, table: RegistryTable, line: int, row: RegistryRow, agencies: Collection[str]
    ) -> None:
        """Refuse a row that names an agency or an indicator that is none."""
        for column, codes in (("agency", agencies), ("indicator", self.known.indicators)):
            if (typed := row[column]) not in codes:
                key = f"registry.unknown_{column}"
                raise table.make_error(
                    key, line, typed, nearest=find_nearest_code(typed, sorted(codes))
                )

    def _read_recipients(self) -> pd.DataFrame:
        table = self._read_table("recipients", RECIPIENT_COLUMNS)
        departments = self.known.departments
        for line, row in table.rows:
            typed = row["department"]
            if typed in self.known.informed:
                if row["kind"] != INFORMATION:
                    raise table.make_error("registry.only_informed", line, row["kind"], code=typed)
            elif typed not in departments:
                codes = dict.fromkeys((*departments.values(), *self.known.informed))
                nearest_code = find_nearest_code(typed, codes)
                raise table.make_error(
                    "registry.unknown_department", line, typed, nearest=nearest_code
                )
            if (code := departments.get(typed, typed)) != typed:
                row["department"] = code
                self.notices.append(
                    table.make_error("registry.former_department", line, typed, code=code)
                )
            if row["language"] not in LANGUAGES:
                raise table.make_error("registry.bad_language", line, row["language"])
            if row["kind"] not in RECIPIENT_KINDS:
                raise table.make_error("registry.bad_kind", line, row["kind"])
            if row["email"].count("@") != 1:
                raise table.make_error("registry.bad_email", line, row["email"])
        return table.make_frame()

    def _read_table(
        self,
        name: str,
        columns: list[str],
        *,
        required: bool = False,
        optional: Collection[str] = (),
    ) -> RegistryTable:
        return read_registry_table(
            self.folder, name, columns, self.notices, required=required, optional=optional
        )
