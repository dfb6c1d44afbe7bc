"""The edition of a half-year: the documents that are sent together, under one digest.

What must not go here: comparing editions (``edition_changes``), and which documents each recipient is sent
(``half_year_packs``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from cpsa.calendar import HalfYear
from cpsa.documents.document_registry import RESTATEMENT_NOTE
from cpsa.documents.pack_contents import list_pack_periods
from cpsa.store.queries import document_queries
from cpsa.store.queries.stored_submissions import digest_parts


@dataclass(frozen=True)
class HalfYearEdition:
    """``digest``: blank while nothing is built; ``documents``: the rows of ``document``."""

    digest: str
    documents: tuple[Mapping[str, Any], ...]

    @property
    def document_ids(self) -> tuple[int, ...]:
        return tuple(document["id"] for document in self.documents)


def find_newest_edition(connection: Connection, half: HalfYear) -> HalfYearEdition:
    """Return the documents of a half-year, and of the year that ends with it, as last built."""
    current = document_queries.load_current_editions(connection, list_pack_periods(half))
    return build_edition(current.values())


def build_edition(documents: Iterable[Mapping[str, Any]]) -> HalfYearEdition:
    """Build an edition of these rows of ``document``; restatement notes are about it, not in it."""
    own = [row for row in documents if row["kind"] != RESTATEMENT_NOTE.code]
    names = sorted(
        f"{' '.join(row[name] for name in document_queries.DOCUMENT_KEY)} {row['sha256']}"
        for row in own
    )
    return HalfYearEdition(digest_parts(names) if names else "", tuple(own))
