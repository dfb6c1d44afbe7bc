"""Submissions as stored: which of them count, and what each was compared with.

Derived from the store at every call, never cached, so that it cannot go stale. Plain
rows, since most callers need one agency with few rows, where a frame costs more than it saves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import Connection

from cpsa.store.as_of import HistoryMark
from cpsa.store.queries import examination_queries
from cpsa.store.queries.examination_queries import SubmissionRecord
from cpsa.submissions.current import CurrentSubmissions


@dataclass(frozen=True)
class StoredSubmissions(CurrentSubmissions[SubmissionRecord]):
    """``CurrentSubmissions``, read from the store."""

    @classmethod
    def load(
        cls,
        connection: Connection,
        until: str,
        agencies: Collection[str] | None = None,
        at: HistoryMark | None = None,
    ) -> StoredSubmissions:
        """Load submissions up to a quarter, of all agencies or only of these; now, or as of a mark."""
        return cls(
            examination_queries.load_submissions(connection, until, agencies=agencies, mark=at)
        )

    def load_again(
        self, connection: Connection, quarter: str, agencies: Collection[str] | None
    ) -> StoredSubmissions:
        """The same submissions, but those of one quarter as they are now, of all agencies or of these."""
        now = examination_queries.load_submissions(connection, quarter, quarter, agencies)
        before = [row for row in self.submissions if row.quarter < quarter]
        after = [row for row in self.submissions if row.quarter > quarter]
        return StoredSubmissions([*before, *now, *after])


def digest_parts(parts: Iterable[object]) -> str:
    """Return a short digest of parts; their boundaries count."""
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()[:32]
