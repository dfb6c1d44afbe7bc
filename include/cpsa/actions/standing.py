"""Where each action stands: what the department decided, and whether its reply is late.

Pendency is counted here and nowhere else, so that every table and document shows one figure per
department: actions without a final decision, those within the reply term and those beyond it
apart. The term runs from the dispatch of the compilation in which an action was first asked; a
reply that is not accepted, or a mere acceptance, does not start it anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from cpsa.actions.decision import FINAL, Decision
from cpsa.calendar import Quarter


@dataclass(frozen=True, slots=True)
class Standing:
    """One action and what became of it; ``due`` only while a final decision is pending."""

    action: Any
    decision: str
    decided_at: datetime | None
    remarks: str
    due: datetime | None
    late: bool
    counts: bool = True
    """Whether the department is asked: the agency's update was accepted, or there is a decision."""

    @property
    def pending(self) -> bool:
        return self.decision not in FINAL

    @property
    def reiterated(self) -> bool:
        """Whether it is asked again under its number, because the reply was not accepted."""
        return self.decision == Decision.REPLY_NOT_ACCEPTED


@dataclass(frozen=True, slots=True)
class Pendency:
    in_time: int
    late: int

    @property
    def total(self) -> int:
        return self.in_time + self.late


def standings(
    actions: pd.DataFrame, decisions: pd.DataFrame, as_of: datetime, term: timedelta
) -> tuple[Standing, ...]:
    """All actions, oldest first, as of an instant.

    ``decisions`` in the order in which they were recorded; the newest of an action counts.
    ``actions`` may have a column ``accepted``: whether the agency's update of the quarter was.
    """
    newest = {row.number: row for row in decisions.itertuples(index=False)}
    ordered = actions.sort_values(["quarter", "number"], kind="stable").itertuples(index=False)
    return tuple(_standing(row, newest.get(row.number), as_of, term) for row in ordered)


def due_by(quarter: str, term: timedelta) -> datetime:
    """When a final decision is due on what was first asked in a quarter."""
    return Quarter.parse(quarter).half.dispatch_at + term


def pendency(held: Iterable[Standing], department: str | None = None) -> Pendency:
    """Actions without a final decision, of one department or of all."""
    pending = [
        one
        for one in held
        if one.pending
        and one.counts
        and (department is None or one.action.department == department)
    ]
    late = sum(one.late for one in pending)
    return Pendency(len(pending) - late, late)


def _standing(action: Any, newest: Any | None, as_of: datetime, term: timedelta) -> Standing:
    decision = str(newest.decision) if newest is not None else Decision.REPLY_AWAITED.value
    due = None if decision in FINAL else due_by(action.quarter, term)
    remarks = newest.remarks if newest is not None else ""
    return Standing(
        action=action,
        decision=decision,
        decided_at=newest.decided_at if newest is not None else None,
        remarks=remarks if isinstance(remarks, str) else "",
        due=due,
        late=due is not None and as_of > due,
        counts=bool(getattr(action, "accepted", True)) or newest is not None,
    )
