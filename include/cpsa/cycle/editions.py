"""The edition of a half-year: the documents that are sent together, under one digest.

What must not go here: comparing editions (``edition_changes``), and what each recipient gets
(``packing``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from cpsa.calendar import HalfYear
from cpsa.cycle.building import leaving_with
from cpsa.cycle.standing import digest
from cpsa.documents import Kind
from cpsa.store import documents as document_rows


@dataclass(frozen=True)
class Edition:
    """``digest``: blank while nothing is built; ``documents``: the rows of ``document``."""

    digest: str
    documents: tuple[Mapping[str, Any], ...]

    @property
    def ids(self) -> tuple[int, ...]:
        return tuple(document["id"] for document in self.documents)


def find_newest_edition(connection: Connection, half: HalfYear) -> Edition:
    """The documents of a half-year, and of the year that ends with it, as they were last built."""
    current = document_rows.current(connection, leaving_with(half))
    return from_documents(current.values())


def from_documents(documents) -> Edition:
    """An edition of these rows of ``document``; restatement notes are about it, not of it."""
    own = [row for row in documents if row["kind"] != Kind.RESTATEMENT_NOTE]
    names = sorted(
        f"{' '.join(row[name] for name in document_rows.KEY)} {row['sha256']}" for row in own
    )
    return Edition(digest(names) if names else "", tuple(own))
