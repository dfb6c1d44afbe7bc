"""Restatement notes: what one compares, kept with it, so that it can be written again.

A note compares editions of documents as their contents; each is taken as history stood at its own
mark. What must not go here: which documents a note is about (``revising``), and its words
(``documents.restatement_note``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from cpsa.calendar import HalfYear, parse_period
from cpsa.cycle import snapshots
from cpsa.cycle.departments import present_code
from cpsa.cycle.office import Office
from cpsa.documents import (
    Content,
    DocumentKey,
    Kind,
    Renderer,
    Snapshot,
    content,
    restatement_note,
)
from cpsa.documents.words import Words
from cpsa.store.history import Mark

_EDITION = ("kind", "period", "subject", "language", "mark")


@dataclass(frozen=True)
class Replaced:
    """An edition as a mail brought it, and the one that takes its place (rows of ``document``)."""

    old: Mapping[str, Any]
    new: Mapping[str, Any]
    mail: str
    sent_at: datetime


@dataclass
class Editions:
    """What editions said, as history stood then; keeps what it has built, as they have much in
    common. All are of one half-year and what leaves with it."""

    office: Office
    half: HalfYear
    _taken: dict[str, snapshots.Taken] = field(default_factory=dict)
    _contents: dict[tuple[str, DocumentKey, datetime | None], Content] = field(default_factory=dict)
    _dated: dict[tuple[str, datetime], Snapshot] = field(default_factory=dict)

    def content(
        self, edition: Mapping[str, Any], date_of: Mapping[str, Any] | None = None
    ) -> Content:
        """What an edition says: its figures as they stood then, in today's words.

        ``date_of``: with the date of another edition, so that days that have passed since, and
        what was sent in them, are no difference between the two.
        """
        mark, key = edition["mark"], key_of(edition)
        key = replace(key, subject=present_code(self.office, key.subject))
        as_of = self.taken(date_of["mark"]).snapshot.as_of if date_of else None
        held = json.dumps(mark, sort_keys=True), key, as_of
        if held not in self._contents:
            self._contents[held] = content(key, self._snapshot(mark, as_of))
        return self._contents[held]

    def _snapshot(self, mark: Mapping[str, Any], as_of: datetime | None) -> Snapshot:
        taken = self.taken(mark).snapshot
        if as_of is None or as_of == taken.as_of:
            return taken
        held = json.dumps(mark, sort_keys=True), as_of
        if held not in self._dated:
            self._dated[held] = replace(taken, as_of=as_of)
        return self._dated[held]

    def taken(self, mark: Mapping[str, Any] | None) -> snapshots.Taken:
        """The half-year at a mark; its year ends with the same quarter. None: as it is now."""
        held = json.dumps(mark, sort_keys=True)
        if held not in self._taken:
            at = Mark(**mark) if mark else None
            self._taken[held] = snapshots.take(self.office, self.half, at)
        return self._taken[held]

    def note(self, key: DocumentKey, department: str, replaced: Sequence[Replaced]) -> Content:
        """What the note says that goes with the new editions."""
        now = self.taken(replaced[0].new["mark"]).snapshot
        editions = [
            restatement_note.Edition(
                key_of(one.new),
                one.mail,
                one.sent_at,
                self.content(one.old) if one.old["mark"] else None,
                self.content(one.new),
            )
            for one in replaced
        ]
        since = min(
            self.taken(one.old["mark"]).snapshot.as_of if one.old["mark"] else one.sent_at
            for one in replaced
        )
        return restatement_note.content(key, Words(now, key.language), department, editions, since)


def key_of(edition: Mapping[str, Any]) -> DocumentKey:
    """A document whatever its format."""
    period = parse_period(edition["period"])
    return DocumentKey(Kind(edition["kind"]), period, edition["subject"], edition["language"], "")


def as_json(department: str, replaced: Sequence[Replaced]) -> dict[str, Any]:
    """What a note compares, as it is kept."""
    return {
        "department": department,
        "documents": [
            {
                "old": {name: one.old[name] for name in _EDITION},
                "new": {name: one.new[name] for name in _EDITION},
                "mail": one.mail,
                "sent_at": one.sent_at.isoformat(),
            }
            for one in replaced
        ],
    }


def again(
    office: Office, key: DocumentKey, replaces: Mapping[str, Any], renderer: Renderer
) -> bytes:
    """A note's bytes, from what it compared."""
    replaced = [
        Replaced(one["old"], one["new"], one["mail"], datetime.fromisoformat(one["sent_at"]))
        for one in replaces["documents"]
    ]
    assert isinstance(key.period, HalfYear), "notes are of half-years"
    said = Editions(office, key.period).note(key, replaces["department"], replaced)
    return renderer.write(said, key.format)
