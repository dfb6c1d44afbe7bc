"""Revisions: which documents changed since a seat got them, and the note that says what.

A document counts as changed when its reader would find something different, not when only the day
of its figures is another. What must not go here: who is sent what (``dispatching``).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cpsa.calendar import IST, HalfYear
from cpsa.cycle import snapshots
from cpsa.cycle.building import edition
from cpsa.cycle.files import write_whole
from cpsa.cycle.office import Office
from cpsa.cycle.packing import Packing
from cpsa.cycle.received import Got, Name, Post
from cpsa.deliver import pack
from cpsa.deliver.message import Attachment, Message
from cpsa.documents import (
    Content,
    DocumentKey,
    Kind,
    Renderer,
    Snapshot,
    content,
    differences,
    restatement_note,
)
from cpsa.documents.words import Words
from cpsa.messages import text
from cpsa.store.history import Mark


@dataclass
class Revising:
    """Compares editions of one half-year; keeps what it has built, as seats have much in common."""

    packing: Packing
    reason: str
    _snapshots: dict[str, Snapshot] = field(default_factory=dict)
    _contents: dict[tuple[str, DocumentKey], Content] = field(default_factory=dict)
    _notes: dict[tuple, Attachment] = field(default_factory=dict)
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
        changed = self._changed_for(seat, post)
        if not changed:
            return None
        files = [self.packing.file(one) for one in (*changed.values(), *fresh)]
        got = {name: post.documents[name] for name in changed}
        read = {name: one for name, one in changed.items() if name[0] != Kind.ATR}
        note = self._note(seat, post.mails, {name: got[name] for name in read}, read)
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
        return bool(self._changed_for(seat, post))

    def _changed_for(self, seat: pack.Seat, post: Post) -> dict[Name, Mapping[str, Any]]:
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
        return not differences.same(self._content(old), self._content(new))

    def _note(
        self,
        seat: pack.Seat,
        number: int,
        got: Mapping[Name, Got],
        new: Mapping[Name, Mapping[str, Any]],
    ) -> Attachment:
        known = (
            seat.department,
            seat.language,
            number,
            *((one.sha256, one.mail, one.sent_at) for one in got.values()),
            *(one["sha256"] for one in new.values()),
        )
        if known not in self._notes:
            self._notes[known] = self._write(seat, number, got, new)
        return self._notes[known]

    def _write(
        self,
        seat: pack.Seat,
        number: int,
        got: Mapping[Name, Got],
        new: Mapping[Name, Mapping[str, Any]],
    ) -> Attachment:
        language = seat.language
        now = self._snapshot(next((one["mark"] for one in new.values()), None))
        subject = f"{seat.department}-R{number}"
        key = DocumentKey(Kind.RESTATEMENT_NOTE, self.half, subject, language, "pdf")
        editions = [
            restatement_note.Edition(
                _key(self.half, new[name]),
                one.mail,
                one.sent_at,
                self._content(one.edition) if one.edition["mark"] else None,
                self._content(new[name]),
            )
            for name, one in got.items()
        ]
        said = restatement_note.content(
            key, Words(now, language), seat.department, editions, self._since(got, now)
        )
        self._renderer = self._renderer or Renderer(self.office.settings.templates)
        pdf = self._renderer.write(said, "pdf")
        sha256 = hashlib.sha256(pdf).hexdigest()
        kept = edition(self.office, sha256)
        if not kept.is_file():
            write_whole(kept, pdf)
        name = text("dispatch.file.restatement_note", language, period=self.half.key, number=number)
        return Attachment(kept, name, sha256)

    def _since(self, got: Mapping[Name, Got], now: Snapshot) -> datetime:
        """As of when the oldest of what was sent is."""
        known = [
            self._snapshot(one.edition["mark"]).as_of if one.edition["mark"] else one.sent_at
            for one in got.values()
        ]
        return min(known, default=now.as_of)

    def _content(self, document: Mapping[str, Any]) -> Content:
        """What an edition says: its figures as they stood then, in today's words."""
        mark = document["mark"]
        held = json.dumps(mark, sort_keys=True), _key(self.half, document)
        if held not in self._contents:
            self._contents[held] = content(held[1], self._snapshot(mark))
        return self._contents[held]

    def _snapshot(self, mark: Mapping[str, Any] | None) -> Snapshot:
        held = json.dumps(mark, sort_keys=True)
        if held not in self._snapshots:
            at = Mark(**mark) if mark else None
            self._snapshots[held] = snapshots.take(self.office, self.half, at).snapshot
        return self._snapshots[held]


def _asks(name: Name) -> list[Name]:
    """The documents whose change sends this one again."""
    kind, subject = name
    return [(str(Kind.POLICY_ACTIONS), subject)] if kind == Kind.ATR else [name]


def _key(half: HalfYear, document: Mapping[str, Any]) -> DocumentKey:
    kind = Kind(document["kind"])
    return DocumentKey(kind, half, document["subject"], document["language"], "")
