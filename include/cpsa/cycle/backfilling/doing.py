"""Doing a backfill: one transaction that is undone for a preview and kept for the real thing.

Both go the same way, so what is shown is what is done; and when the store has changed in between,
nothing is done. Nothing is sent, and nothing here builds a document: the caller builds the periods
that are named, each on its own, and every other DAG and command still may.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from cpsa.calendar import AnyPeriod
from cpsa.collect.channels.channel import IncomingFile
from cpsa.cycle.backfilling.changes import Changes, Look, between
from cpsa.cycle.backfilling.differing import Differing, Shelf, periods
from cpsa.cycle.backfilling.order import Order, Part
from cpsa.cycle.backfilling.waiting import incoming_files
from cpsa.cycle.checking import check
from cpsa.cycle.closing import close_again
from cpsa.cycle.import_arrivals import import_file
from cpsa.cycle.office import Office
from cpsa.cycle.standing import Standing
from cpsa.errors import RequestError
from cpsa.store import closings, judgements
from cpsa.store.database import reading, together, writing
from cpsa.submissions.state import SubmissionState

DONE, DECLINED = "backfill", "decline backfill"
_WAIT = (SubmissionState.RECEIVED, SubmissionState.LOCKED_OUT)


@dataclass(frozen=True)
class Preview:
    """What a backfill would change. ``problems``: rows and files that could not be used."""

    changes: Changes
    documents: tuple[Differing, ...]
    periods: tuple[AnyPeriod, ...]
    problems: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """Names the changes, not the documents: their day may be another when it is done."""
        return self.changes.digest


@dataclass(frozen=True)
class Done:
    """What a backfill has changed, and the periods whose documents are to be built anew."""

    changes: Changes
    periods: tuple[AnyPeriod, ...]
    problems: tuple[str, ...] = ()

    @property
    def quarters(self) -> tuple[str, ...]:
        """The quarters to tell of, so that Airflow builds those periods by itself.

        It starts a half-year only once both of its quarters are told, changed or not.
        """
        return tuple(sorted({one.key for period in self.periods for one in period.quarters}))


@dataclass(frozen=True)
class _Trial(Office):
    """An office whose work is undone: the bytes it takes in are kept only as long as it is."""

    aside: dict[str, bytes] = field(default_factory=dict)

    def keep_bytes(self, content: bytes, sha256: str) -> None:
        self.aside[sha256] = content

    def received_bytes(self, sha256: str) -> bytes:
        return self.aside[sha256] if sha256 in self.aside else super().received_bytes(sha256)


def preview_backfill(office: Office, order: Order, now: datetime) -> Preview:
    """What a backfill would change; the store is left as it was, row by row and byte by byte.

    RequestError for a quarter that is not closed, an agency that is none, an unreadable inbox.
    """
    files = _files(office, order, now)
    with together(office.engine, keep=False) as engine:
        trial = _Trial(office.settings, engine, order.present_definitions)
        changes, problems = _work(trial, engine.connection, order, files, "", now)
        to_build = periods(engine.connection, order, changes.closed)
        shelves = [Shelf.read(trial, period) for period in to_build]
    documents = [one for shelf in shelves for one in shelf.differing()]
    return Preview(changes, tuple(documents), to_build, problems)


def backfill(
    office: Office, order: Order, who: str, now: datetime, approved: str | None = None
) -> Done:
    """Do it, all or nothing, and keep in the audit trail who asked and why.

    ``approved``: the digest of the preview somebody approved; RequestError when doing it would no
    longer change exactly that. Done once, it may be asked for again: nothing is left to do, and
    what is to be built is told again. Documents are left to ``build``, period by period.
    """
    files = _files(office, order, now)
    with together(office.engine, keep=True) as engine:
        desk = Office(office.settings, engine, order.present_definitions)
        changes, problems = _work(desk, engine.connection, order, files, who, now)
        if changes == Changes() and _was_done(engine.connection, order):
            return Done(changes, _periods_since(engine.connection, order))
        if approved is not None and changes.digest != approved:
            raise RequestError("backfill.approved_other")
        judgements.add_audit(engine.connection, now, who, DONE, order.subject, order.reason)
        to_build = periods(engine.connection, order, changes.closed)
    return Done(changes, to_build, problems)


def decline_backfill(office: Office, order: Order, who: str, why: str, now: datetime) -> None:
    """Keep in the audit trail that a previewed backfill was not to be done."""
    with writing(office.engine) as connection:
        judgements.add_audit(connection, now, who, DECLINED, order.subject, why)


def _was_done(connection: Connection, order: Order) -> bool:
    before = judgements.last_audit(connection, DONE, order.subject)
    return before is not None and before.reason == order.reason


def _periods_since(connection: Connection, order: Order) -> tuple[AnyPeriod, ...]:
    """Whatever may have been closed again by a backfill that was done before."""
    shut = closings.latest_closings(connection)["quarter"]
    return periods(connection, order, [key for key in shut if key >= order.first.key])


def _files(office: Office, order: Order, now: datetime) -> list[IncomingFile]:
    with reading(office.engine) as connection:
        order.require(office, connection)
    return incoming_files(office, order, now) if Part.COLLECT in order.parts else []


def _work(
    office: Office,
    connection: Connection,
    order: Order,
    files: Sequence[IncomingFile],
    who: str,
    now: datetime,
) -> tuple[Changes, tuple[str, ...]]:
    """Collect, check and score what is asked for, oldest quarter first; what came of it."""
    order.require(office, connection)  # once more: nothing can change it from here on
    before = Look.take(connection, order.first.key)
    problems = _take_in(office, files, now)
    if Part.CHECK in order.parts:
        _let_in(connection, order, who, now)
    if Part.CHECK in order.parts or Part.DEFINITIONS in order.parts:
        checked = check(office, order.last, now, order.agencies or None)
        problems += [one.text(office.settings.language) for one in checked.problems]
    if Part.SCORE in order.parts:
        close_again(office, order.first, now)
    after = Look.take(connection, order.first.key)
    return between(connection, before, after), tuple(problems)


def _take_in(office: Office, files: Sequence[IncomingFile], now: datetime) -> list[str]:
    items = [import_file(office, file, now) for file in files]
    return [item.problem for item in items if item.problem]


def _let_in(connection: Connection, order: Order, who: str, now: datetime) -> None:
    """An admin's word for a backfill is a lock exception for every file of it that waits."""
    standing = Standing.read(connection, order.last.key)
    for *_, row in standing.versions.values():
        if row.state in _WAIT and order.concerns(row.agency, row.quarter):
            judgements.add_lock_exception(
                connection,
                agency=row.agency,
                quarter=row.quarter,
                reason=order.reason,
                given_by=who,
                given_at=now,
                quiet=not order.letters,
            )
