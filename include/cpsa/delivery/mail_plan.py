"""Planning: which mails are due to whom, before anything is sent.

What belongs here: new slots, revisions, corrected addresses. What must not: sending (``ledger``) and
SQL (``store.dispatches``).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import Connection, Engine

from cpsa.delivery import ledger_rows as rows
from cpsa.delivery.ledger_results import PlanResult
from cpsa.delivery.mail_message import MailMessage
from cpsa.delivery.provisional_mails import (
    MailKey,
    ProvisionalSlots,
    list_delays,
    replace_provisional_mails,
    restore_provisional_mails,
    select_needed_messages,
)
from cpsa.errors import RequestError
from cpsa.store.database import write_transaction
from cpsa.store.queries import dispatch_queries
from cpsa.store.stored_row import StoredRow
from cpsa.store.tables.dispatch_tables import MailState

NO_PROVISIONALS: ProvisionalSlots = MappingProxyType({})
# Nothing of these was sent, and no worker has claimed them.
UNSENT = frozenset({MailState.PENDING, MailState.FAILED, MailState.EXPIRED})
UNTRIED = {"state": MailState.PENDING, "attempts": 0, "next_attempt_at": None}


def plan_mails(
    engine: Engine,
    messages: Sequence[MailMessage],
    now: datetime,
    *,
    revise: bool = False,
    keep: bool = False,
    renew: bool = False,
    secret: bytes = b"",
    provisionals: ProvisionalSlots = NO_PROVISIONALS,
) -> PlanResult:
    """Record which mails are due; what is planned already stays as it is.

    A slot that was planned with other documents is refused, and nothing is planned, unless
    ``revise`` asks for the next revision, ``keep`` for what is planned, or ``renew`` for other
    documents only where the seat got none. An address is corrected where nothing was sent; what came
    back from the old address is planned again for the new one, with ``revise`` also for the same.

    ``secret``: the key with which the Message-IDs of what is planned now are made; what was planned
    before keeps its own. ``provisionals``: the slots that wait for others and give way to them; of
    those only what nobody takes the place of is planned.
    """
    with write_transaction(engine) as connection:
        messages = select_needed_messages(connection, messages, provisionals)
        ledger_rows = [rows.make_ledger_row(message, 0, now, secret) for message in messages]
        new = dispatch_queries.insert_new_dispatches(
            connection, ledger_rows, list_delays(messages, provisionals)
        )
        cycles = sorted({message.cycle for message in messages})
        recipients = {message.recipient for message in messages}
        newest_rows = dispatch_queries.load_newest_revisions(connection, cycles, recipients)
        replace_provisional_mails(connection, messages, newest_rows, provisionals)
        pairs = [(message, newest_rows[rows.make_ledger_key(message)]) for message in messages]
        changed = [
            (message, newest) for message, newest in pairs if newest.digest != message.digest
        ]
        if keep:
            pairs = [(message, old) for message, old in pairs if old.digest == message.digest]
            changed = []
        if revise:
            came_back = [(message, old) for message, old in pairs if old.state == MailState.BOUNCED]
            changed += [pair for pair in came_back if pair not in changed]
        if renew:
            changed = [(message, old) for message, old in changed if _is_undelivered(message, old)]
        elif changed and not revise:
            raise _make_clash_error(*changed[0], len(changed))
        revised = sum(
            _plan_revision(connection, message, old, now, secret) for message, old in changed
        )
        readdressed = sum(
            _readdress(connection, message, old, now, secret)
            for message, old in pairs
            if old.digest == message.digest
            and old.to_email != message.to_email
            and (message, old) not in changed
        )
        for cycle in cycles:
            dispatch_queries.mark_awaiting_address(connection, cycle, reason="address_bounced")
    return PlanResult(new, len(messages) - new - revised, revised, readdressed)


def withdraw_mails(
    engine: Engine,
    planned: Sequence[StoredRow],
    provisionals: ProvisionalSlots = NO_PROVISIONALS,
    still_due: Collection[MailKey] = (),
) -> int:
    """Withdraw pending mails that are no longer due; returns how many were withdrawn.

    ``planned``: rows with ``id``, ``fence``, ``cycle``, ``slot`` and ``recipient``. A worker that has
    claimed one still sends it. What had given way to one of them (``provisionals``) and is
    ``still_due`` waits again.
    """
    with write_transaction(engine) as connection:
        if provisionals:
            dispatch_queries.lock_recipients(connection, {row.recipient for row in planned})
        withdrawn = [
            row
            for row in planned
            if dispatch_queries.change_state(
                connection, row, {MailState.PENDING}, state=MailState.SUPERSEDED, reason="withdrawn"
            )
        ]
        keys = [(row.cycle, row.slot, row.recipient) for row in withdrawn]
        restore_provisional_mails(connection, keys, provisionals, still_due)
    return len(withdrawn)


def _is_undelivered(message: MailMessage, old: StoredRow) -> bool:
    """Whether it was not sent, or came back from an address that was corrected since."""
    corrected = old.state == MailState.BOUNCED and old.to_email != message.to_email
    return corrected or old.state in UNSENT


def _plan_revision(
    connection: Connection, message: MailMessage, old: StoredRow, now: datetime, secret: bytes
) -> int:
    # A worker that has claimed it but promised nothing yet will find it superseded.
    dispatch_queries.change_state(
        connection, old, {*UNSENT, MailState.CLAIMED}, state=MailState.SUPERSEDED
    )
    return dispatch_queries.insert_new_dispatches(
        connection, [rows.make_ledger_row(message, old.revision + 1, now, secret)]
    )


def _readdress(
    connection: Connection, message: MailMessage, old: StoredRow, now: datetime, secret: bytes
) -> int:
    if old.state == MailState.BOUNCED:
        # Its Message-ID was accepted once and is in the archive; the new mail needs one of its own.
        return dispatch_queries.insert_new_dispatches(
            connection, [rows.make_ledger_row(message, old.revision + 1, now, secret)]
        )
    corrected = {**rows.make_content_values(message), **UNTRIED, "reason": "readdressed"}
    return dispatch_queries.change_state(connection, old, UNSENT, **corrected)


def _make_clash_error(message: MailMessage, old: StoredRow, number: int) -> RequestError:
    return RequestError(
        "deliver.another_document",
        cycle=message.cycle,
        slot=message.slot,
        recipient=message.recipient,
        planned=old.digest[:12],
        present=message.digest[:12],
        number=number,
    )
