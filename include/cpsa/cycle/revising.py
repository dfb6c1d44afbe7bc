"""Revisions: which documents changed since a seat got them, and the note that says what.

A document counts as changed when its reader would find something different, not when only the day
of its figures is another. What must not go here: who is sent what (``dispatching``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cpsa.calendar import IST, HalfYear
from cpsa.cycle import building, notes
from cpsa.cycle.files import write_whole
from cpsa.cycle.notes import Editions, Replaced
from cpsa.cycle.office import Office
from cpsa.cycle.packing import Packing
from cpsa.cycle.received import Name, Post
from cpsa.deliver import pack
from cpsa.deliver.message import Attachment, Message
from cpsa.documents import DocumentKey, Kind, Renderer, differences
from cpsa.messages import text

_READ = "pdf"  # the format that is compared; what else there is of a document says the same


@dataclass
class Revising:
    """Compares editions of one half-year; keeps what it has built, as seats have much in common.

    ``rows``: the notes that were written, as documents to be registered when they leave.
    """

    packing: Packing
    reason: str
    rows: list[Mapping[str, Any]] = field(default_factory=list)
    _notes: dict[tuple, Attachment] = field(default_factory=dict)
    _editions: Editions | None = None
    _renderer: Renderer | None = None

    @property
    def office(self) -> Office:
        return self.packing.office

    @property
    def half(self) -> HalfYear:
        return self.packing.half

    def mail(self, seat: pack.Seat, post: Post) -> Message | None:
        """The revision a seat is due; None while all it got is as it was."""
        due = self.packing.due_to(seat)
        fresh = [one for name, one in due.items() if name not in post.documents]
        changed = self.changed_for(seat, post)
        if not changed:
            return None
        files = [self.packing.file(one) for one in (*changed.values(), *fresh)]
        got = {name: post.documents[name] for name in changed}
        replaced = [
            Replaced(got[name].edition, one, got[name].mail, got[name].sent_at)
            for name, one in changed.items()
            if name.format == _READ
        ]
        note = self._note(seat, post.mails, replaced)
        revision = pack.Revision(
            post.mails,
            self.reason,
            tuple(
                pack.Replaced(
                    self.packing.file(got[name].edition).name,
                    got[name].mail,
                    got[name].sent_at.astimezone(IST).date(),
                )
                for name in changed
            ),
            note.name,
        )
        return self.packing.mail(seat, [*files, note], revision)

    def is_outdated(self, seat: pack.Seat, post: Post) -> bool:
        """Whether something a seat got has changed since."""
        return bool(self.changed_for(seat, post))

    def changed_for(self, seat: pack.Seat, post: Post) -> dict[Name, Mapping[str, Any]]:
        """The new editions of what a seat got and what has changed since; a form to fill in goes
        with the documents that ask for it."""
        due = self.packing.due_to(seat)
        met = {name: one for name, one in due.items() if name in post.documents}
        return {
            name: one
            for name, one in met.items()
            if one["sha256"] != post.documents[name].sha256
            and any(
                self._changed(post.documents[asks].edition, met[asks])
                for asks in _asks(name)
                if asks in met
            )
        }

    def _changed(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
        if old["sha256"] == new["sha256"]:
            return False
        if old["mark"] is None or new["mark"] is None:
            return True
        now = self.editions.content(new, date_of=old)
        return not differences.same(self.editions.content(old), now)

    @property
    def editions(self) -> Editions:
        self._editions = self._editions or Editions(self.office, self.half)
        return self._editions

    def _note(self, seat: pack.Seat, number: int, replaced: Sequence[Replaced]) -> Attachment:
        known = (
            *(seat.department, seat.language, number),
            *((one.old["sha256"], one.new["sha256"], one.mail, one.sent_at) for one in replaced),
        )
        if known not in self._notes:
            self._notes[known] = self._write(seat, number, replaced)
        return self._notes[known]

    def _write(self, seat: pack.Seat, number: int, replaced: Sequence[Replaced]) -> Attachment:
        office, language = self.office, seat.language
        subject = f"{seat.department}-R{number}"
        key = DocumentKey(Kind.RESTATEMENT_NOTE, self.half, subject, language, _READ)
        self._renderer = self._renderer or Renderer(office.settings.templates)
        said = self.editions.note(key, seat.department, replaced)
        pdf = self._renderer.write(said, key.format)
        sha256 = hashlib.sha256(pdf).hexdigest()
        kept = building.edition(office, sha256)
        if not kept.is_file():
            write_whole(kept, pdf)
        taken = self.editions.taken(replaced[0].new["mark"])
        compared = notes.as_json(seat.department, replaced)
        self.rows.append(
            building.row(
                *(key, taken.inputs_of, taken.mark, sha256, len(pdf), self.packing.now),
                replaces=compared,
            )
        )
        name = text("dispatch.file.restatement_note", language, period=self.half.key, number=number)
        return Attachment(kept, f"{name}.{key.format}", sha256)


def _asks(name: Name) -> list[Name]:
    """The documents whose change sends this one again."""
    if name.kind != Kind.ATR:
        return [name]
    return [name._replace(kind=str(Kind.POLICY_ACTIONS), format=_READ)]
