"""The registry: agencies, recipients, targets, baselines, weights and clusters, as CPSA's admins keep them.

What belongs here: the tables and who is active in a quarter. What must not: reading the files
(``registry_files``) or the store.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from cpsa.errors import RequestError
from cpsa.registry.cluster_register import CLUSTER_FRAMES, ClusterRegister, make_empty_frame

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class AgencyRegister:
    """Agencies and recipients, the part of the registry that is small."""

    agencies: pd.DataFrame
    recipients: pd.DataFrame

    def active_in(self, quarter: str) -> pd.DataFrame:
        """The agencies whose update is due for a quarter, in the registry's order."""
        rows = self.agencies
        ends_later = (rows["active_to"] == "") | (rows["active_to"] >= quarter)
        return rows[(rows["active_from"] <= quarter) & ends_later]

    def find_agency(self, code: str) -> Mapping[str, Any] | None:
        """The row of an agency of exactly this code, None where none is registered."""
        place = self._places.get(code)
        return None if place is None else self.agencies.iloc[place].to_dict()

    @cached_property
    def _places(self) -> dict[str, int]:
        return {code: place for place, code in enumerate(self.agencies["code"].tolist())}

    def forms_in(self, quarter: str) -> Mapping[str, str]:
        """The forms of the agencies whose update is due for a quarter, by code, in that order."""
        if quarter not in self._forms:
            columns = (self.active_in(quarter)[name].tolist() for name in ("code", "form"))
            self._forms[quarter] = dict(zip(*columns, strict=True))
        return self._forms[quarter]

    @cached_property
    def _forms(self) -> dict[str, Mapping[str, str]]:
        return {}

    def find_code(self, name: str) -> str:
        """The agency code that a file name matches, in any case; the name itself when there is none."""
        return self._codes.get(name.casefold(), name)

    def has_agency(self, code: str) -> bool:
        """Whether an agency of exactly this code is registered."""
        return self._codes.get(code.casefold()) == code

    @cached_property
    def _codes(self) -> dict[str, str]:
        return {code.casefold(): code for code in self.agencies["code"]}


@dataclass(frozen=True)
class Registry(AgencyRegister):
    """The whole registry as frames; ``notices`` says what of its files needs attention."""

    targets: pd.DataFrame
    baselines: pd.DataFrame
    weights: pd.DataFrame
    clusters: pd.DataFrame = field(default_factory=partial(make_empty_frame, "clusters"))
    cluster_agencies: pd.DataFrame = field(
        default_factory=partial(make_empty_frame, "cluster_agencies")
    )
    notices: tuple[RequestError, ...] = ()

    @cached_property
    def cluster_register(self) -> ClusterRegister:
        """Clusters and their agencies, to ask of; without a row where the registry has no files of them."""
        return ClusterRegister(self.clusters, self.cluster_agencies)

    def select_agencies(self, codes: Collection[str]) -> Registry:
        """The registry with the rows of these agencies alone, and of those that shared a cluster with them
        the names and the clusters."""
        own = {
            name: rows[rows["agency"].isin(codes)]
            for name, rows in self.frames().items()
            if "agency" in rows.columns
        }
        related = self.cluster_register.list_related_agencies(codes)
        pairs = self.cluster_agencies[self.cluster_agencies["agency"].isin(related)]
        own["cluster_agencies"] = pairs
        own["clusters"] = self.clusters[self.clusters["code"].isin(pairs["cluster"])]
        agencies = self.agencies[self.agencies["code"].isin(related)]
        return replace(self, agencies=agencies, **own)

    def frames(self) -> dict[str, pd.DataFrame]:
        names = ("agencies", "targets", "baselines", "weights", "recipients", *CLUSTER_FRAMES)
        return {name: getattr(self, name) for name in names}
