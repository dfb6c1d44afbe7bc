"""The status of each action: what the department decided, and whether its reply is late.

Pendency is counted here and nowhere else, so that every table and document shows one figure per
department: actions without a final decision, those within the reply term, those beyond it and
those not yet sent apart. The term runs from the first mail that requested an action
(``reply_term``); a reply that is not accepted, or a mere acceptance, does not start it again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

import pandas as pd

from cpsa.actions.decision import FINAL, Decision
from cpsa.actions.reply_term import compute_reply_due, count_age_days
from cpsa.calendar import IST

AGE_BANDS = (("0_30", 30), ("31_60", 60), ("61_90", 90), ("91_180", 180), ("over_180", None))
"""By the whole days since the first mail: the name of each band and its last day."""


class PromiseState(StrEnum):
    """How a department kept the date by which it promised to complete an action."""

    RUNNING = "running"  # the date has not passed, and the action is not completed
    KEPT = "kept"  # completed by the newest date
    OVERRUN = "overrun"  # the newest date passed before the action was completed


@dataclass(frozen=True, slots=True)
class ActionStatus:
    """One action, its newest decision, and whether a reply is due.

    ``due``, ``late`` and ``age_days`` only while a final decision is pending and once the
    department was sent a mail that requests it. ``promised_first`` and ``promised`` are the first
    and the newest date that the department named for completion.
    """

    action: Any
    decision: str
    decided_at: datetime | None
    remarks: str
    due: datetime | None
    late: bool
    counts: bool = True
    """Whether a reply is expected: the agency's update was accepted, or there is a decision."""
    sent_at: datetime | None = None
    age_days: int | None = None
    promised_first: date | None = None
    promised: date | None = None
    as_of: date | None = None
    history: tuple[tuple[date, str], ...] = ()
    """The day and the kind of each decision, in the order of recording."""

    def find_decision_on(self, day: date) -> str:
        """The newest decision at the end of a day."""
        known = [decision for decided_on, decision in self.history if decided_on <= day]
        return known[-1] if known else Decision.REPLY_AWAITED.value

    @property
    def pending(self) -> bool:
        return self.decision not in FINAL

    @property
    def not_sent(self) -> bool:
        """Whether no mail requested it from the department yet; it is never late then."""
        return self.pending and self.sent_at is None

    @property
    def days_overdue(self) -> int:
        """Whole days since the reply was due, 0 while it is in time."""
        if not self.late or self.due is None or self.as_of is None:
            return 0
        return (self.as_of - self.due.astimezone(IST).date()).days

    @property
    def days_over_promise(self) -> tuple[int, int]:
        """Whole days beyond the first and the newest promised date, 0 where it is kept so far."""
        return _count_days_beyond(self.promised_first, self), _count_days_beyond(
            self.promised, self
        )

    @property
    def promise(self) -> PromiseState | None:
        """Whether the newest promised date is kept; None where none was promised, or where the
        department does not pursue the action."""
        if self.promised is None or self.decision == Decision.NOT_PURSUED:
            return None
        if self.days_over_promise[1]:
            return PromiseState.OVERRUN
        return PromiseState.KEPT if self.decision == Decision.DONE else PromiseState.RUNNING

    @property
    def reiterated(self) -> bool:
        """Whether it is requested again under its number, because the reply was not accepted."""
        return self.decision == Decision.REPLY_NOT_ACCEPTED


def _count_days_beyond(promised: date | None, action: ActionStatus) -> int:
    if promised is None or action.as_of is None:
        return 0
    ended_at = action.decided_at if action.decision in FINAL else None
    until = ended_at.astimezone(IST).date() if ended_at else action.as_of
    return max(0, (until - promised).days)


@dataclass(frozen=True, slots=True)
class Pendency:
    """Actions without a final decision. ``ages``: those that were sent, by ``AGE_BANDS``."""

    in_time: int
    late: int
    not_sent: int = 0
    ages: tuple[int, ...] = (0,) * len(AGE_BANDS)

    @property
    def total(self) -> int:
        return self.in_time + self.late + self.not_sent


def compute_action_statuses(
    actions: pd.DataFrame, decisions: pd.DataFrame, as_of: datetime, term: timedelta
) -> tuple[ActionStatus, ...]:
    """All actions, oldest first, as of an instant.

    ``decisions`` in the order in which they were recorded; the newest of an action counts.
    ``actions`` may have the columns ``accepted`` (whether the agency's update of the quarter was)
    and ``sent_at`` (``reply_term.add_first_mails``); what was sent after ``as_of`` is not yet sent.
    """
    given: dict[str, list[Any]] = {}
    for row in decisions.itertuples(index=False):
        given.setdefault(row.number, []).append(row)
    ordered = actions.sort_values(["quarter", "number"], kind="stable").itertuples(index=False)
    return tuple(
        _compute_action_status(row, given.get(row.number, ()), as_of, term) for row in ordered
    )


def count_pendency(statuses: Iterable[ActionStatus], department: str | None = None) -> Pendency:
    """Count the actions without a final decision, of one department or of all."""
    pending = [
        status
        for status in statuses
        if status.pending
        and status.counts
        and (department is None or status.action.department == department)
    ]
    late = sum(status.late for status in pending)
    not_sent = sum(status.not_sent for status in pending)
    ages = Counter(
        _find_age_band(status.age_days) for status in pending if status.age_days is not None
    )
    return Pendency(
        len(pending) - late - not_sent, late, not_sent, tuple(ages[name] for name, _ in AGE_BANDS)
    )


def _find_age_band(days: int) -> str:
    return next(name for name, last in AGE_BANDS if last is None or days <= last)


def _find_sent_at(action: Any, as_of: datetime) -> datetime | None:
    """When the first mail that requested an action was accepted, if that was by an instant."""
    sent_at = getattr(action, "sent_at", None)
    return None if sent_at is None or pd.isna(sent_at) or sent_at > as_of else sent_at


def _compute_action_status(
    action: Any, given: Sequence[Any], as_of: datetime, term: timedelta
) -> ActionStatus:
    newest = given[-1] if given else None
    decision = str(newest.decision) if newest is not None else Decision.REPLY_AWAITED.value
    sent_at = _find_sent_at(action, as_of)
    pending_since = None if decision in FINAL else sent_at
    due = compute_reply_due(pending_since, term) if pending_since else None
    remarks = newest.remarks if newest is not None else ""
    promised = [
        date.fromisoformat(row.promised_on)
        for row in given
        if row.decision == Decision.ACCEPTED and isinstance(row.promised_on, str)
    ]
    return ActionStatus(
        action=action,
        decision=decision,
        decided_at=newest.decided_at if newest is not None else None,
        remarks=remarks if isinstance(remarks, str) else "",
        due=due,
        late=due is not None and as_of > due,
        counts=bool(getattr(action, "accepted", True)) or newest is not None,
        sent_at=sent_at,
        age_days=count_age_days(pending_since, as_of) if pending_since else None,
        promised_first=promised[0] if promised else None,
        promised=promised[-1] if promised else None,
        as_of=as_of.astimezone(IST).date(),
        history=tuple((row.decided_at.astimezone(IST).date(), str(row.decision)) for row in given),
    )
