"""Where each action stands: what the department decided, and whether its reply is late.

Pendency is counted here and nowhere else, so that every document shows one figure per department:
actions without a final reply, those within the reply term and those beyond it apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from cpsa.calendar import Quarter
from cpsa.documents.parameters import Parameters
from cpsa.documents.snapshot import Snapshot

AWAITED = "reply_awaited"
NOT_ACCEPTED = "reply_not_accepted"
PENDING = frozenset((AWAITED, NOT_ACCEPTED))


@dataclass(frozen=True, slots=True)
class Standing:
    """One action and what became of it; ``due`` only while a reply is pending."""

    action: Any
    decision: str
    decided_at: datetime | None
    remarks: str
    due: datetime | None
    late: bool

    @property
    def pending(self) -> bool:
        return self.decision in PENDING


@dataclass(frozen=True, slots=True)
class Pendency:
    in_time: int
    late: int

    @property
    def total(self) -> int:
        return self.in_time + self.late


def standings(snapshot: Snapshot, parameters: Parameters, last: Quarter) -> tuple[Standing, ...]:
    """All actions up to a quarter, oldest first, as of the snapshot's instant."""
    return tuple(
        one for one in _standings(snapshot, parameters.reply_term) if one.action.quarter <= last.key
    )


def pendency(held: tuple[Standing, ...], department: str | None = None) -> Pendency:
    """Actions without a final reply, of one department or of all."""
    pending = [
        one
        for one in held
        if one.pending and (department is None or one.action.department == department)
    ]
    late = sum(one.late for one in pending)
    return Pendency(len(pending) - late, late)


@lru_cache(maxsize=4)
def _standings(snapshot: Snapshot, term: Any) -> tuple[Standing, ...]:
    latest = {
        row.number: row
        for row in snapshot.decisions.sort_values("decided_at").itertuples(index=False)
    }
    actions = snapshot.actions.sort_values(["quarter", "number"]).itertuples(index=False)
    return tuple(_standing(snapshot, term, row, latest.get(row.number)) for row in actions)


def _standing(snapshot: Snapshot, term: Any, action: Any, decision: Any | None) -> Standing:
    held = str(decision.decision) if decision is not None else AWAITED
    remarks = decision.remarks if decision is not None else ""
    decided_at = decision.decided_at if decision is not None else None
    due = None
    if held in PENDING:
        dispatched = Quarter.parse(action.quarter).half.dispatch_at
        due = (decided_at if held == NOT_ACCEPTED else dispatched) + term
    return Standing(
        action=action,
        decision=held,
        decided_at=decided_at,
        remarks=remarks if isinstance(remarks, str) else "",
        due=due,
        late=due is not None and snapshot.as_of > due,
    )
