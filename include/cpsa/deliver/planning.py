"""Planning: what is owed to whom, before anything leaves.

What belongs here: new slots, revisions, mended addresses. What must not: sending (``ledger``) and
SQL (``store.dispatches``).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import Connection, Engine, Row

from cpsa.deliver import rows
from cpsa.deliver.message import Message
from cpsa.deliver.provisional import (
    Key,
    Provisionals,
    bring_back,
    delays,
    replace_provisional,
    select_needed,
)
from cpsa.deliver.results import PlanResult
from cpsa.errors import RequestError
from cpsa.store import dispatches
from cpsa.store.database import writing
from cpsa.store.tables.dispatch import State

NONE_PROVISIONAL: Provisionals = MappingProxyType({})
# Nothing of these has left, and nobody is at work on them.
UNSENT = frozenset({State.PENDING, State.FAILED, State.EXPIRED})
AFRESH = {"state": State.PENDING, "attempts": 0, "next_attempt_at": None}


def plan(
    engine: Engine,
    messages: Sequence[Message],
    now: datetime,
    revise: bool = False,
    keep: bool = False,
    renew: bool = False,
    secret: bytes = b"",
    provisionals: Provisionals = NONE_PROVISIONAL,
) -> PlanResult:
    """Record what is owed; what stands already is left alone.

    A slot that was planned with other documents is refused, and nothing is planned, unless
    ``revise`` asks for the next revision, ``keep`` for what stands, or ``renew`` for other
    documents only where the seat got none. An address is mended where nothing has left; what came
    back from the old address is planned anew for the new one, with ``revise`` also for the same.

    ``secret``: the key with which the Message-IDs of what is planned now are made; what was planned
    before keeps its own. ``provisionals``: the slots that wait for others and give way to them; of
    those only what nobody takes the place of is planned.
    """
    with writing(engine) as connection:
        messages = select_needed(connection, messages, provisionals)
        owed = [rows.planned(message, 0, now, secret) for message in messages]
        new = dispatches.insert_new(connection, owed, delays(messages, provisionals))
        cycles = sorted({message.cycle for message in messages})
        recipients = {message.recipient for message in messages}
        stand = dispatches.newest(connection, cycles, recipients)
        replace_provisional(connection, messages, stand, provisionals)
        pairs = [(message, stand[rows.key(message)]) for message in messages]
        changed = [(message, old) for message, old in pairs if old.digest != message.digest]
        if keep:
            pairs = [(message, old) for message, old in pairs if old.digest == message.digest]
            changed = []
        if revise:
            came_back = [(message, old) for message, old in pairs if old.state == State.BOUNCED]
            changed += [pair for pair in came_back if pair not in changed]
        if renew:
            changed = [(message, old) for message, old in changed if _got_none(message, old)]
        elif changed and not revise:
            raise _clash(*changed[0], len(changed))
        revised = sum(_revise(connection, message, old, now, secret) for message, old in changed)
        readdressed = sum(
            _readdress(connection, message, old, now, secret)
            for message, old in pairs
            if old.digest == message.digest
            and old.to_email != message.to_email
            and (message, old) not in changed
        )
        for cycle in cycles:
            dispatches.hold_bounced(connection, cycle, reason="address_bounced")
    return PlanResult(new, len(messages) - new - revised, revised, readdressed)


def withdraw(
    engine: Engine,
    planned: Sequence[Row],
    provisionals: Provisionals = NONE_PROVISIONAL,
    still_due: Collection[Key] = (),
) -> int:
    """Take back what nobody is owed any more, where it still waits; how many were taken back.

    ``planned``: rows with ``id``, ``fence``, ``cycle``, ``slot`` and ``recipient``. Whoever is at work
    on one sends it all the same. What had given way to one of them (``provisionals``) and is
    ``still_due`` waits again.
    """
    with writing(engine) as connection:
        if provisionals:
            dispatches.lock_recipients(connection, {row.recipient for row in planned})
        withdrawn = [
            row
            for row in planned
            if dispatches.move(
                connection, row, {State.PENDING}, state=State.SUPERSEDED, reason="withdrawn"
            )
        ]
        keys = [(row.cycle, row.slot, row.recipient) for row in withdrawn]
        bring_back(connection, keys, provisionals, still_due)
    return len(withdrawn)


def _got_none(message: Message, old: Row) -> bool:
    """Nothing of it has left, or it came back from an address that was corrected since."""
    corrected = old.state == State.BOUNCED and old.to_email != message.to_email
    return corrected or old.state in UNSENT


def _revise(
    connection: Connection, message: Message, old: Row, now: datetime, secret: bytes
) -> int:
    # A worker that has claimed it but promised nothing yet will find it superseded.
    dispatches.move(connection, old, {*UNSENT, State.CLAIMED}, state=State.SUPERSEDED)
    return dispatches.insert_new(connection, [rows.planned(message, old.revision + 1, now, secret)])


def _readdress(
    connection: Connection, message: Message, old: Row, now: datetime, secret: bytes
) -> int:
    if old.state == State.BOUNCED:
        # Its Message-ID was accepted once and is in the archive; the new mail needs one of its own.
        return dispatches.insert_new(
            connection, [rows.planned(message, old.revision + 1, now, secret)]
        )
    mended = {**rows.content(message), **AFRESH, "reason": "readdressed"}
    return dispatches.move(connection, old, UNSENT, **mended)


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
