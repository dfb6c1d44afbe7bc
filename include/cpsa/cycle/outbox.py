"""The outbox: where every mail stands, how many stand where, and what a person does about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from cpsa.calendar import parse_period
from cpsa.cycle.department_replies import LETTERS
from cpsa.cycle.notices import NOTICES
from cpsa.cycle.office import Office
from cpsa.cycle.trial import SUFFIX
from cpsa.deliver import evidence, ledger
from cpsa.deliver.evidence import Evidence, Settled
from cpsa.deliver.results import Posted
from cpsa.errors import RequestError
from cpsa.store import judgements
from cpsa.store.database import writing
from cpsa.store.tables.dispatch import State

_ON_ITS_WAY = (State.PENDING, State.CLAIMED, State.IN_DATA)
_GAVE_UP = (State.FAILED, State.EXPIRED)


@dataclass(frozen=True)
class Count:
    """How the mails of one cycle stand; what a later revision replaced unsent counts as planned
    only. ``waiting``: not handed over yet; ``reasons``: why what did not get through did not."""

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
    def open(self) -> int:
        """Mails that somebody has to look at."""
        return self.bounced + self.failed + self.uncertain

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def lines(office: Office, cycle: str | None = None, state: str | None = None) -> tuple[Posted, ...]:
    """Every mail ever planned, of one cycle or all, in one state or any.

    RequestError for a cycle that is none, or a state that is none.
    """
    if cycle is not None:
        require_cycle(cycle)
    if state is not None and state not in set(State):
        raise RequestError("cycle.no_state", value=state, known=", ".join(State))
    found = ledger.outbox(office.engine, cycle)
    return tuple(one for one in found if state is None or one.state == state)


def counts(lines: Sequence[Posted], language: str) -> tuple[Count, ...]:
    """One count for each cycle among these lines."""
    cycles: dict[str, list[Posted]] = {}
    for line in lines:
        cycles.setdefault(line.cycle, []).append(line)
    return tuple(_count(cycle, held, language) for cycle, held in cycles.items())


def require_cycle(cycle: str) -> None:
    """RequestError when nothing can be sent under this name."""
    for suffix in (SUFFIX, NOTICES, LETTERS):
        cycle = cycle.removesuffix(suffix)
    parse_period(cycle)


def retry(
    office: Office, cycle: str, also_failed: bool, reason: str, who: str, now: datetime
) -> int:
    """Make due what waits for its next attempt, on demand also what was refused; how many."""
    require_cycle(cycle)
    _audit(office, "retry mail", cycle, reason, who, now)
    return ledger.hasten(office.engine, cycle, also_failed)


def resolve(
    office: Office,
    found: Callable[[], Evidence],
    subject: str,
    reason: str,
    who: str,
    now: datetime,
) -> Settled:
    """Settle what is uncertain by the evidence that ``found`` reads; ``subject`` names it."""
    read = found()
    _audit(office, "resolve mail", subject, reason, who, now)
    return evidence.settle(office.engine, read, who)


def _audit(office: Office, verb: str, subject: str, reason: str, who: str, now: datetime) -> None:
    if not reason.strip():
        raise RequestError("cycle.no_reason")
    with writing(office.engine) as connection:
        judgements.add_audit(connection, now, who, verb, subject, reason.strip())


def _count(cycle: str, held: Sequence[Posted], language: str) -> Count:
    states = Counter(line.state for line in held)
    waits = [line for line in held if line.state is State.PENDING]
    attempts = [line.next_attempt_at for line in waits if line.next_attempt_at is not None]
    told = [
        line.why(language) for line in held if line.state not in (State.ACCEPTED, State.SUPERSEDED)
    ]
    return Count(
        cycle,
        len(held),
        sum(states[state] for state in _ON_ITS_WAY),
        states[State.ACCEPTED],
        states[State.BOUNCED],
        sum(states[state] for state in _GAVE_UP),
        states[State.UNCERTAIN],
        min(attempts, default=None),
        tuple(dict.fromkeys(filter(None, told))),
    )
