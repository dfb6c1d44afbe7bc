"""The register of clusters: what is known of each, and which agency served it when (road map, 4.3.1, I-3, 4.5.2).

Rules and scores belong to agencies; the profile of a cluster, and what its agencies report of it one after
the other, belong to the cluster. What must not go here: reading the files (``cluster_files``) or the store.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cpsa.figures import HUNDRED
from cpsa.registry.active_quarters import ActiveQuarters

if TYPE_CHECKING:
    import pandas as pd

COUNT_COLUMNS = (
    "units_micro",
    "units_small",
    "units_medium",
    "units_women",
    "units_scst",
    "jobs",
    "jobs_women",
)
"""Columns of whole numbers; blank where the number is not known."""
MONEY_COLUMNS = ("output_paise", "exports_paise")
"""Columns of a year's value, in paise; blank where it is not known."""
FIGURE_COLUMNS = (*COUNT_COLUMNS, *MONEY_COLUMNS)
CLUSTER_COLUMNS = (
    *("code", "name_en", "name_hi", "sector", "products", "nic", "district", "block"),
    *FIGURE_COLUMNS,
    *("as_of", "basis", "source", "active_to"),
)
CLUSTER_AGENCY_COLUMNS = ("cluster", "agency", "phase", "active_from", "active_to")
CLUSTER_FRAMES = {"clusters": CLUSTER_COLUMNS, "cluster_agencies": CLUSTER_AGENCY_COLUMNS}
BASES = ("estimate", "survey")
PHASES = ("pilot", "full")


@dataclass(frozen=True)
class Cluster:
    """One cluster. Counts are whole numbers, money in paise; None where the register has no figure.

    ``as_of``: the day (ISO 8601) to which the figures belong; ``active_to``: its last quarter, blank where it
    goes on.
    """

    code: str
    name_en: str
    name_hi: str
    sector: str
    products: str
    nic: str
    district: str
    block: str
    units_micro: int | None
    units_small: int | None
    units_medium: int | None
    units_women: int | None
    units_scst: int | None
    jobs: int | None
    jobs_women: int | None
    output_paise: int | None
    exports_paise: int | None
    as_of: str
    basis: str
    source: str
    active_to: str = ""

    def name_in(self, language: str) -> str:
        return self.name_hi if language == "hi" else self.name_en

    @property
    def units(self) -> int | None:
        """Enterprises of all sizes; None where the number of none of them is known."""
        known = [
            number
            for number in (self.units_micro, self.units_small, self.units_medium)
            if number is not None
        ]
        return sum(known) if known else None

    @property
    def has_priority_units(self) -> bool | None:
        """Whether over half of the enterprises are micro, of women, or of SC/ST; None where it is not known: of
        those that are two of these the register has no number."""
        parts = (self.units_micro, self.units_women, self.units_scst)
        known = [part for part in parts if part is not None]
        return True if self.units and any(2 * part > self.units for part in known) else None

    def get_hundredths(self, column: str) -> int | None:
        """A figure of the register in whole hundredths, as every figure is computed and printed."""
        value = getattr(self, column)
        if value is None or column in MONEY_COLUMNS:
            return None if value is None else int(value)
        return int(value) * HUNDRED

    def is_active_in(self, quarter: str) -> bool:
        return not self.active_to or quarter <= self.active_to


@dataclass(frozen=True)
class ClusterAgency:
    """An agency that serves a cluster, and in which quarters."""

    cluster: str
    agency: str
    phase: str
    active: ActiveQuarters


