"""What an approver should know before a half-year's documents leave.

What belongs here: looking, and saying it. What must not: holding anything back; the ledger and the
approver do that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cpsa.calendar import IST, HalfYear
from cpsa.cycle.edition_changes import (
    DocumentChange,
    EditionChanges,
    changes_of_open_question,
    changes_since_last_question,
)
from cpsa.cycle.office import Office
from cpsa.cycle.packing import MEGABYTE, Packing, size
from cpsa.cycle.stale_periods import is_stale
from cpsa.deliver import ledger
from cpsa.deliver.message import Message
from cpsa.documents.differences import Changed
from cpsa.documents.words import NONE
from cpsa.messages import text
from cpsa.store import closings, judgements
from cpsa.store.database import reading
from cpsa.store.tables.dispatch import State

_OPEN = (State.UNCERTAIN, State.BOUNCED, State.FAILED, State.EXPIRED)
REJECTED = "reject dispatch"
_MOST_FIGURES = 4  # of a document; its restatements are listed in it


@dataclass(frozen=True)
class Remark:
    """One thing to know; ``key`` names a text below ``dispatch.remark``."""

    key: str
    params: Mapping[str, object] = field(default_factory=dict)

    def text(self, language: str) -> str:
        return text(f"dispatch.remark.{self.key}", language, **self.params)


def of(packing: Packing, mails: Sequence[Message], outdated: int) -> tuple[Remark, ...]:
    """All there is to know, the gravest first."""
    found = [*_stale(packing), *_changes(packing), *_rejected(packing), *_open(packing)]
    if outdated:
        found.append(Remark("outdated", {"number": outdated}))
    if packing.unknown_departments:
        codes = ", ".join(packing.unknown_departments)
        found.append(Remark("unknown_department", {"departments": codes}))
    return (*found, *_missing(packing), *_no_recipient(packing), *_large(packing, mails))


def _stale(packing: Packing) -> list[Remark]:
    """Whether something was recorded after the documents were built."""
    with reading(packing.office.engine) as connection:
        return [Remark("stale")] if is_stale(connection, packing.half) else []


def _changes(packing: Packing) -> list[Remark]:
    """Documents and figures that differ from those asked about before, while they are new."""
    language = packing.office.settings.language
    return _as_remarks(packing, changes_since_last_question(packing.office, packing.half, language))


def changes_of_question(office: Office, half: HalfYear, now: datetime) -> list[Remark]:
    """What an open question says of the edition that was asked about before it."""
    packing = Packing.read(office, half, now)
    return _as_remarks(packing, changes_of_open_question(office, half, office.settings.language))


def _as_remarks(packing: Packing, changes: EditionChanges | None) -> list[Remark]:
    if changes is None:
        return []
    at = changes.asked_at.astimezone(IST).strftime("%d.%m.%Y %H:%M")
    if not changes.documents:
        return [Remark("nothing_changed", {"at": at})]
    heading = Remark("changed", {"at": at, "number": len(changes.documents)})
    return [heading, *(_changed_document(packing, change) for change in changes.documents)]


def _changed_document(packing: Packing, change: DocumentChange) -> Remark:
    name = packing.file(change.document).name
    if change.is_new:
        return Remark("new_document", {"document": name})
    if not change.figures:
        return Remark("changed_words", {"document": name})
    shown = "; ".join(map(_figure, change.figures[:_MOST_FIGURES]))
    more = len(change.figures) - _MOST_FIGURES
    key = "changed_figures_more" if more > 0 else "changed_figures"
    params = {"document": name, "number": len(change.figures), "figures": shown, "more": more}
    return Remark(key, params)


def _figure(figure: Changed) -> str:
    place = figure.place
    words = ", ".join(filter(None, (place.row or place.table or place.section, place.column)))
    return f"{words}: {figure.old or NONE} → {figure.new or NONE}"


def _rejected(packing: Packing) -> list[Remark]:
    """The last rejection, while it is newer than the documents."""
    with reading(packing.office.engine) as connection:
        row = judgements.last_audit(connection, REJECTED, packing.half.key)
    if row is None:
        return []
    day = row.at.astimezone(IST).strftime("%d.%m.%Y %H:%M")
    return [Remark("rejected", {"day": day, "who": row.who, "reason": row.reason})]


def _open(packing: Packing) -> list[Remark]:
    """Mail of the half-year that waits for somebody, by state."""
    lines = ledger.outbox(packing.office.engine, packing.half.key)
    newest = {(line.slot, line.recipient): line for line in lines}
    states = Counter(line.state for line in newest.values())
    return [Remark(str(state), {"number": states[state]}) for state in _OPEN if states[state]]


def _missing(packing: Packing) -> list[Remark]:
    """Quarters in which agencies' figures are missing, so that the documents lack them."""
    with reading(packing.office.engine) as connection:
        shut = closings.latest_closings(connection, packing.half.last_quarter.key)
        rates = closings.rows_of(connection, "reporting", shut)
    found = []
    for quarter in packing.half.quarters:
        rows = rates[rates["quarter"] == quarter.key]
        expected, accepted = int(rows["expected"].sum()), int(rows["accepted"].sum())
        if accepted < expected:
            told = {"quarter": quarter.key, "missing": expected - accepted, "expected": expected}
            found.append(Remark("missing", told))
    return found


def _no_recipient(packing: Packing) -> list[Remark]:
    """Departments that are asked for something and have nobody to read it."""
    told = {seat.department for seat in packing.seats if seat.kind == "to"}
    silent = sorted(set(packing.asked["department"]) - told)
    return [Remark("no_recipient", {"departments": ", ".join(silent)})] if silent else []


def _large(packing: Packing, mails: Sequence[Message]) -> list[Remark]:
    limit = packing.office.settings.attach_mb
    linked = sum(any(file.link for file in mail.attachments) for mail in mails)
    heavy = [mail for mail in mails if size(mail.attachments) > limit * MEGABYTE]
    found = [Remark("linked", {"number": linked, "limit": f"{limit:g}"})] if linked else []
    if heavy:
        found.append(Remark("large", {"number": len(heavy), "limit": f"{limit:g}"}))
    return found
