"""What stands: which submissions count, and what each was compared with.

Derived from the store at every call, never kept apart from it, so that it cannot go stale. Plain
rows, since most who ask have one agency and a score of them, where a frame costs more than it saves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd
from sqlalchemy import Connection

from cpsa.store import judgements
from cpsa.store.history import Mark
from cpsa.store.judgements import Stated

Owed = tuple[str, str]  # agency and quarter


@dataclass(frozen=True)
class Standing:
    """All submissions up to a quarter with their latest states, by quarter, agency and version."""

    submissions: Sequence[Stated]

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
    def accepted(self) -> Mapping[Owed, Stated]:
        """The accepted submission of each agency and quarter: its newest accepted version."""
        return {_owed(one): one for one in self.submissions if one.state == "accepted"}

    @cached_property
    def newest(self) -> Mapping[Owed, Stated]:
        """The newest submission of each agency and quarter that was let in (held ones are not)."""
        return {_owed(one): one for one in self.submissions if one.state != "held"}

    @cached_property
    def versions(self) -> Mapping[Owed, Sequence[Stated]]:
        """Every version of each agency and quarter, held ones too, oldest first."""
        found: dict[Owed, list[Stated]] = {}
        for one in self.submissions:
            found.setdefault(_owed(one), []).append(one)
        return found

    def of(self, quarter: str) -> Sequence[Stated]:
        return self._by_quarter.get(quarter, ())

    def counts(self, one: Stated) -> bool:
        """Whether it is the accepted submission of its agency and quarter."""
        return self.accepted.get(_owed(one)) is one

    def is_newest(self, one: Stated) -> bool:
        return self.newest.get(_owed(one)) is one

    def accepted_before(
        self, quarter: str, agencies: Collection[str] | None = None
    ) -> list[Stated]:
        """What counts of the quarters before one, of these agencies, oldest first."""
        wanted = agencies if agencies is None else set(agencies)
        return [
            one
            for one in self.accepted.values()
            if one.quarter < quarter and (wanted is None or one.agency in wanted)
        ]

    def accepted_version_before(self, agency: str, quarter: str, version: int) -> int | None:
        """The id of the newest accepted version below one; None when there is none."""
        ids = [
            one.id
            for one in self.of(quarter)
            if one.agency == agency and one.version < version and one.state == "accepted"
        ]
        return ids[-1] if ids else None

    def history_marks(self, quarter: str) -> Mapping[str, str]:
        """For each agency, the ids of what it had accepted before a quarter, as one text."""
        marks: dict[str, list[str]] = {}
        for one in self.accepted_before(quarter):
            marks.setdefault(one.agency, []).append(str(one.id))
        return {agency: ",".join(ids) for agency, ids in marks.items()}

    @cached_property
    def _by_quarter(self) -> Mapping[str, Sequence[Stated]]:
        """A check asks about every quarter in turn: it is parted once."""
        parted: dict[str, list[Stated]] = {}
        for one in self.submissions:
            parted.setdefault(one.quarter, []).append(one)
        return parted


def counted(submissions: Iterable[Stated]) -> pd.DataFrame:
    """Whose updates of which quarters count, as rules and scores take it: agency, quarter."""
    rows = [_owed(one) for one in submissions]
    return pd.DataFrame(rows, columns=["agency", "quarter"], dtype=None if rows else object)


def digest(parts: Iterable[object]) -> str:
    """A short digest of parts, told apart from each other."""
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()[:32]


def _owed(one: Stated) -> Owed:
    return one.agency, one.quarter
