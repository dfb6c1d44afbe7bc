"""What stands: which submissions count, and what each was compared with.

Derived from the store at every call, never kept apart from it, so that it cannot go stale. Plain
rows, since most who ask have one agency and a score of them, where a frame costs more than it saves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import pandas as pd
from sqlalchemy import Connection

from cpsa.store import judgements
from cpsa.store.history import Mark
from cpsa.store.judgements import Stated
from cpsa.submissions.current import CurrentSubmissions


@dataclass(frozen=True)
class Standing(CurrentSubmissions[Stated]):
    """``CurrentSubmissions``, read from the store."""

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


def counted(submissions: Iterable[Stated]) -> pd.DataFrame:
    """Whose updates of which quarters count, as rules and scores take it: agency, quarter."""
    rows = [(row.agency, row.quarter) for row in submissions]
    return pd.DataFrame(rows, columns=["agency", "quarter"], dtype=None if rows else object)


def digest(parts: Iterable[object]) -> str:
    """A short digest of parts, told apart from each other."""
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()[:32]
