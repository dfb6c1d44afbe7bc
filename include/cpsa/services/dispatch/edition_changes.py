"""Which documents and figures of a half-year differ from the edition of an earlier question.

Compares the documents' contents, each built by today's program from the state of the store at its
own mark. What must not go here: what each recipient was sent (``record_changed_documents``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cpsa.calendar import HalfYear
from cpsa.documents import edition_differences
from cpsa.documents.edition_differences import FigureDifference
from cpsa.services.app_context import AppContext
from cpsa.services.publication import half_year_editions
from cpsa.services.publication.edition_contents import EditionContents
from cpsa.store.database import read_transaction
from cpsa.store.queries import document_queries, question_queries
from cpsa.store.queries.question_queries import QuestionRecord

COMPARED_FORMAT = "pdf"  # a document's other formats have the same content
_IDENTITY_COLUMNS = ("kind", "period", "subject", "language", "format")


@dataclass(frozen=True)
class DocumentChange:
    """A document of which a reader would find something different.

    ``document``: its row; ``figures``: printed figures that differ, none where only the wording does;
    ``is_new``: the edition before had no such document.
    """

    document: Mapping[str, Any]
    figures: tuple[FigureDifference, ...] = ()
    is_new: bool = False


@dataclass(frozen=True)
class EditionChanges:
    """What is different since the last question. ``previous_question_at``: when that was recorded."""

    previous_question_at: datetime
    documents: tuple[DocumentChange, ...]


def find_changes_since_last_question(
    context: AppContext, half: HalfYear, language: str
) -> EditionChanges | None:
    """Compare the newest edition of a half-year with the edition of the last question.

    In one language, as all have the same content. None where there was no question before, or
    where the last question is about the newest edition.
    """
    with read_transaction(context.engine) as connection:
        before = question_queries.list_newest_questions(connection, [half.key]).get(half.key)
        newest = half_year_editions.find_newest_edition(connection, half)
        if before is None or before.edition == newest.digest or not before.documents:
            return None
        older = document_queries.load_by_ids(connection, before.documents)
    return _compare_editions(context, half, before, older, newest.documents, language)


def find_changes_of_open_question(
    context: AppContext, half: HalfYear, language: str
) -> EditionChanges | None:
    """Compare the edition of the open question with that of the question before it; None for the
    first question, and where none is open."""
    with read_transaction(context.engine) as connection:
        open_questions = question_queries.list_open_questions(connection, half.key)
        if not open_questions:
            return None
        earlier = question_queries.list_questions_before(connection, open_questions[-1])
        previous_questions = (
            question
            for question in earlier
            if question.edition != open_questions[-1].edition and question.documents
        )
        before = next(previous_questions, None)
        if before is None:
            return None
        older = document_queries.load_by_ids(connection, before.documents)
        newer = document_queries.load_by_ids(connection, open_questions[-1].documents)
    return _compare_editions(context, half, before, older, newer, language)


def _compare_editions(
    context: AppContext,
    half: HalfYear,
    before: QuestionRecord,
    older: Iterable[Mapping[str, Any]],
    newer: Iterable[Mapping[str, Any]],
    language: str,
) -> EditionChanges:
    known = {_identity(row): row for row in older}
    contents = EditionContents(context, half)
    found = []
    for row in newer:
        if row["format"] == COMPARED_FORMAT and row["language"] == language:
            change = compare_document(contents, known.get(_identity(row)), row)
            if change is not None:
                found.append(change)
    return EditionChanges(before.asked_at, tuple(found))


def compare_document(
    contents: EditionContents, old: Mapping[str, Any] | None, new: Mapping[str, Any]
) -> DocumentChange | None:
    """Compare an edition of a document with an older one; None where a reader sees no difference."""
    if old is None:
        return DocumentChange(new, is_new=True)
    if old["sha256"] == new["sha256"] or old["mark"] == new["mark"]:
        return None
    if old["mark"] is None or new["mark"] is None:
        return DocumentChange(new)
    before, now = contents.build_content(old), contents.build_content(new, date_of=old)
    if edition_differences.is_same_content(before, now):
        return None
    return DocumentChange(new, edition_differences.list_differences(before, now))


def _identity(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(row[name] for name in _IDENTITY_COLUMNS)
