"""The dispatch ledger: every document to every seat once; an unknown outcome is recorded as unknown.

    pending → claimed → in_data → accepted | failed | pending again, with a pause | uncertain

The promise ``in_data`` is committed before the final dot of DATA. A worker that dies before it has
sent nothing and the message is claimed again; one that dies after it may have sent it: it is
``uncertain`` until a person has looked for its Message-ID (``resolve``). Uncertain is never resent.

What belongs here: the states, the steps between them and their transactions. What must not:
SQL (``store.dispatches``), SMTP (``smtp``), wording (``cpsa.letters``).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Engine

from cpsa.delivery import ledger_rows
from cpsa.delivery.ledger_results import DispatchResult, OutboxLine, PlanResult
from cpsa.delivery.mail_plan import UNSENT, UNTRIED, plan_mails
from cpsa.delivery.mail_port import LeaseLostError, MailPort, Outcome, Reply
from cpsa.errors import RequestError
from cpsa.store.database import read_transaction, write_transaction
from cpsa.store.queries import dispatch_queries
from cpsa.store.stored_row import StoredRow
from cpsa.store.tables.dispatch_tables import MailState

__all__ = [
    "DispatchResult",
    "OutboxLine",
    "PlanResult",
    "dispatch",
    "list_outbox",
    "plan_mails",
    "record_bounce",
    "record_forwarding_refusal",
    "release_address",
    "release_expired",
    "resolve",
    "retry_now",
]

LEASE = timedelta(minutes=15)  # longer than the longest wait for a server's reply
FIRST_BACKOFF = timedelta(minutes=5)  # greylisting servers want about as long
MAX_BACKOFF = timedelta(hours=4)
MAX_ATTEMPTS = 24  # with these pauses about four days
UNREACHABLE_BACKOFF = timedelta(minutes=1)
QUARANTINE = timedelta(hours=1)  # longer than a server keeps an idle session

MINUTE = timedelta(minutes=1)


def dispatch(
    engine: Engine,
    cycle: str,
    port: MailPort,
    worker: str,
    lease: timedelta = LEASE,
    wait: Callable[[float], object] = time.sleep,
) -> DispatchResult:
    """Send what is due in the cycle, one message after the other, until nothing is due.

    Several workers may do so at once, each with a port of its own; the pace of the port's server
    holds for all of them together. ``wait`` sleeps so many seconds.
    """
    release_expired(engine)
    with write_transaction(engine) as connection:
        dispatch_queries.mark_awaiting_address(connection, cycle, reason="address_bounced")
    accepted, trouble = 0, None
    while trouble is None:
        mail = _claim_mail(engine, cycle, worker, lease, port.per_minute, wait)
        if mail is None:
            break
        try:
            reply = _attempt_delivery(engine, port, mail, lease)
        except LeaseLostError:
            continue  # we were too slow; the worker that has it now records its outcome
        is_recorded = _record_reply(engine, mail, reply)
        accepted += is_recorded and reply.outcome is Outcome.ACCEPTED
        if reply.outcome is Outcome.UNREACHABLE:
            trouble = RequestError(f"deliver.why.{reply.reason}", detail=reply.detail)
            _postpone_all(engine, cycle, reply)
    with read_transaction(engine) as connection:
        tally = dispatch_queries.count_by_state(connection, cycle)
    return DispatchResult(
        accepted=accepted,
        failed=tally[MailState.FAILED] + tally[MailState.EXPIRED] + tally[MailState.BOUNCED],
        uncertain=tally[MailState.UNCERTAIN],
        pending=tally[MailState.PENDING] + tally[MailState.CLAIMED] + tally[MailState.IN_DATA],
        trouble=trouble,
    )


def release_expired(engine: Engine) -> int:
    """Release what dead workers had claimed: before ``in_data`` it is pending, after it uncertain."""
    with write_transaction(engine) as connection:
        return dispatch_queries.release_expired_leases(
            connection,
            claimed={
                "state": MailState.PENDING,
                "next_attempt_at": None,
                "reason": "lease_ran_out",
            },
            in_data={"state": MailState.UNCERTAIN, "reason": "lease_ran_out_in_data"},
        )


def retry_now(engine: Engine, cycle: str, *, also_failed: bool = False) -> int:
    """Make what waits for its next attempt due now, for a person who knows the cause is gone;
    on demand also what failed or expired, which surely was not taken."""
    from_states = UNSENT if also_failed else {MailState.PENDING}
    with write_transaction(engine) as connection:
        return dispatch_queries.make_due(
            connection, cycle, from_states, **UNTRIED, reason="hastened"
        )


def resolve(engine: Engine, message_id: str, *, arrived: bool, evidence: str, by: str) -> None:
    """Resolve an uncertain message by the relay's log or the archive mailbox.

    What has not arrived is free to be sent again only after a quarantine: until then the server
    may still be at work on it. A late reply to the first attempt no longer counts.
    """
    with write_transaction(engine) as connection:
        mail = dispatch_queries.find_dispatch(connection, message_id)
        if mail is None or mail.state != MailState.UNCERTAIN:
            raise RequestError("deliver.not_uncertain", message_id=message_id)
        free_at = mail.changed_at + QUARANTINE
        if not arrived and dispatch_queries.clock(connection) < free_at:
            raise RequestError("deliver.quarantine", message_id=message_id, until=free_at)
        dispatch_queries.change_state(
            connection,
            mail,
            {MailState.UNCERTAIN},
            state=MailState.ACCEPTED if arrived else _choose_free_state(connection, mail),
            fence=mail.fence + 1,
            next_attempt_at=None,
            worker=by,
            reason="resolved_arrived" if arrived else "resolved_lost",
            detail=evidence,
        )


def record_bounce(
    engine: Engine, message_id: str, detail: str, *, address_dead: bool, code: int | None = None
) -> bool:
    """A mail came back, so it did not reach its reader. False when it was none of ours, or that was
    known already.

    With ``address_dead`` all further mail to its address waits for a corrected one (``plan_mails``) or
    until a person says that it works (``release_address``). That a mail came back also proves that
    the server had taken it, so it resolves an uncertain one.
    """
    with write_transaction(engine) as connection:
        mail = dispatch_queries.find_dispatch(connection, message_id)
        if mail is None:
            return False
        return dispatch_queries.change_state(
            connection,
            mail,
            {MailState.ACCEPTED, MailState.UNCERTAIN, MailState.IN_DATA},
            state=MailState.BOUNCED,
            fence=mail.fence + 1,
            code=code,
            reason=dispatch_queries.ADDRESS_IS_DEAD if address_dead else "bounced",
            detail=detail,
        )


def record_forwarding_refusal(
    engine: Engine, message_id: str, detail: str, code: int | None
) -> bool:
    """A mail reached its address, was forwarded from there, and came back from where it then went.

    It stays as it is, and nothing waits because of it: our recipient has it. False when it is
    none of ours, was known already, or cannot have been taken.
    """
    with write_transaction(engine) as connection:
        mail = dispatch_queries.find_dispatch(connection, message_id)
        if mail is None or mail.state not in (MailState.ACCEPTED, MailState.UNCERTAIN):
            return False
        outcome_fields = {
            "reason": dispatch_queries.REFUSED_FURTHER_ON,
            "detail": detail,
            "code": code,
        }
        if all(getattr(mail, name) == value for name, value in outcome_fields.items()):
            return False
        dispatch_queries.record_detail(connection, mail, **outcome_fields)
        return True


def release_address(engine: Engine, email: str, evidence: str, by: str) -> int:
    """Send mail again to an address whose mail had bounced; returns the number of those bounces.

    What came back stays bounced: plan a revision to send it again.
    """
    with write_transaction(engine) as connection:
        return sum(
            dispatch_queries.change_state(
                connection,
                mail,
                {MailState.BOUNCED},
                worker=by,
                reason="address_works",
                detail=evidence,
            )
            for mail in dispatch_queries.list_bounced_to(connection, email)
        )


def list_outbox(engine: Engine, cycle: str | None = None) -> tuple[OutboxLine, ...]:
    """All planned mails with their states."""
    with read_transaction(engine) as connection:
        outbox_rows = dispatch_queries.load_outbox(connection, cycle)
    names = OutboxLine.__dataclass_fields__
    return tuple(
        OutboxLine(
            **{**{name: getattr(row, name) for name in names}, "state": MailState(row.state)}
        )
        for row in outbox_rows
    )


def compute_backoff(message_id: str, attempts: int) -> timedelta:
    """How long to wait after so many attempts: doubling, and up to a quarter longer.

    The quarter is drawn from the message itself, so that a queue put off together does not come
    back together, and a run is reproducible.
    """
    draw = sha256(f"{message_id} {attempts}".encode()).digest()[0] / 255
    doubled = FIRST_BACKOFF * 2 ** min(attempts - 1, 16)
    result: timedelta = min(doubled, MAX_BACKOFF) * (1 + draw / 4)
    return result


def _claim_mail(
    engine: Engine,
    cycle: str,
    worker: str,
    lease: timedelta,
    per_minute: int | None,
    wait: Callable[[float], object],
) -> StoredRow | None:
    while True:
        with write_transaction(engine, alone=per_minute is not None) as connection:
            delay = _compute_wait(connection, per_minute) if per_minute else timedelta(0)
            if not delay:
                return dispatch_queries.claim_due(connection, cycle, worker, lease)
            if not dispatch_queries.has_due(connection, cycle):
                return None
        wait(delay.total_seconds())


def _compute_wait(connection: Connection, per_minute: int) -> timedelta:
    """How long until the server may get one more mail; zero when it may now."""
    recent_claims = dispatch_queries.list_recent_claims(connection, MINUTE)
    if len(recent_claims) < per_minute:
        return timedelta(0)
    return recent_claims[-per_minute] + MINUTE - dispatch_queries.clock(connection)


def _attempt_delivery(engine: Engine, port: MailPort, mail: StoredRow, lease: timedelta) -> Reply:
    def promise() -> None:
        """Commit, before the dot, that the message may from now on have been accepted."""
        with write_transaction(engine) as connection:
            if not dispatch_queries.enter_data(connection, mail, lease):
                raise LeaseLostError

    return port.deliver(
        ledger_rows.restore_message(mail), mail.message_id, mail.changed_at, promise
    )


def _record_reply(engine: Engine, mail: StoredRow, reply: Reply) -> bool:
    """Record the outcome of an attempt. A reply is valid after its lease, but not after a newer fence."""
    with write_transaction(engine) as connection:
        dispatch_queries.lock_dispatch(connection, mail)
        change = _make_change(reply, mail, dispatch_queries.clock(connection))
        if change["state"] in UNSENT:
            change["state"] = _choose_free_state(connection, mail, change["state"])
        reply_fields = {"code": reply.code, "reason": reply.reason, "detail": reply.detail}
        from_states = {MailState.CLAIMED, MailState.IN_DATA, MailState.UNCERTAIN}
        return dispatch_queries.change_state(
            connection, mail, from_states, **change, **reply_fields
        )


def _choose_free_state(
    connection: Connection, mail: StoredRow, state: MailState = MailState.PENDING
) -> MailState:
    """The state of a mail that was not sent: superseded if a later edition took its place."""
    return MailState.SUPERSEDED if dispatch_queries.has_newer_revision(connection, mail) else state


def _make_change(reply: Reply, mail: StoredRow, now: datetime) -> dict[str, Any]:
    match reply.outcome:
        case Outcome.ACCEPTED:
            return {"state": MailState.ACCEPTED}
        case Outcome.REFUSED:
            return {"state": MailState.FAILED}
        case Outcome.UNKNOWN:
            return {"state": MailState.UNCERTAIN}
        case Outcome.UNREACHABLE:  # says nothing of this message: the attempt does not count
            later = now + UNREACHABLE_BACKOFF
            return {
                "state": MailState.PENDING,
                "next_attempt_at": later,
                "attempts": mail.attempts - 1,
            }
        case Outcome.DEFERRED if mail.attempts >= MAX_ATTEMPTS:
            return {"state": MailState.EXPIRED}
        case Outcome.DEFERRED:
            later = now + compute_backoff(mail.message_id, mail.attempts)
            return {"state": MailState.PENDING, "next_attempt_at": later}


def _postpone_all(engine: Engine, cycle: str, reply: Reply) -> None:
    with write_transaction(engine) as connection:
        reply_fields = {"code": reply.code, "reason": reply.reason, "detail": reply.detail}
        dispatch_queries.postpone_due(connection, cycle, UNREACHABLE_BACKOFF, **reply_fields)
