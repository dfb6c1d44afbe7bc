"""Mails that are sent only where nothing better comes: a receipt waits for the result of the check.

A provisional mail is planned with a time before which it is not sent. Where a mail of one of the
slots that it gives way to is planned by then, that one takes its place in the same transaction; and
where that one is withdrawn unsent, the provisional mail comes back in the same transaction. So of the
two at least one is sent, and both only if the provisional one had gone when the other was planned.

What belongs here: which rows give way and come back. What must not: which slots those are
(``services.agency_letters``), and SQL (``store.dispatches``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from cpsa.delivery.ledger_rows import make_ledger_key
from cpsa.delivery.mail_message import MailMessage
from cpsa.store.queries import dispatch_queries
from cpsa.store.stored_row import StoredRow
from cpsa.store.tables.dispatch_tables import MailState

REPLACED = "replaced"
MailKey = tuple[str, str, str]  # cycle, slot, recipient


@dataclass(frozen=True)
class ProvisionalSlot:
    """How a slot waits. ``delay``: after it was planned, by the database's clock. ``gives_way_to``:
    slots of the same cycle and recipient that take its place."""

    delay: timedelta
    gives_way_to: frozenset[str]


ProvisionalSlots = Mapping[str, ProvisionalSlot]  # by slot


def select_needed_messages(
    connection: Connection, messages: Sequence[MailMessage], provisionals: ProvisionalSlots
) -> list[MailMessage]:
    """The messages without the provisional ones whose place is taken, in the ledger or beside them.

    Nobody else plans for these recipients until the caller's transaction has ended.
    """
    if not provisionals:
        return list(messages)
    recipients = {message.recipient for message in messages}
    dispatch_queries.lock_recipients(connection, recipients)
    cycles = sorted({message.cycle for message in messages})
    rows = dispatch_queries.load_newest_revisions(connection, cycles, recipients)
    taken = {key for key, row in rows.items() if row.state != MailState.SUPERSEDED}
    taken |= {(message.cycle, message.slot, message.recipient) for message in messages}
    return [
        message
        for message in messages
        if not _is_taken(make_ledger_key(message), provisionals, taken)
    ]


def list_delays(
    messages: Sequence[MailMessage], provisionals: ProvisionalSlots
) -> list[timedelta | None]:
    """How long each message waits, None for those that do not."""
    return [
        provisionals[message.slot].delay if message.slot in provisionals else None
        for message in messages
    ]


def replace_provisional_mails(
    connection: Connection,
    messages: Sequence[MailMessage],
    rows: Mapping[MailKey, StoredRow],
    provisionals: ProvisionalSlots,
) -> int:
    """Withdraw what these messages replace and was not sent; returns how many were withdrawn.

    A worker that has claimed one but promised nothing yet finds it superseded.
    """
    replaced = 0
    for message in messages:
        planned = rows.get(make_ledger_key(message))
        if planned is None or planned.state == MailState.SUPERSEDED:
            continue  # nothing of it is going to be sent
        for slot, provisional in provisionals.items():
            row = rows.get((message.cycle, slot, message.recipient))
            if row is not None and message.slot in provisional.gives_way_to:
                replaced += dispatch_queries.change_state(
                    connection,
                    row,
                    {MailState.PENDING, MailState.CLAIMED},
                    state=MailState.SUPERSEDED,
                    reason=REPLACED,
                )
    return replaced


def restore_provisional_mails(
    connection: Connection,
    withdrawn: Collection[MailKey],
    provisionals: ProvisionalSlots,
    still_due: Collection[MailKey],
) -> int:
    """Let provisional mails wait again that had given way to mails withdrawn unsent; how many.

    ``still_due``: the provisional mails that anybody is still to get.
    """
    if not provisionals or not withdrawn:
        return 0
    recipients = {recipient for _, _, recipient in withdrawn}
    rows = dispatch_queries.load_newest_revisions(
        connection, sorted({cycle for cycle, _, _ in withdrawn}), recipients
    )
    taken = {key for key, row in rows.items() if row.state != MailState.SUPERSEDED}
    restored = 0
    for key in _list_provisional_keys(withdrawn, provisionals):
        row = rows.get(key)
        if row is None or key not in still_due or row.reason != REPLACED:
            continue
        if not _is_taken(key, provisionals, taken):
            restored += dispatch_queries.change_state(
                connection,
                row,
                {MailState.SUPERSEDED},
                state=MailState.PENDING,
                next_attempt_at=None,
                reason="brought_back",
            )
    return restored


def _list_provisional_keys(
    withdrawn: Collection[MailKey], provisionals: ProvisionalSlots
) -> Iterator[MailKey]:
    for cycle, slot, recipient in sorted(withdrawn):
        for provisional_slot, provisional in provisionals.items():
            if slot in provisional.gives_way_to:
                yield cycle, provisional_slot, recipient


def _is_taken(key: MailKey, provisionals: ProvisionalSlots, taken: Collection[MailKey]) -> bool:
    cycle, slot, recipient = key
    provisional = provisionals.get(slot)
    return provisional is not None and any(
        (cycle, replacing_slot, recipient) in taken for replacing_slot in provisional.gives_way_to
    )
