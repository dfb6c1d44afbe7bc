"""The dispatch ledger: every document to every seat once, and what is not known is said so.

    pending → claimed → in_data → accepted | failed | pending again, with a pause | uncertain

The promise ``in_data`` is committed before the final dot of DATA. So whoever dies before it has
sent nothing and the message is claimed anew; whoever dies after it may have, and the message is
``uncertain`` until a person has looked for its Message-ID (``resolve``). Uncertain is never resent.

What belongs here: the states, the steps between them and their transactions. What must not:
SQL (``store.dispatches``), SMTP (``mail``), wording (``pack``).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Engine, Row

from cpsa.deliver import rows
from cpsa.deliver.planning import AFRESH, UNSENT, plan
from cpsa.deliver.port import LeaseLostError, Outcome, Port, Reply
from cpsa.deliver.results import DispatchResult, PlanResult, Posted
from cpsa.errors import RequestError
from cpsa.store import dispatches
from cpsa.store.database import reading, writing
from cpsa.store.tables.dispatch import State

__all__ = [
    "DispatchResult",
    "PlanResult",
    "Posted",
    "address_works",
    "bounced",
    "dispatch",
    "hasten",
    "outbox",
    "plan",
    "refused_further_on",
    "release_expired",
    "resolve",
]

LEASE = timedelta(minutes=15)  # longer than the longest wait for a server's reply
FIRST_PAUSE = timedelta(minutes=5)  # greylisting servers want about as long
LONGEST_PAUSE = timedelta(hours=4)
MOST_ATTEMPTS = 24  # with these pauses about four days
UNREACHABLE_PAUSE = timedelta(minutes=1)
QUARANTINE = timedelta(hours=1)  # longer than a server keeps an idle session

MINUTE = timedelta(minutes=1)


def dispatch(
    engine: Engine,
    cycle: str,
    port: Port,
    worker: str,
    lease: timedelta = LEASE,
    wait: Callable[[float], object] = time.sleep,
) -> DispatchResult:
    """Send what is due in the cycle, one message after the other, until nothing is due.

    Several workers may do so at once, each with a port of its own; the pace of the port's server
    holds for all of them together. ``wait`` sleeps so many seconds.
    """
    release_expired(engine)
    with writing(engine) as connection:
        dispatches.hold_bounced(connection, cycle, reason="address_bounced")
    accepted, trouble = 0, None
    while trouble is None:
        held = _claim(engine, cycle, worker, lease, port.per_minute, wait)
        if held is None:
            break
        try:
            reply = _attempt(engine, port, held, lease)
        except LeaseLostError:
            continue  # we were too slow; whoever holds it now will settle it
        settled = _settle(engine, held, reply)
        accepted += settled and reply.outcome is Outcome.ACCEPTED
        if reply.outcome is Outcome.UNREACHABLE:
            trouble = RequestError(f"deliver.why.{reply.reason}", detail=reply.detail)
            _postpone_all(engine, cycle, reply)
    with reading(engine) as connection:
        left = dispatches.tally(connection, cycle)
    return DispatchResult(
        accepted=accepted,
        failed=left[State.FAILED] + left[State.EXPIRED] + left[State.BOUNCED],
        uncertain=left[State.UNCERTAIN],
        pending=left[State.PENDING] + left[State.CLAIMED] + left[State.IN_DATA],
        trouble=trouble,
    )


def release_expired(engine: Engine) -> int:
    """Take back what dead workers held: before ``in_data`` it is free again, after it uncertain."""
    with writing(engine) as connection:
        return dispatches.release_expired(
            connection,
            claimed={"state": State.PENDING, "next_attempt_at": None, "reason": "lease_ran_out"},
            in_data={"state": State.UNCERTAIN, "reason": "lease_ran_out_in_data"},
        )


def hasten(engine: Engine, cycle: str, also_failed: bool = False) -> int:
    """Make what waits for its next attempt due now, for a person who knows the cause is gone;
    on demand also what failed or expired, which surely was not taken."""
    leaving = UNSENT if also_failed else {State.PENDING}
    with writing(engine) as connection:
        return dispatches.hasten(connection, cycle, leaving, **AFRESH, reason="hastened")


def resolve(engine: Engine, message_id: str, arrived: bool, evidence: str, by: str) -> None:
    """Settle an uncertain message by what the relay's log or the archive mailbox says.

    What has not arrived is free to be sent again only after a quarantine: until then the server
    may still be at work on it. A late reply to the first attempt no longer counts.
    """
    with writing(engine) as connection:
        held = dispatches.find(connection, message_id)
        if held is None or held.state != State.UNCERTAIN:
            raise RequestError("deliver.not_uncertain", message_id=message_id)
        free_at = held.changed_at + QUARANTINE
        if not arrived and dispatches.clock(connection) < free_at:
            raise RequestError("deliver.quarantine", message_id=message_id, until=free_at)
        dispatches.move(
            connection,
            held,
            {State.UNCERTAIN},
            state=State.ACCEPTED if arrived else _freed(connection, held),
            fence=held.fence + 1,
            next_attempt_at=None,
            worker=by,
            reason="resolved_arrived" if arrived else "resolved_lost",
            detail=evidence,
        )


def bounced(
    engine: Engine, message_id: str, detail: str, address_dead: bool, code: int | None = None
) -> bool:
    """A mail came back, so it did not reach its reader. False when it was none of ours, or that was
    known already.

    With ``address_dead`` all further mail to its address waits for a corrected one (``plan``) or
    until a person says that it works (``address_works``). That a mail came back also proves that
    the server had taken it, so an uncertain one is settled by it.
    """
    with writing(engine) as connection:
        held = dispatches.find(connection, message_id)
        if held is None:
            return False
        return dispatches.move(
            connection,
            held,
            {State.ACCEPTED, State.UNCERTAIN, State.IN_DATA},
            state=State.BOUNCED,
            fence=held.fence + 1,
            code=code,
            reason=dispatches.ADDRESS_IS_DEAD if address_dead else "bounced",
            detail=detail,
        )


def refused_further_on(engine: Engine, message_id: str, detail: str, code: int | None) -> bool:
    """A mail reached its address, was forwarded from there, and came back from where it then went.

    It stays as it is, and nothing waits because of it: whom we wrote to has it. False when it is
    none of ours, was known already, or cannot have been taken.
    """
    with writing(engine) as connection:
        held = dispatches.find(connection, message_id)
        if held is None or held.state not in (State.ACCEPTED, State.UNCERTAIN):
            return False
        why = {"reason": dispatches.REFUSED_FURTHER_ON, "detail": detail, "code": code}
        if all(getattr(held, name) == value for name, value in why.items()):
            return False
        dispatches.note(connection, held, **why)
        return True


def address_works(engine: Engine, email: str, evidence: str, by: str) -> int:
    """Let mail to an address go again that had come back; how many mails had said so.

    What came back stays bounced: ask for a revision to send it again.
    """
    with writing(engine) as connection:
        return sum(
            dispatches.move(
                connection,
                held,
                {State.BOUNCED},
                worker=by,
                reason="address_works",
                detail=evidence,
            )
            for held in dispatches.bounced_at(connection, email)
        )


def outbox(engine: Engine, cycle: str | None = None) -> tuple[Posted, ...]:
    """Everything ever planned, with where it stands."""
    with reading(engine) as connection:
        found = dispatches.outbox(connection, cycle)
    names = Posted.__dataclass_fields__
    return tuple(
        Posted(**{**{name: getattr(row, name) for name in names}, "state": State(row.state)})
        for row in found
    )


def pause(message_id: str, attempts: int) -> timedelta:
    """How long to wait after so many attempts: doubling, and up to a quarter longer.

    The quarter is drawn from the message itself, so that a queue put off together does not come
    back together, and a run can be told again.
    """
    draw = sha256(f"{message_id} {attempts}".encode()).digest()[0] / 255
    doubled = FIRST_PAUSE * 2 ** min(attempts - 1, 16)
    return min(doubled, LONGEST_PAUSE) * (1 + draw / 4)


def _claim(
    engine: Engine,
    cycle: str,
    worker: str,
    lease: timedelta,
    per_minute: int | None,
    wait: Callable[[float], object],
) -> Row | None:
    while True:
        with writing(engine, alone=per_minute is not None) as connection:
            pause = _until_allowed(connection, per_minute) if per_minute else timedelta(0)
            if not pause:
                return dispatches.claim(connection, cycle, worker, lease)
            if not dispatches.is_any_due(connection, cycle):
                return None
        wait(pause.total_seconds())


def _until_allowed(connection: Connection, per_minute: int) -> timedelta:
    """How long until the server may be given one more; nothing when it may be now."""
    lately = dispatches.claimed_within(connection, MINUTE)
    if len(lately) < per_minute:
        return timedelta(0)
    return lately[-per_minute] + MINUTE - dispatches.clock(connection)


def _attempt(engine: Engine, port: Port, held: Row, lease: timedelta) -> Reply:
    def promise() -> None:
        """Commit, before the dot, that the message may from now on have been accepted."""
        with writing(engine) as connection:
            if not dispatches.enter_data(connection, held, lease):
                raise LeaseLostError

    return port.deliver(rows.message(held), held.message_id, held.changed_at, promise)


def _settle(engine: Engine, held: Row, reply: Reply) -> bool:
    """Record what the attempt came to. A reply outlives its lease, but not a newer fence."""
    with writing(engine) as connection:
        dispatches.lock(connection, held)
        change = _consequence(reply, held, dispatches.clock(connection))
        if change["state"] in UNSENT:
            change["state"] = _freed(connection, held, change["state"])
        said = {"code": reply.code, "reason": reply.reason, "detail": reply.detail}
        leaving = {State.CLAIMED, State.IN_DATA, State.UNCERTAIN}
        return dispatches.move(connection, held, leaving, **change, **said)


def _freed(connection: Connection, held: Row, state: State = State.PENDING) -> State:
    """Where something goes that did not leave: nowhere if a later edition took its place."""
    return State.SUPERSEDED if dispatches.has_newer(connection, held) else state


def _consequence(reply: Reply, held: Row, now: datetime) -> dict[str, Any]:
    match reply.outcome:
        case Outcome.ACCEPTED:
            return {"state": State.ACCEPTED}
        case Outcome.REFUSED:
            return {"state": State.FAILED}
        case Outcome.UNKNOWN:
            return {"state": State.UNCERTAIN}
        case Outcome.UNREACHABLE:  # says nothing of this message: the attempt does not count
            later = now + UNREACHABLE_PAUSE
            return {"state": State.PENDING, "next_attempt_at": later, "attempts": held.attempts - 1}
        case Outcome.DEFERRED if held.attempts >= MOST_ATTEMPTS:
            return {"state": State.EXPIRED}
        case Outcome.DEFERRED:
            later = now + pause(held.message_id, held.attempts)
            return {"state": State.PENDING, "next_attempt_at": later}


def _postpone_all(engine: Engine, cycle: str, reply: Reply) -> None:
    with writing(engine) as connection:
        said = {"code": reply.code, "reason": reply.reason, "detail": reply.detail}
        dispatches.postpone_due(connection, cycle, UNREACHABLE_PAUSE, **said)
