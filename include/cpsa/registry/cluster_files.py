"""Reads and checks clusters.csv and cluster_agencies.csv of a registry folder.

The register of clusters is loaded, kept and previewed as the rest of the registry. What makes a line useless is a
RequestError that names file, line and value. What must not go here: what a cluster is (``cluster_register``).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import pandas as pd

from cpsa import figures
from cpsa.calendar import is_quarter_key, parse_day
from cpsa.errors import RequestError
from cpsa.nearest_code import find_nearest_code
from cpsa.registry.active_quarters import ActiveQuarters
from cpsa.registry.cluster_register import (
    BASES,
    CLUSTER_AGENCY_COLUMNS,
    CLUSTER_COLUMNS,
    COUNT_COLUMNS,
    FIGURE_COLUMNS,
    PHASES,
    Cluster,
    make_cluster,
    make_empty_frame,
    set_figure_types,
)
from cpsa.registry.registry_table import RegistryRow, RegistryTable, require_unique

_FILE_NAMES = {
    "output_paise": "output_rupees",
    "exports_paise": "exports_rupees",
    "active_from": "from",
}
CLUSTER_FILE_COLUMNS = [_FILE_NAMES.get(name, name) for name in CLUSTER_COLUMNS]
CLUSTER_AGENCY_FILE_COLUMNS = ["cluster", "agency", "phase", "from", "to"]
_REQUIRED = ("name_en", "name_hi", "sector", "district", "source")
_PARTS = (
    ("units_women", "units"),
    ("units_scst", "units"),
    ("jobs_women", "jobs"),
    ("exports_paise", "output_paise"),
)
"""Figures of which the first is a part of the second."""
_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]*")
_NIC = re.compile(r"\d{2,5}")


@dataclass(frozen=True)
class KnownPlaces:
    """What a line of clusters.csv may name. ``districts``: every name that a district has or had, each with
    the present one; without any, every name is taken as it is written."""

    sectors: Collection[str] = ()
    districts: Mapping[str, str] = field(default_factory=dict)


def read_clusters(
    table: RegistryTable, known: KnownPlaces, notices: list[RequestError]
) -> pd.DataFrame:
    """The clusters of a file, figures as whole numbers and paise; RequestError for the first fault."""
    reader = _ClusterReader(table, known, notices)
    codes: set[tuple[str, ...]] = set()
    rows = []
    for line, row in table.rows:
        rows.append(reader.read(line, row))
        require_unique((row["code"],), codes, table, line)
    if not rows:
        return make_empty_frame("clusters")
    return set_figure_types(pd.DataFrame(rows, columns=list(CLUSTER_COLUMNS), dtype=object))


@dataclass(frozen=True)
class _ClusterReader:
    table: RegistryTable
    known: KnownPlaces
    notices: list[RequestError]

    def read(self, line: int, row: RegistryRow) -> RegistryRow:
        if not _CODE.fullmatch(row["code"]):
            raise self.table.make_error("registry.bad_cluster_code", line, row["code"])
        for column in _REQUIRED:
            if not row[column]:
                raise self.table.make_error("registry.blank", line, "", column=column)
        self._require_known("sector", line, row["sector"], self.known.sectors)
        if row["nic"] and not _NIC.fullmatch(row["nic"]):
            raise self.table.make_error("registry.bad_nic", line, row["nic"])
        if row["basis"] not in BASES:
            raise self.table.make_error("registry.bad_basis", line, row["basis"])
        if row["active_to"] and not is_quarter_key(row["active_to"]):
            raise self.table.make_error("registry.bad_quarter", line, row["active_to"])
        day = parse_day(row["as_of"])
        if day is None:
            raise self.table.make_error("registry.bad_day", line, row["as_of"], column="as_of")
        read = {name: row[_FILE_NAMES.get(name, name)] for name in CLUSTER_COLUMNS}
        read |= {name: self._read_figure(line, row, name) for name in FIGURE_COLUMNS}
        read |= {"as_of": day.isoformat(), "district": self._read_district(line, row["district"])}
        self._require_parts(line, make_cluster(read))
        return read

    def _require_known(self, column: str, line: int, typed: str, codes: Collection[str]) -> None:
        if typed not in codes:
            nearest = find_nearest_code(typed, sorted(codes))
            raise self.table.make_error(f"registry.unknown_{column}", line, typed, nearest=nearest)

    def _read_district(self, line: int, typed: str) -> str:
        """A district's present name; a former one gets a notice."""
        if not self.known.districts:
            return typed
        self._require_known("district", line, typed, self.known.districts)
        if (present := self.known.districts[typed]) != typed:
            self.notices.append(
                self.table.make_error("registry.former_district", line, typed, name=present)
            )
        return present

    def _read_figure(self, line: int, row: RegistryRow, name: str) -> int | None:
        """A whole number, or rupees as paise; None where the cell is blank."""
        column = _FILE_NAMES.get(name, name)
        figure = figures.parse_figure(row[column])
        if figure is figures.MISSING:
            return None
        is_count = name in COUNT_COLUMNS
        is_fine = figure.is_whole if is_count else figure.is_whole_hundredths
        if figure.amount is None or figure.hundredths is None or not is_fine or figure.amount < 0:
            key = "registry.bad_number" if is_count else "registry.bad_rupees"
            raise self.table.make_error(key, line, row[column], column=column)
        return figure.hundredths // figures.HUNDRED if is_count else figure.hundredths

    def _require_parts(self, line: int, cluster: Cluster) -> None:
        for part, whole in _PARTS:
            value, limit = getattr(cluster, part), getattr(cluster, whole)
            if value is not None and limit is not None and value > limit:
                raise self.table.make_error(
                    *("registry.part_above_whole", line, _write_figure(part, value)),
                    column=_FILE_NAMES.get(part, part),
                    limit=_write_figure(whole, limit),
                    whole=_FILE_NAMES.get(whole, whole),
                )


