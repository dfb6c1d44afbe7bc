"""The dispatch ledger: every document to every seat once, and what is not known is said so.

    pending → claimed → in_data → accepted | failed | pending again, with a pause | uncertain

The promise ``in_data`` is committed before the final dot of DATA. So whoever dies before it has
sent nothing and the message is claimed anew; whoever dies after it may have, and the message is
``uncertain`` until a person has looked for its Message-ID (``resolve``). Uncertain is never resent.

What belongs here: the states, the steps between them and their transactions. What must not:
SQL (``store.dispatches``), SMTP (``mail``), wording (``pack``).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection, Engine, Row

from cpsa.deliver import rows
from cpsa.deliver.message import Message
from cpsa.deliver.port import LeaseLostError, Outcome, Port, Reply
from cpsa.deliver.results import DispatchResult, PlanResult, Posted
from cpsa.errors import RequestError
from cpsa.store import dispatches
from cpsa.store.database import reading, writing
from cpsa.store.tables.dispatch import State

LEASE = timedelta(minutes=15)  # longer than the longest wait for a server's reply
FIRST_PAUSE = timedelta(minutes=5)  # greylisting servers want about as long
LONGEST_PAUSE = timedelta(hours=4)
MOST_ATTEMPTS = 24  # with these pauses about four days
UNREACHABLE_PAUSE = timedelta(minutes=1)
QUARANTINE = timedelta(hours=1)  # longer than a server keeps an idle session

# Nothing of these has left, and nobody is at work on them.
_UNSENT = {State.PENDING, State.FAILED, State.EXPIRED}
_AFRESH = {"state": State.PENDING, "attempts": 0, "next_attempt_at": None}


def plan(
    engine: Engine,
    messages: Sequence[Message],
    now: datetime,
    revise: bool = False,
    keep: bool = False,
) -> PlanResult:
    """Record what is owed; what stands already is left alone.

    A slot that was planned with other documents is refused, and nothing is planned, unless
    ``revise`` asks for the next revision or ``keep`` for what stands. An address is mended where
    nothing has left.
    """
    with writing(engine) as connection:
        owed = [rows.planned(message, 0, now) for message in messages]
        new = dispatches.insert_new(connection, owed)
        stand = dispatches.newest(connection, {message.cycle for message in messages})
        pairs = [(message, stand[rows.key(message)]) for message in messages]
        changed = [(message, old) for message, old in pairs if old.digest != message.digest]
        if keep:
            pairs = [(message, old) for message, old in pairs if old.digest == message.digest]
            changed = []
        if changed and not revise:
            raise _clash(*changed[0], len(changed))
        revised = sum(_revise(connection, message, old, now) for message, old in changed)
        readdressed = sum(
            _readdress(connection, message, old)
            for message, old in pairs
            if old.digest == message.digest and old.to_email != message.to_email
        )
    return PlanResult(new, len(messages) - new - revised, revised, readdressed)


def dispatch(
    engine: Engine, cycle: str, port: Port, worker: str, lease: timedelta = LEASE
) -> DispatchResult:
    """Send what is due in the cycle, one message after the other, until nothing is due.

    Several workers may do so at once, each with a port of its own.
    """
    release_expired(engine)
    accepted, trouble = 0, None
    while trouble is None and (held := _claim(engine, cycle, worker, lease)) is not None:
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
        failed=left[State.FAILED] + left[State.EXPIRED],
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
    leaving = _UNSENT if also_failed else {State.PENDING}
    with writing(engine) as connection:
        return dispatches.hasten(connection, cycle, leaving, **_AFRESH, reason="hastened")


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
            state=State.ACCEPTED if arrived else State.PENDING,
            fence=held.fence + 1,
            next_attempt_at=None,
            worker=by,
            reason="resolved_arrived" if arrived else "resolved_lost",
            detail=evidence,
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


def _revise(connection: Connection, message: Message, old: Row, now: datetime) -> int:
    dispatches.move(connection, old, _UNSENT, state=State.SUPERSEDED)
    return dispatches.insert_new(connection, [rows.planned(message, old.revision + 1, now)])


def _readdress(connection: Connection, message: Message, old: Row) -> bool:
    mended = {**rows.content(message), **_AFRESH, "reason": "readdressed"}
    return dispatches.move(connection, old, _UNSENT, **mended)


def _claim(engine: Engine, cycle: str, worker: str, lease: timedelta) -> Row | None:
    with writing(engine) as connection:
        return dispatches.claim(connection, cycle, worker, lease)


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
        now = dispatches.clock(connection)
        change = _consequence(reply, held, now)
        said = {"code": reply.code, "reason": reply.reason, "detail": reply.detail}
        leaving = {State.CLAIMED, State.IN_DATA, State.UNCERTAIN}
        return dispatches.move(connection, held, leaving, **change, **said)


def _consequence(reply: Reply, held: Row, now: datetime) -> dict[str, object]:
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


def _clash(message: Message, old: Row, number: int) -> RequestError:
    return RequestError(
        "deliver.another_document",
        cycle=message.cycle,
        slot=message.slot,
        recipient=message.recipient,
        planned=old.digest[:12],
        asked=message.digest[:12],
        number=number,
    )
