"""What stands: which submissions count, and what each was compared with.

Derived from the store at every call, never kept apart from it, so that it cannot go stale.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd
from sqlalchemy import Connection

from cpsa.store import judgements
from cpsa.store.history import Mark


@dataclass(frozen=True)
class Standing:
    """All submissions up to a quarter, with their latest states (see ``judgements.submissions``)."""

    submissions: pd.DataFrame

    @classmethod
    def read(
        cls,
        connection: Connection,
        until: str,
        agencies: Collection[str] | None = None,
        at: Mark | None = None,
    ) -> Standing:
        """Up to a quarter, of all agencies or only of these; now, or as history stood at a mark."""
        return cls(judgements.submissions(connection, until, agencies=agencies, at=at))

    @cached_property
    def accepted(self) -> pd.DataFrame:
        """The accepted submission of each agency and quarter: its newest accepted version."""
        accepted = self.submissions[self.submissions["state"] == "accepted"]
        return accepted.drop_duplicates(["agency", "quarter"], keep="last")

    @cached_property
    def newest(self) -> pd.DataFrame:
        """The newest submission of each agency and quarter that was let in (held ones are not)."""
        let_in = self.submissions[self.submissions["state"] != "held"]
        return let_in.drop_duplicates(["agency", "quarter"], keep="last")

    @cached_property
    def accepted_ids(self) -> frozenset[int]:
        return frozenset(self.accepted["id"])

    @cached_property
    def newest_ids(self) -> frozenset[int]:
        return frozenset(self.newest["id"])

    def of(self, quarter: str) -> pd.DataFrame:
        return self._by_quarter.get(quarter, self.submissions.iloc[:0])

    def rows_of(self, quarter: str) -> list[Any]:
        """The same, each as a tuple with names."""
        return self._rows.get(quarter, [])

    def accepted_before(self, quarter: str) -> pd.DataFrame:
        return self.accepted[self.accepted["quarter"] < quarter]

    def accepted_version_before(self, agency: str, quarter: str, version: int) -> int | None:
        """The id of the newest accepted version below one; None when there is none."""
        own = self.submissions
        own = own[(own["agency"] == agency) & (own["quarter"] == quarter)]
        own = own[(own["version"] < version) & (own["state"] == "accepted")]
        return None if own.empty else int(own["id"].iloc[-1])

    def history_marks(self, quarter: str) -> Mapping[str, str]:
        """For each agency, the ids of what it had accepted before a quarter, as one text."""
        marks = {
            agency: ",".join(id_ for earlier, id_ in own if earlier < quarter)
            for agency, own in self._accepted_of.items()
        }
        return {agency: mark for agency, mark in marks.items() if mark}

    # A check asks about every quarter in turn: what it asks for is parted once.

    @cached_property
    def _by_quarter(self) -> dict[str, pd.DataFrame]:
        return dict(iter(self.submissions.groupby("quarter", sort=False)))

    @cached_property
    def _rows(self) -> dict[str, list[Any]]:
        rows: dict[str, list[Any]] = {}
        for row in self.submissions.itertuples():
            rows.setdefault(row.quarter, []).append(row)
        return rows

    @cached_property
    def _accepted_of(self) -> dict[str, list[tuple[str, str]]]:
        """By agency, quarter and id of what it had accepted, oldest first."""
        held: dict[str, list[tuple[str, str]]] = {}
        columns = (self.accepted[name].tolist() for name in ("agency", "quarter", "id"))
        for agency, quarter, id_ in zip(*columns, strict=True):
            held.setdefault(agency, []).append((quarter, str(id_)))
        return held


def digest(parts: Iterable[object]) -> str:
    """A short digest of parts, told apart from each other."""
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()[:32]