class ClusterRegister:
    """The clusters of a registry by code, and their agencies in the order of time."""

    def __init__(self, clusters: pd.DataFrame, cluster_agencies: pd.DataFrame) -> None:
        self._clusters = clusters
        self._pairs = cluster_agencies

    @cached_property
    def clusters(self) -> dict[str, Cluster]:
        return {row["code"]: make_cluster(row) for row in self._clusters.to_dict("records")}

    @cached_property
    def pairs(self) -> tuple[ClusterAgency, ...]:
        rows = sorted(self._pairs.to_dict("records"), key=lambda row: str(row["active_from"]))
        return tuple(
            ClusterAgency(
                row["cluster"],
                row["agency"],
                row["phase"],
                ActiveQuarters(row["active_from"], row["active_to"]),
            )
            for row in rows
        )

    def find_pair(self, agency: str, quarter: str) -> ClusterAgency | None:
        """What an agency serves in a quarter."""
        return next(
            (pair for pair in self._by_agency.get(agency, ()) if quarter in pair.active), None
        )

    def find_cluster(self, agency: str, quarter: str) -> Cluster | None:
        """The cluster that an agency serves in a quarter."""
        pair = self.find_pair(agency, quarter)
        return self.clusters[pair.cluster] if pair else None

    def find_last_cluster(self, agency: str, until: str) -> Cluster | None:
        """The cluster that an agency serves in a quarter, else the one that it served last before."""
        served = [pair for pair in self._by_agency.get(agency, ()) if pair.active.first <= until]
        return self.clusters[served[-1].cluster] if served else None

    def list_agencies(self, cluster: str, until: str) -> tuple[ClusterAgency, ...]:
        """Who served a cluster up to a quarter, the first one first."""
        return tuple(
            pair for pair in self.pairs if pair.cluster == cluster and pair.active.first <= until
        )

    def list_related_agencies(self, agencies: Collection[str]) -> frozenset[str]:
        """These agencies, and all that serve or served a cluster which one of these serves or served."""
        own = {pair.cluster for agency in agencies for pair in self._by_agency.get(agency, ())}
        return frozenset((*agencies, *(pair.agency for pair in self.pairs if pair.cluster in own)))

    def list_sharing_agencies(self) -> frozenset[str]:
        """The agencies of clusters that had several, one after the other."""
        served = Counter(pair.cluster for pair in self.pairs)
        return frozenset(pair.agency for pair in self.pairs if served[pair.cluster] > 1)

    def list_active(self, quarter: str, districts: Iterable[str] = ()) -> tuple[Cluster, ...]:
        """The clusters that go on in a quarter, in the register's order; of these districts, if some are named."""
        named = frozenset(districts)
        return tuple(
            cluster
            for cluster in self.clusters.values()
            if cluster.is_active_in(quarter) and (not named or cluster.district in named)
        )

    @cached_property
    def _by_agency(self) -> dict[str, list[ClusterAgency]]:
        found: dict[str, list[ClusterAgency]] = {}
        for pair in self.pairs:
            found.setdefault(pair.agency, []).append(pair)
        return found


def make_cluster(row: dict[Any, Any]) -> Cluster:
    """A cluster from a row of the register's frame."""
    figures = {name: row[name] if isinstance(row[name], int) else None for name in FIGURE_COLUMNS}
    return Cluster(**{**row, **figures})


def pick_language(text: str, language: str) -> str:
    """A text of the register in a language; one in both is written ``English | Hindi``."""
    english, _, hindi = text.partition("|")
    return (hindi if language == "hi" and hindi.strip() else english).strip()


def make_figure_rows(register: ClusterRegister) -> pd.DataFrame:
    """Every figure as a row: cluster, column, whole hundredths, date, basis, source; labelled ``CODE.column``."""
    import pandas as pd

    columns = ["quarter", "cluster", "column", "hundredths", "as_of", "basis", "source"]
    rows = {
        f"{cluster.code}.{name}": (
            *("", cluster.code, name, cluster.get_hundredths(name)),
            *(cluster.as_of, cluster.basis, cluster.source),
        )
        for cluster in register.clusters.values()
        for name in FIGURE_COLUMNS
        if getattr(cluster, name) is not None
    }
    return pd.DataFrame(list(rows.values()), columns=columns, index=list(rows))


def set_figure_types(clusters: pd.DataFrame) -> pd.DataFrame:
    """The frame of clusters with whole numbers, each of which may be missing."""
    return clusters.astype(dict.fromkeys(FIGURE_COLUMNS, "Int64"))


def make_empty_frame(name: str) -> pd.DataFrame:
    """One of the register's frames without a row."""
    import pandas as pd  # everything imports the register, and much of it needs no frame

    frame = pd.DataFrame(columns=list(CLUSTER_FRAMES[name]), dtype=object)
    return set_figure_types(frame) if name == "clusters" else frame
