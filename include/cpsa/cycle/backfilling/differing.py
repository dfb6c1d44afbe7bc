"""Which documents a backfill leaves with other bytes, found without making any of them.

A document's bytes follow from what it says, so what it says now is held against what its current
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

from cpsa import documents
from cpsa.calendar import AnyPeriod, Quarter
from cpsa.cycle import inputs, snapshots
from cpsa.cycle.backfilling.order import Order, Part
from cpsa.cycle.building import identity, inputs_of, seen_whole
from cpsa.cycle.office import Office
from cpsa.cycle.snapshots import Taken
from cpsa.documents import Content, DocumentKey, Kind, Snapshot, differences, report_form
from cpsa.documents.parameters import DEFAULT
from cpsa.store import closings
from cpsa.store import documents as shelf
from cpsa.store.database import reading
from cpsa.store.history import Mark


class How(StrEnum):
    """How a document differs: never built before, says something else, only the day is another."""

    NEW = "new"
    CHANGED = "changed"
    DAY = "day"


@dataclass(frozen=True, order=True)
class Differing:
    """A document that would get other bytes."""

    path: str
    how: How

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def periods(connection: Connection, order: Order, closed: Iterable[str]) -> tuple[AnyPeriod, ...]:
    """What is built anew, quarters first: of the order, and of what was closed again after it.

    Half-years once both quarters are closed; a year comes with its second half.
    """
    if Part.DOCUMENTS not in order.parts:
        return ()
    shut = set(closings.latest_closings(connection)["quarter"])
    quarters = sorted({*order.quarters, *map(Quarter.parse, closed)})
    halves = sorted({one.half for one in quarters})
    whole = [half for half in halves if {quarter.key for quarter in half.quarters} <= shut]
    return (*quarters, *whole)


@dataclass(frozen=True)
class Shelf:
    """A period's documents before and after, ready to be compared outside the transaction."""

    office: Office
    taken: Taken
    keys: tuple[DocumentKey, ...]
    current: Mapping[tuple[str, ...], Mapping[str, Any]]
    earlier: Mapping[str, Snapshot]  # by the mark of an edition
    _last: dict[int, tuple[DocumentKey, Content]] = field(default_factory=dict)  # by snapshot

    @classmethod
    def read(cls, office: Office, period: AnyPeriod) -> Shelf:
        taken = snapshots.take(office, period)
        together = seen_whole(period, taken)
        keys = tuple(key for one in together for key in documents.plan(taken.snapshot, one))
        with reading(office.engine) as connection:
            current = shelf.current(connection, together)
        marks = {_named(row["mark"]): row["mark"] for row in current.values() if row["mark"]}
        earlier = {
            name: snapshots.take(office, period, Mark(**mark)).snapshot
            for name, mark in marks.items()
        }
        return cls(office, taken, keys, current, earlier)

    def differing(self) -> list[Differing]:
        found = []
        for key in self.keys:
            row = self.current.get(identity(key))
            how = How.NEW if row is None else self._how(key, row)
            if how is not None:
                found.append(Differing(key.path, how))
        return found

    def _how(self, key: DocumentKey, row: Mapping[str, Any]) -> How | None:
        if row["inputs"] == inputs.total(inputs_of(self.office, key, self.taken)):
            return None
        if key.kind is Kind.ATR:
            return None if self._form(key) == row["sha256"] else How.CHANGED
        before = self.earlier.get(_named(row["mark"]))
        if before is None:
            return How.CHANGED
        old, new = (self._said(key, one) for one in (before, self.taken.snapshot))
        if old != new:
            return How.DAY if differences.same(old, new) else How.CHANGED
        # Only where all else is as it was do the sources of its figures decide: they take longest.
        old, new = (
            documents.in_format(key, snapshot, said)
            for snapshot, said in ((before, old), (self.taken.snapshot, new))
        )
        return None if old == new else How.CHANGED

    def _said(self, key: DocumentKey, snapshot: Snapshot) -> Content:
        """What a document says in any format; its formats follow one another."""
        plain = key.as_("")
        held = self._last.get(id(snapshot))
        if held is None or held[0] != plain:
            held = self._last[id(snapshot)] = plain, documents.content(plain, snapshot)
        return held[1]

    def _form(self, key: DocumentKey) -> str:
        """A form that is filled in has no content beside its bytes, and they are made at once."""
        form = report_form.write(key, self.taken.snapshot, DEFAULT, self.office.seal_key)
        return hashlib.sha256(form).hexdigest()


def _named(mark: Mapping[str, Any] | None) -> str:
    return json.dumps(mark, sort_keys=True)
