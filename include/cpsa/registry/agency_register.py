"""The registry: agencies, recipients, targets, baselines and weights, as CPSA's admins keep them.

What belongs here: the tables and who is active in a quarter. What must not: reading the files
(``registry_files``) or the store.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from cpsa.errors import RequestError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class ActiveQuarters:
    """The quarters for which an agency's update is due; ``last`` is blank where there is no end."""

    first: str
    last: str = ""

    def __contains__(self, quarter: str) -> bool:
        return self.first <= quarter and (not self.last or quarter <= self.last)


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
    notices: tuple[RequestError, ...] = ()

    def select_agencies(self, codes: Collection[str]) -> Registry:
        """The registry with the rows of these agencies alone."""
        own = {
            name: rows[rows["agency"].isin(codes)]
            for name, rows in self.frames().items()
            if "agency" in rows.columns
        }
        agencies = self.agencies[self.agencies["code"].isin(codes)]
        return replace(self, agencies=agencies, **own)

    def frames(self) -> dict[str, pd.DataFrame]:
        names = ("agencies", "targets", "baselines", "weights", "recipients")
        return {name: getattr(self, name) for name in names}
