"""Which documents and figures of a half-year differ from the edition that was asked about before.

Compares what the documents say, each built by today's program from the state of the store at its
own mark. What must not go here: what was sent to whom (``changed_documents``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cpsa.calendar import HalfYear
from cpsa.cycle import editions
from cpsa.cycle.notes import Editions
from cpsa.cycle.office import Office
from cpsa.documents import differences
from cpsa.documents.differences import Changed
from cpsa.store import documents as document_rows
from cpsa.store import questions
from cpsa.store.database import reading
from cpsa.store.questions import Question

READ_FORMAT = "pdf"  # what else there is of a document says the same
_ASKED_ABOUT = ("kind", "period", "subject", "language", "format")


@dataclass(frozen=True)
class DocumentChange:
    """A document of which a reader would find something different.

    ``document``: its row; ``figures``: printed figures that differ, none where only words do;
    ``is_new``: the edition before had no such document.
    """

    document: Mapping[str, Any]
    figures: tuple[Changed, ...] = ()
    is_new: bool = False


@dataclass(frozen=True)
class EditionChanges:
    """What is different since a question was asked. ``asked_at``: when that was."""

    asked_at: datetime
    documents: tuple[DocumentChange, ...]


def changes_since_last_question(
    office: Office, half: HalfYear, language: str
) -> EditionChanges | None:
    """What a new question about a half-year says of the edition that was asked about before.

    In one language, as all of them say the same. None where nothing was asked about before, or
    where the newest edition is asked about already.
    """
    with reading(office.engine) as connection:
        before = questions.list_newest_questions(connection, [half.key]).get(half.key)
        newest = editions.find_newest_edition(connection, half)
        if before is None or before.edition == newest.digest or not before.documents:
            return None
        older = document_rows.with_ids(connection, before.documents)
    return _compare(office, half, before, older, newest.documents, language)


def changes_of_open_question(
    office: Office, half: HalfYear, language: str
) -> EditionChanges | None:
    """What the question that waits says of the edition that was asked about before; None for the
    first, and where none waits."""
    with reading(office.engine) as connection:
        waiting = questions.list_open_questions(connection, half.key)
        if not waiting:
            return None
        earlier = questions.list_questions_before(connection, waiting[-1])
        others = (one for one in earlier if one.edition != waiting[-1].edition and one.documents)
        before = next(others, None)
        if before is None:
            return None
        older = document_rows.with_ids(connection, before.documents)
        newer = document_rows.with_ids(connection, waiting[-1].documents)
    return _compare(office, half, before, older, newer, language)


def _compare(
    office: Office,
    half: HalfYear,
    before: Question,
    older: Iterable[Mapping[str, Any]],
    newer: Iterable[Mapping[str, Any]],
    language: str,
) -> EditionChanges:
    known = {_identity(row): row for row in older}
    contents = Editions(office, half)
    found = []
    for row in newer:
        if row["format"] == READ_FORMAT and row["language"] == language:
            change = compare_document(contents, known.get(_identity(row)), row)
            if change is not None:
                found.append(change)
    return EditionChanges(before.asked_at, tuple(found))


def compare_document(
    contents: Editions, old: Mapping[str, Any] | None, new: Mapping[str, Any]
) -> DocumentChange | None:
    """How an edition of a document differs from an older one; None where a reader finds nothing."""
    if old is None:
        return DocumentChange(new, is_new=True)
    if old["sha256"] == new["sha256"] or old["mark"] == new["mark"]:
        return None
    if old["mark"] is None or new["mark"] is None:
        return DocumentChange(new)
    before, now = contents.content(old), contents.content(new, date_of=old)
    if differences.same(before, now):
        return None
    return DocumentChange(new, differences.changed(before, now))


def _identity(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(row[name] for name in _ASKED_ABOUT)
