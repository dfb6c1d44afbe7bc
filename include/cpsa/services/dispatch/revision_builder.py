"""Revisions: which documents changed since a seat received them, and the note that says what.

A document counts as changed when its reader would find something different, not when only the day
of its figures is another. What must not go here: who is sent what (``plan_dispatch``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cpsa.calendar import IST, HalfYear
from cpsa.delivery.mail_message import Attachment, MailMessage
from cpsa.documents import edition_differences
from cpsa.documents.document_key import DocumentKey
from cpsa.documents.document_registry import ATR, POLICY_ACTIONS, RESTATEMENT_NOTE
from cpsa.documents.render.renderer import Renderer
from cpsa.i18n.catalogue import text
from cpsa.letters.letter_context import PackRevision, ReplacedDocument
from cpsa.letters.seats import Seat
from cpsa.services.app_context import AppContext
from cpsa.services.atomic_file import keep_content
from cpsa.services.dispatch.half_year_packs import HalfYearPacks
from cpsa.services.dispatch.sent_documents import DocumentName, SeatMail
from cpsa.services.publication.document_editions import locate_edition, make_document_row
from cpsa.services.publication.edition_contents import EditionContents
from cpsa.services.publication.restatement_notes import (
    ReplacedEdition,
    build_note,
    serialise_note,
)

_COMPARED_FORMAT = (
    "pdf"  # the format that is compared; a document's other formats have the same content
)


@dataclass
class RevisionBuilder:
    """Compares editions of one half-year; caches what it has built, as seats have much in common.

    ``note_rows``: the notes that were written, as documents to be registered when they are sent.
    """

    packs: HalfYearPacks
    reason: str
    note_rows: list[Mapping[str, Any]] = field(default_factory=list)
    _notes: dict[tuple[Any, ...], Attachment] = field(default_factory=dict)
    _edition_contents: EditionContents | None = None
    _renderer: Renderer | None = None

    @property
    def context(self) -> AppContext:
        return self.packs.context

    @property
    def half(self) -> HalfYear:
        return self.packs.half

    def build_mail(self, seat: Seat, seat_mail: SeatMail) -> MailMessage | None:
        """Build the revision that is due to a seat; None while all it received is unchanged."""
        due = self.packs.list_editions_due(seat)
        fresh = [document for name, document in due.items() if name not in seat_mail.documents]
        changed = self.find_changed(seat, seat_mail)
        if not changed:
            return None
        files = [self.packs.make_attachment(document) for document in (*changed.values(), *fresh)]
        delivered = {name: seat_mail.documents[name] for name in changed}
        replaced = [
            ReplacedEdition(
                delivered[name].edition, document, delivered[name].mail, delivered[name].sent_at
            )
            for name, document in changed.items()
            if name.format == _COMPARED_FORMAT
        ]
        note = self._find_or_write_note(seat, seat_mail.mail_count, replaced)
        revision = PackRevision(
            seat_mail.mail_count,
            self.reason,
            tuple(
                ReplacedDocument(
                    self.packs.make_attachment(delivered[name].edition).name,
                    delivered[name].mail,
                    delivered[name].sent_at.astimezone(IST).date(),
                )
                for name in changed
            ),
            note.name,
        )
        return self.packs.build_mail(seat, [*files, note], revision)

    def is_outdated(self, seat: Seat, seat_mail: SeatMail) -> bool:
        """Whether something that a seat received has changed since."""
        return bool(self.find_changed(seat, seat_mail))

    def find_changed(
        self, seat: Seat, seat_mail: SeatMail
    ) -> dict[DocumentName, Mapping[str, Any]]:
        """Return the new editions of what a seat received and has changed since; a form to fill in is
        sent with the documents that need it."""
        due = self.packs.list_editions_due(seat)
        met = {name: document for name, document in due.items() if name in seat_mail.documents}
        return {
            name: document
            for name, document in met.items()
            if document["sha256"] != seat_mail.documents[name].sha256
            and any(
                self._is_changed(seat_mail.documents[asks].edition, met[asks])
                for asks in _find_triggers(name)
                if asks in met
            )
        }

    def _is_changed(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
        if old["sha256"] == new["sha256"]:
            return False
        if old["mark"] is None or new["mark"] is None:
            return True
        now = self.edition_contents.build_content(new, date_of=old)
        return not edition_differences.is_same_content(
            self.edition_contents.build_content(old), now
        )

    @property
    def edition_contents(self) -> EditionContents:
        self._edition_contents = self._edition_contents or EditionContents(self.context, self.half)
        return self._edition_contents

    def _find_or_write_note(
        self, seat: Seat, number: int, replaced: Sequence[ReplacedEdition]
    ) -> Attachment:
        cache_key = (
            *(seat.department, seat.language, number),
            *(
                (edition.old["sha256"], edition.new["sha256"], edition.mail, edition.sent_at)
                for edition in replaced
            ),
        )
        if cache_key not in self._notes:
            self._notes[cache_key] = self._write_note(seat, number, replaced)
        return self._notes[cache_key]

    def _write_note(
        self, seat: Seat, number: int, replaced: Sequence[ReplacedEdition]
    ) -> Attachment:
        context, language = self.context, seat.language
        subject = f"{seat.department}-R{number}"
        key = DocumentKey(RESTATEMENT_NOTE, self.half, subject, language, _COMPARED_FORMAT)
        self._renderer = self._renderer or Renderer(context.settings.templates)
        note_content = build_note(self.edition_contents, key, seat.department, replaced)
        pdf = self._renderer.write(note_content, key.format)
        sha256 = hashlib.sha256(pdf).hexdigest()
        kept = locate_edition(context, sha256)
        keep_content(kept, pdf)
        taken = self.edition_contents.snapshot_at(replaced[0].new["mark"])
        compared = serialise_note(seat.department, replaced)
        self.note_rows.append(
            make_document_row(
                *(key, taken.inputs_of, taken.mark, sha256, len(pdf), self.packs.now),
                replaces=compared,
            )
        )
        name = text("dispatch.file.restatement_note", language, period=self.half.key, number=number)
        return Attachment(kept, f"{name}.{key.format}", sha256)


def _find_triggers(name: DocumentName) -> list[DocumentName]:
    """List the documents whose change makes this one be sent again."""
    if name.kind != ATR.code:
        return [name]
    return [name._replace(kind=str(POLICY_ACTIONS), format=_COMPARED_FORMAT)]
