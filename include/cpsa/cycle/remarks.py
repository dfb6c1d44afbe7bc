"""What an approver should know before a half-year's documents leave.

What belongs here: looking, and saying it. What must not: holding anything back; the ledger and the
approver do that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cpsa.calendar import IST
from cpsa.cycle.packing import MEGABYTE, Packing, size
from cpsa.deliver import ledger
from cpsa.deliver.message import Message
from cpsa.messages import text
from cpsa.store import closings, judgements
from cpsa.store.database import reading
from cpsa.store.tables.dispatch import State

_OPEN = (State.UNCERTAIN, State.BOUNCED, State.FAILED, State.EXPIRED)
REJECTED = "reject dispatch"


@dataclass(frozen=True)
class Remark:
    """One thing to know; ``key`` names a text below ``dispatch.remark``."""

    key: str
    params: Mapping[str, object] = field(default_factory=dict)

    def text(self, language: str) -> str:
        return text(f"dispatch.remark.{self.key}", language, **self.params)


def of(packing: Packing, mails: Sequence[Message], outdated: int) -> tuple[Remark, ...]:
    """All there is to know, the gravest first."""
    found = [*_rejected(packing), *_open(packing)]
    if outdated:
        found.append(Remark("outdated", {"number": outdated}))
    return (*found, *_missing(packing), *_no_recipient(packing), *_large(packing, mails))


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
