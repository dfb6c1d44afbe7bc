"""How actions moved since a day: open then, new, decided, still open, and how old these are.

Pure: statuses in, counts out. What must not go here: which day a document begins at, or wording.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

from cpsa.actions.decision import FINAL, Decision
from cpsa.actions.status import ActionStatus, PromiseState
from cpsa.calendar import IST

Statuses = tuple[ActionStatus, ...]


@dataclass(frozen=True, slots=True)
class Movement:
    """The actions that count, by their outcome.

    ``open_at_start`` + ``new`` + ``reopened`` - ``done`` - ``not_pursued`` = ``still_open``.
    ``accepted`` are among those still open; ``reopened``: had a final decision at the start.
    """

    open_at_start: Statuses
    new: Statuses
    reopened: Statuses
    accepted: Statuses
    done: Statuses
    not_pursued: Statuses
    still_open: Statuses

    @property
    def ages(self) -> list[int]:
        """Whole days since the first mail, of those still open that were sent; ascending."""
        return sorted(status.age_days for status in self.still_open if status.age_days is not None)

    @property
    def oldest_days(self) -> int | None:
        return max(self.ages, default=None)

    @property
    def median_days(self) -> int | None:
        """Half up to whole days; None where nothing was sent."""
        return int(median(self.ages) + 0.5) if self.ages else None

    @property
    def is_empty(self) -> bool:
        return not (self.open_at_start or self.new or self.reopened)


def compute_movement(statuses: Iterable[ActionStatus], new_in: set[str], start: date) -> Movement:
    """The movement since the end of a day.

    ``statuses``: as of the document's date, of actions up to its period; ``new_in``: the quarters
    whose actions are new since that day.
    """
    counting = [status for status in statuses if status.counts]
    new = [status for status in counting if status.action.quarter in new_in]
    earlier = [status for status in counting if status.action.quarter not in new_in]
    open_at_start = [status for status in earlier if status.find_decision_on(start) not in FINAL]
    was_final = [status for status in earlier if status.find_decision_on(start) in FINAL]
    reopened = [status for status in was_final if status.pending]
    moving = [*open_at_start, *new, *reopened]

    def select(decision: Decision, rows: Sequence[ActionStatus]) -> Statuses:
        return tuple(status for status in rows if status.decision == decision)

    since = [status for status in moving if _was_decided_after(status, start)]
    return Movement(
        open_at_start=tuple(open_at_start),
        new=tuple(new),
        reopened=tuple(reopened),
        accepted=select(Decision.ACCEPTED, since),
        done=select(Decision.DONE, moving),
        not_pursued=select(Decision.NOT_PURSUED, moving),
        still_open=tuple(status for status in moving if status.pending),
    )


def count_promises(statuses: Iterable[ActionStatus]) -> dict[PromiseState, Statuses]:
    """The actions for which a date was promised, by its outcome; states without any left out."""
    found: dict[PromiseState, list[ActionStatus]] = {}
    for status in statuses:
        if status.counts and status.promise is not None:
            found.setdefault(status.promise, []).append(status)
    return {state: tuple(found[state]) for state in PromiseState if state in found}


def _was_decided_after(status: ActionStatus, start: date) -> bool:
    return status.decided_at is not None and status.decided_at.astimezone(IST).date() > start
