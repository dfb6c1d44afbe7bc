"""The documents whose bytes a backfill changes, found without building any of them.

A document's bytes follow from what it says, so what it says now is compared with what its current
edition says, each from its own state of the store. What must not go here: building.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection

from cpsa.calendar import AnyPeriod, Quarter
from cpsa.documents import edition_differences
from cpsa.documents.content_model import Content
from cpsa.documents.document_key import DocumentKey, FormRenderer
from cpsa.documents.document_registry import build_content, list_document_keys
from cpsa.documents.parameters import DEFAULT
from cpsa.documents.render.renderer import add_format_links
from cpsa.provenance.snapshot import Snapshot
from cpsa.services.app_context import AppContext
from cpsa.services.backfill_quarters.backfill_request import BackfillRequest, BackfillStep
from cpsa.services.publication import document_inputs
from cpsa.services.publication.document_editions import (
    digest_inputs,
    list_complete_periods,
    make_document_identity,
)
from cpsa.services.publication.take_snapshot import SnapshotWithInputs, take_snapshot
from cpsa.store.as_of import HistoryMark
from cpsa.store.database import read_transaction
from cpsa.store.queries import closing_queries, document_queries


class DifferenceKind(StrEnum):
    """How a document differs: never built before, says something else, only the day is another."""

    NEW = "new"
    CHANGED = "changed"
    DAY = "day"


@dataclass(frozen=True, order=True)
class DocumentDifference:
    """A document that would get other bytes."""

    path: str
    how: DifferenceKind

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def list_periods_to_rebuild(
    connection: Connection, request: BackfillRequest, closed: Iterable[str]
) -> tuple[AnyPeriod, ...]:
    """What is built again, quarters first: those requested, and those closed again after them.

    Half-years once both quarters are closed; a year comes with its second half.
    """
    if BackfillStep.DOCUMENTS not in request.steps:
        return ()
    closed_quarters = set(closing_queries.load_latest_closings(connection)["quarter"])
    quarters = sorted({*request.quarters, *map(Quarter.parse, closed)})
    halves = sorted({period.half for period in quarters})
    whole = [
        half for half in halves if {quarter.key for quarter in half.quarters} <= closed_quarters
    ]
    return (*quarters, *whole)


@dataclass(frozen=True)
class PeriodDocuments:
    """A period's documents before and after, ready to be compared outside the transaction."""

    context: AppContext
    taken: SnapshotWithInputs
    keys: tuple[DocumentKey, ...]
    current: Mapping[tuple[str, ...], Mapping[str, Any]]
    earlier_snapshots: Mapping[str, Snapshot]  # by the mark of an edition
    _latest_content: dict[int, tuple[DocumentKey, Content]] = field(
        default_factory=dict
    )  # by snapshot

    @classmethod
    def load(cls, context: AppContext, period: AnyPeriod) -> PeriodDocuments:
        taken = take_snapshot(context, period)
        periods_together = list_complete_periods(period, taken)
        keys = tuple(
            key
            for covered_period in periods_together
            for key in list_document_keys(taken.snapshot, covered_period)
        )
        with read_transaction(context.engine) as connection:
            current = document_queries.load_current_editions(connection, periods_together)
        marks = {
            _make_mark_key(row["mark"]): row["mark"] for row in current.values() if row["mark"]
        }
        earlier = {
            name: take_snapshot(context, period, HistoryMark(**mark)).snapshot
            for name, mark in marks.items()
        }
        return cls(context, taken, keys, current, earlier)

    def list_differences(self) -> list[DocumentDifference]:
        document_differences = []
        for key in self.keys:
            row = self.current.get(make_document_identity(key))
            how = DifferenceKind.NEW if row is None else self._compare_edition(key, row)
            if how is not None:
                document_differences.append(DocumentDifference(key.path, how))
        return document_differences

    def _compare_edition(self, key: DocumentKey, row: Mapping[str, Any]) -> DifferenceKind | None:
        if row["inputs"] == document_inputs.combine_digests(
            digest_inputs(self.context, key, self.taken)
        ):
            return None
        if key.kind.form_renderer is not None:
            return (
                None
                if self._digest_form(key, key.kind.form_renderer) == row["sha256"]
                else DifferenceKind.CHANGED
            )
        before = self.earlier_snapshots.get(_make_mark_key(row["mark"]))
        if before is None:
            return DifferenceKind.CHANGED
        old, new = (
            self._load_content(key, edition_snapshot)
            for edition_snapshot in (before, self.taken.snapshot)
        )
        if old != new:
            return (
                DifferenceKind.DAY
                if edition_differences.is_same_content(old, new)
                else DifferenceKind.CHANGED
            )
        # Only where all else is as it was do the sources of its figures decide: they take longest.
        old, new = (
            add_format_links(key, snapshot, content)
            for snapshot, content in ((before, old), (self.taken.snapshot, new))
        )
        return None if old == new else DifferenceKind.CHANGED

    def _load_content(self, key: DocumentKey, snapshot: Snapshot) -> Content:
        """The content of a document in any format; its formats follow one another."""
        plain = key.with_format("")
        latest = self._latest_content.get(id(snapshot))
        if latest is None or latest[0] != plain:
            latest = self._latest_content[id(snapshot)] = (
                plain,
                build_content(plain, snapshot),
            )
        return latest[1]

    def _digest_form(self, key: DocumentKey, render: FormRenderer) -> str:
        """A form that is filled in has no content beside its bytes, and they are made at once."""
        form = render(key, self.taken.snapshot, DEFAULT, self.context.seal_key)
        return hashlib.sha256(form).hexdigest()


def _make_mark_key(mark: Mapping[str, Any] | None) -> str:
    return json.dumps(mark, sort_keys=True)
