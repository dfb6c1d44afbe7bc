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

from sqlalchemy import Engine, Row

from cpsa.deliver.message import Attachment, Message
from cpsa.deliver.port import LeaseLostError, Outcome, Port, Reply
from cpsa.deliver.results import DispatchResult, PlanResult, Posted
from cpsa.errors import RequestError
from cpsa.store import dispatches
from cpsa.store.tables.dispatch import State

LEASE = timedelta(minutes=15)  # longer than the longest wait for a server's reply
FIRST_PAUSE = timedelta(minutes=5)  # greylisting servers want about as long
LONGEST_PAUSE = timedelta(hours=4)
MOST_ATTEMPTS = 24  # with these pauses about four days
UNREACHABLE_PAUSE = timedelta(minutes=1)
QUARANTINE = timedelta(hours=1)  # longer than a server keeps an idle session

# Nothing of these has left, and nobody is at work on them.
_UNSENT = {State.PENDING, State.FAILED, State.EXPIRED}


def plan(
    engine: Engine, messages: Sequence[Message], now: datetime, revise: bool = False
) -> PlanResult:
    """Record what is owed; what stands already is left alone.

    A slot that was planned with other documents is refused, and nothing is planned, unless
    ``revise`` asks for the next revision. Only the address of what has not left is mended.
    """
    counts = dict.fromkeys(("new", "known", "revised", "readdressed"), 0)
    with dispatches.writing(engine) as connection:
        at = dispatches.clock(connection)
        cycles = {message.cycle for message in messages}
        for message in messages:
            counts["new"] += dispatches.insert_new(connection, [_row(message, 0, now)], at)
        stand = dispatches.newest(connection, cycles)
        clashes = [(m, stand[_key(m)]) for m in messages if stand[_key(m)].digest != m.digest]
        if clashes and not revise:
            raise _clash(*clashes[0], len(clashes))
        for message, old in clashes:
            later = _row(message, old.revision + 1, now)
            counts["revised"] += dispatches.insert_new(connection, [later], at)
            dispatches.move(connection, old, _UNSENT, state=State.SUPERSEDED)
        for message in messages:
            old = stand[_key(message)]
            if old.digest == message.digest and old.to_email != message.to_email:
                counts["readdressed"] += dispatches.move(
                    connection,
                    old,
                    _UNSENT,
                    state=State.PENDING,
                    next_attempt_at=None,
                    attempts=0,
                    reason="readdressed",
                    **_content(message),
                )
        counts["known"] = len(messages) - counts["new"] - counts["revised"]
    return PlanResult(**counts)


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
    with dispatches.writing(engine) as connection:
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
    with dispatches.writing(engine) as connection:
        return dispatches.release_expired(
            connection,
            claimed={"state": State.PENDING, "next_attempt_at": None, "reason": "lease_ran_out"},
            in_data={"state": State.UNCERTAIN, "reason": "lease_ran_out_in_data"},
        )


def hasten(engine: Engine, cycle: str) -> int:
    """Make what waits for its next attempt due now: for a person who knows the cause is gone."""
    with dispatches.writing(engine) as connection:
        return dispatches.hasten(connection, cycle)


def resolve(engine: Engine, message_id: str, arrived: bool, evidence: str, by: str) -> None:
    """Settle an uncertain message by what the relay's log or the archive mailbox says.

    What has not arrived is free to be sent again only after a quarantine: until then the server
    may still be at work on it. A late reply to the first attempt no longer counts.
    """
    with dispatches.writing(engine) as connection:
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
    with engine.connect() as connection:
        rows = dispatches.outbox(connection, cycle)
    names = Posted.__dataclass_fields__
    return tuple(
        Posted(**{**{name: getattr(row, name) for name in names}, "state": State(row.state)})
        for row in rows
    )


def pause(message_id: str, attempts: int) -> timedelta:
    """How long to wait after so many attempts: doubling, and up to a quarter longer.

    The quarter is drawn from the message itself, so that a queue put off together does not come
    back together, and a run can be told again.
    """
    draw = sha256(f"{message_id} {attempts}".encode()).digest()[0] / 255
    doubled = FIRST_PAUSE * 2 ** min(attempts - 1, 16)
    return min(doubled, LONGEST_PAUSE) * (1 + draw / 4)


def _claim(engine: Engine, cycle: str, worker: str, lease: timedelta) -> Row | None:
    with dispatches.writing(engine) as connection:
        return dispatches.claim(connection, cycle, worker, lease)


def _attempt(engine: Engine, port: Port, held: Row, lease: timedelta) -> Reply:
    def promise() -> None:
        """Commit, before the dot, that the message may from now on have been accepted."""
        with dispatches.writing(engine) as connection:
            if not dispatches.enter_data(connection, held, lease):
                raise LeaseLostError

    return port.deliver(_message(held), held.message_id, held.changed_at, promise)


def _settle(engine: Engine, held: Row, reply: Reply) -> bool:
    """Record what the attempt came to. A reply outlives its lease, but not a newer fence."""
    with dispatches.writing(engine) as connection:
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
    with dispatches.writing(engine) as connection:
        said = {"code": reply.code, "reason": reply.reason, "detail": reply.detail}
        dispatches.postpone_due(connection, cycle, UNREACHABLE_PAUSE, **said)


def _key(message: Message) -> tuple[str, str, str]:
    return message.cycle, message.slot, message.recipient


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


def _row(message: Message, revision: int, now: datetime) -> dict[str, object]:
    return {
        "cycle": message.cycle,
        "slot": message.slot,
        "recipient": message.recipient,
        "revision": revision,
        "digest": message.digest,
        "message_id": message.message_id(revision),
        "planned_at": now,
        **_content(message),
    }


def _content(message: Message) -> dict[str, object]:
    return {
        "to_name": message.to_name,
        "to_email": message.to_email,
        "language": message.language,
        "subject": message.subject,
        "html": message.html,
        "text": message.text,
        "attachments": [
            {"path": str(file.path), "name": file.name, "sha256": file.sha256}
            for file in message.attachments
        ],
    }


def _message(row: Row) -> Message:
    names = set(Message.__dataclass_fields__) - {"attachments"}
    attachments = tuple(Attachment(**file) for file in row.attachments)
    return Message(**{name: getattr(row, name) for name in names}, attachments=attachments)
