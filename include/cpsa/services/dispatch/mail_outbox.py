"""The outbox: the state of every mail, and how many are in each state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from cpsa.calendar import parse_period
from cpsa.delivery import ledger
from cpsa.delivery.ledger_results import OutboxLine
from cpsa.errors import RequestError
from cpsa.services.app_context import AppContext
from cpsa.services.decisions.department_replies import REPLY_CYCLE_SUFFIX
from cpsa.services.dispatch.send_test_mail import TEST_CYCLE_SUFFIX
from cpsa.services.notify_ops import NOTICE_CYCLE_SUFFIX
from cpsa.store.tables.dispatch_tables import MailState

_IN_TRANSIT = (MailState.PENDING, MailState.CLAIMED, MailState.IN_DATA)
_UNDELIVERED = (MailState.FAILED, MailState.EXPIRED)


@dataclass(frozen=True)
class CycleMailCounts:
    """Counts of one cycle's mails by state; a mail that a revision replaced unsent counts as planned
    only. ``waiting``: not handed over yet; ``reasons``: why mails were not delivered."""

    cycle: str
    planned: int
    waiting: int
    accepted: int
    bounced: int
    failed: int
    uncertain: int
    next_attempt_at: datetime | None
    reasons: tuple[str, ...]

    @property
    def unresolved(self) -> int:
        """How many mails need attention."""
        return self.bounced + self.failed + self.uncertain

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def list_mails(
    context: AppContext, cycle: str | None = None, state: str | None = None
) -> tuple[OutboxLine, ...]:
    """List every mail ever planned, of one cycle or all, in one state or any.

    RequestError for a cycle that is none, or a state that is none.
    """
    if cycle is not None:
        require_cycle(cycle)
    if state is not None and state not in set(MailState):
        raise RequestError("cycle.no_state", value=state, known=", ".join(MailState))
    found = ledger.list_outbox(context.engine, cycle)
    return tuple(line for line in found if state is None or line.state == state)


def count_mails(mails: Sequence[OutboxLine], language: str) -> tuple[CycleMailCounts, ...]:
    """Count these mails by state, for each cycle."""
    cycles: dict[str, list[OutboxLine]] = {}
    for line in mails:
        cycles.setdefault(line.cycle, []).append(line)
    return tuple(
        _count_cycle(cycle, cycle_mails, language) for cycle, cycle_mails in cycles.items()
    )


def require_cycle(cycle: str) -> None:
    """RequestError when nothing can be sent under this name."""
    for suffix in (TEST_CYCLE_SUFFIX, NOTICE_CYCLE_SUFFIX, REPLY_CYCLE_SUFFIX):
        cycle = cycle.removesuffix(suffix)
    parse_period(cycle)


def _count_cycle(cycle: str, mails: Sequence[OutboxLine], language: str) -> CycleMailCounts:
    states = Counter(line.state for line in mails)
    waits = [line for line in mails if line.state is MailState.PENDING]
    attempts = [line.next_attempt_at for line in waits if line.next_attempt_at is not None]
    reasons = [
        line.why(language)
        for line in mails
        if line.state not in (MailState.ACCEPTED, MailState.SUPERSEDED)
    ]
    return CycleMailCounts(
        cycle,
        len(mails),
        sum(states[state] for state in _IN_TRANSIT),
        states[MailState.ACCEPTED],
        states[MailState.BOUNCED],
        sum(states[state] for state in _UNDELIVERED),
        states[MailState.UNCERTAIN],
        min(attempts, default=None),
        tuple(dict.fromkeys(filter(None, reasons))),
    )
