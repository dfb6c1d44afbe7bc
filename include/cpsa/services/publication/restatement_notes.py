"""Restatement notes: what one compares, stored with it, so that it can be rebuilt.

What must not go here: which documents a note is about (``revision_builder``), and its words
(``documents.restatement_note``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cpsa.calendar import HalfYear
from cpsa.documents import restatement_note
from cpsa.documents.content_model import Content
from cpsa.documents.document_key import DocumentKey
from cpsa.documents.document_text import DocumentText
from cpsa.documents.render.renderer import Renderer
from cpsa.services.app_context import AppContext
from cpsa.services.publication.edition_contents import EditionContents, make_document_key

_EDITION_COLUMNS = ("kind", "period", "subject", "language", "mark")


@dataclass(frozen=True)
class ReplacedEdition:
    """An edition as a mail delivered it, and the one that replaces it (rows of ``document``)."""

    old: Mapping[str, Any]
    new: Mapping[str, Any]
    mail: str
    sent_at: datetime


def serialise_note(department: str, replaced: Sequence[ReplacedEdition]) -> dict[str, Any]:
    """Return what a note compares, as it is stored."""
    return {
        "department": department,
        "documents": [
            {
                "old": {name: edition.old[name] for name in _EDITION_COLUMNS},
                "new": {name: edition.new[name] for name in _EDITION_COLUMNS},
                "mail": edition.mail,
                "sent_at": edition.sent_at.isoformat(),
            }
            for edition in replaced
        ],
    }


def build_note(
    contents: EditionContents,
    key: DocumentKey,
    department: str,
    replaced: Sequence[ReplacedEdition],
) -> Content:
    """Build the content of the note that is sent with the new editions."""
    now = contents.snapshot_at(replaced[0].new["mark"]).snapshot
    editions = [
        restatement_note.ComparedEdition(
            make_document_key(edition.new),
            edition.mail,
            edition.sent_at,
            contents.build_content(edition.old) if edition.old["mark"] else None,
            contents.build_content(edition.new),
        )
        for edition in replaced
    ]
    since = min(
        contents.snapshot_at(edition.old["mark"]).snapshot.as_of
        if edition.old["mark"]
        else edition.sent_at
        for edition in replaced
    )
    return restatement_note.build_restatement_note(
        key, DocumentText(now, key.language), department, editions, since
    )


def rebuild_note(
    context: AppContext, key: DocumentKey, replaces: Mapping[str, Any], renderer: Renderer
) -> bytes:
    """Rebuild a note's bytes from what it compared."""
    replaced = [
        ReplacedEdition(row["old"], row["new"], row["mail"], datetime.fromisoformat(row["sent_at"]))
        for row in replaces["documents"]
    ]
    assert isinstance(key.period, HalfYear), "notes are of half-years"
    contents = EditionContents(context, key.period)
    note_content = build_note(contents, key, replaces["department"], replaced)
    return renderer.write(note_content, key.format)