def read_cluster_agencies(
    table: RegistryTable,
    clusters: pd.DataFrame,
    agencies: pd.DataFrame,
    notices: list[RequestError],
) -> pd.DataFrame:
    """Which agency serves which cluster and when; RequestError for the first fault.

    A cluster has one agency at a time, and an agency one cluster at a time.
    """
    if not table.rows:
        return make_empty_frame("cluster_agencies")
    known = {
        "cluster": set(clusters["code"]),
        "agency": {
            row.code: ActiveQuarters(row.active_from, row.active_to)
            for row in agencies.itertuples(index=False)
        },
    }
    served: list[tuple[int, RegistryRow, ActiveQuarters]] = []
    for line, row in table.rows:
        for column, codes in known.items():
            if row[column] not in codes:
                nearest = find_nearest_code(row[column], sorted(codes))
                key = f"registry.unknown_{column}"
                raise table.make_error(key, line, row[column], nearest=nearest)
        if row["phase"] not in PHASES:
            raise table.make_error("registry.bad_phase", line, row["phase"])
        for column in ("from", "to"):
            if not is_quarter_key(row[column]) and (row[column] or column == "from"):
                raise table.make_error("registry.bad_quarter", line, row[column])
        if row["to"] and row["to"] < row["from"]:
            raise table.make_error(
                "registry.cluster_ends_before_it_begins", line, row["to"], since=row["from"]
            )
        served.append((line, row, ActiveQuarters(row["from"], row["to"])))
    for column in known:
        _require_one_at_a_time(table, served, column)
    notices += _list_differences(table, clusters, agencies)
    rows = [tuple(row[name] for name in CLUSTER_AGENCY_FILE_COLUMNS) for _, row in table.rows]
    return pd.DataFrame(rows, columns=list(CLUSTER_AGENCY_COLUMNS), dtype=object)


def _require_one_at_a_time(
    table: RegistryTable, served: list[tuple[int, RegistryRow, ActiveQuarters]], column: str
) -> None:
    other = "agency" if column == "cluster" else "cluster"
    in_time = sorted(served, key=lambda entry: (entry[1][column], entry[2].first, entry[0]))
    for (_, first, active), (line, second, also_active) in pairwise(in_time):
        if first[column] == second[column] and active.overlaps(also_active):
            raise table.make_error(
                *(f"registry.{column}_overlaps", line, second[column]),
                first=first[other],
                second=second[other],
                since=also_active.first,
            )


def _list_differences(
    table: RegistryTable, clusters: pd.DataFrame, agencies: pd.DataFrame
) -> Iterator[RequestError]:
    """A notice where an agency's own line has another sector than the cluster that it serves."""
    sectors = dict(zip(clusters["code"], clusters["sector"], strict=True))
    own = dict(zip(agencies["code"], agencies["sector"], strict=True))
    for line, row in table.rows:
        sector, agency_sector = sectors[row["cluster"]], own[row["agency"]]
        if agency_sector and agency_sector != sector:
            yield table.make_error(
                *("registry.sector_differs", line, agency_sector),
                agency=row["agency"],
                cluster=row["cluster"],
                sector=sector,
            )


def _write_figure(name: str, value: int) -> str:
    return figures.rupees(value) if name.endswith("_paise") else str(value)


def write_cluster_rows(clusters: pd.DataFrame) -> Iterator[tuple[str, ...]]:
    """The lines of clusters.csv that give this frame again, its header first."""
    yield tuple(CLUSTER_FILE_COLUMNS)
    for row in clusters.to_dict("records"):
        yield tuple(_write_value(str(name), row[name]) for name in CLUSTER_COLUMNS)


def _write_value(name: str, value: object) -> str:
    if not isinstance(value, int):
        return "" if pd.isna(value) else str(value)
    if name.endswith("_paise"):
        return figures.count(value).replace(",", "")
    return str(value)
