"""The contents of editions, each built from history as of its own mark, to be compared.

What must not go here: what a restatement note compares (``restatement_notes``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from cpsa.calendar import HalfYear, parse_period
from cpsa.documents.content_model import Content
from cpsa.documents.document_key import DocumentKey
from cpsa.documents.document_registry import build_content, get_kind
from cpsa.provenance.snapshot import Snapshot
from cpsa.services.app_context import AppContext
from cpsa.services.department_codes import find_present_code
from cpsa.services.publication.take_snapshot import SnapshotWithInputs, take_snapshot
from cpsa.store.as_of import HistoryMark


@dataclass
class EditionContents:
    """Contents of editions, as of their own marks; caches what it has built, as they have much in
    common. All are of one half-year and the periods that are sent with it."""

    context: AppContext
    half: HalfYear
    _snapshots: dict[str, SnapshotWithInputs] = field(default_factory=dict)
    _contents: dict[tuple[str, DocumentKey, datetime | None], Content] = field(default_factory=dict)
    _dated_snapshots: dict[tuple[str, datetime], Snapshot] = field(default_factory=dict)

    def build_content(
        self, edition: Mapping[str, Any], date_of: Mapping[str, Any] | None = None
    ) -> Content:
        """Build the content of an edition: its figures as of its mark, in today's words.

        ``date_of``: with the date of another edition, so that days that have passed since, and
        what was sent in them, are no difference between the two.
        """
        mark, key = edition["mark"], make_document_key(edition)
        key = replace(key, subject=find_present_code(self.context, key.subject))
        as_of = self.snapshot_at(date_of["mark"]).snapshot.as_of if date_of else None
        cache_key = json.dumps(mark, sort_keys=True), key, as_of
        if cache_key not in self._contents:
            self._contents[cache_key] = build_content(key, self._load_snapshot(mark, as_of))
        return self._contents[cache_key]

    def _load_snapshot(self, mark: Mapping[str, Any], as_of: datetime | None) -> Snapshot:
        taken = self.snapshot_at(mark).snapshot
        if as_of is None or as_of == taken.as_of:
            return taken
        cache_key = json.dumps(mark, sort_keys=True), as_of
        if cache_key not in self._dated_snapshots:
            self._dated_snapshots[cache_key] = replace(taken, as_of=as_of)
        return self._dated_snapshots[cache_key]

    def snapshot_at(self, mark: Mapping[str, Any] | None) -> SnapshotWithInputs:
        """Return the half-year at a mark; its year ends with the same quarter. None: as it is now."""
        cache_key = json.dumps(mark, sort_keys=True)
        if cache_key not in self._snapshots:
            at = HistoryMark(**mark) if mark else None
            self._snapshots[cache_key] = take_snapshot(self.context, self.half, at)
        return self._snapshots[cache_key]


def make_document_key(edition: Mapping[str, Any]) -> DocumentKey:
    """Return the key of a document, without its format."""
    period = parse_period(edition["period"])
    return DocumentKey(
        get_kind(edition["kind"]), period, edition["subject"], edition["language"], ""
    )
