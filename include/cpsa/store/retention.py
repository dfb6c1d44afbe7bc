"""Which kept files nothing rests on any more, and which something does.

What must not go here: for how long files are kept, and taking them away (``cycle.retaining``).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select

from cpsa.store import awaiting_arrivals
from cpsa.store.arrivals import REFUSED
from cpsa.store.judgements import stated
from cpsa.store.tables.dispatch import State, dispatch
from cpsa.store.tables.intake import arrival, entry_load
from cpsa.store.tables.output import action_report
from cpsa.store.tables.reply import ReplyKind, department_reply

Ages = dict[str, datetime]  # digest → since when it is not needed
_FIRST, _LAST = "0", "9"  # before and after every quarter's key
_UNREADABLE = "unreadable"
# Nothing of these will leave any more.
_SETTLED = frozenset({State.ACCEPTED, State.BOUNCED, State.FAILED, State.EXPIRED, State.SUPERSEDED})


def refused(connection: Connection) -> Ages:
    """What was refused at the door, with the last time it came."""
    last = func.max(arrival.c.collected_at, type_=arrival.c.collected_at.type)
    came = select(arrival.c.sha256, last).where(arrival.c.outcome == REFUSED)
    return dict(connection.execute(came.group_by(arrival.c.sha256)).tuples().all())


def unreadable(connection: Connection) -> Ages:
    """Files that could not be read and that a later version followed; else they may be read again."""
    return {
        sha256: received_at
        for sha256, received_at, state, is_newest in _submissions(connection)
        if state == _UNREADABLE and not is_newest
    }


def needed(connection: Connection) -> set[str]:
    """The received files that figures, entries or decisions rest on, or that may still be judged."""
    held = {
        sha256
        for sha256, _, state, is_newest in _submissions(connection)
        if state != _UNREADABLE or is_newest
    }
    for table in (entry_load, action_report):
        held.update(connection.execute(select(table.c.sha256)).scalars())
    held.update(row.sha256 for row in awaiting_arrivals.list_waiting(connection))
    by_hand = department_reply.c.kind == ReplyKind.BY_HAND
    held.update(connection.execute(select(department_reply.c.sha256).where(by_hand)).scalars())
    return held


def letters(connection: Connection) -> tuple[Ages, set[str]]:
    """The attachments of settled mails, with when the last of them settled; and of those that wait."""
    settled: Ages = {}
    waiting: set[str] = set()
    columns = dispatch.c.state, dispatch.c.changed_at, dispatch.c.attachments
    for state, changed_at, files in connection.execute(select(*columns)):
        for one in files:
            if state in _SETTLED:
                settled[one["sha256"]] = max(changed_at, settled.get(one["sha256"], changed_at))
            else:
                waiting.add(one["sha256"])
    return settled, waiting


def _submissions(connection: Connection) -> list[tuple[str, datetime, str, bool]]:
    """Every file sent: digest, received at, state, whether it is the newest of its agency's quarter."""
    files = stated(_FIRST, _LAST)
    newest = func.max(files.c.version).over(partition_by=(files.c.agency, files.c.quarter))
    columns = files.c.sha256, files.c.received_at, files.c.state, files.c.version == newest
    return [
        (sha256, received_at, state, bool(is_newest))
        for sha256, received_at, state, is_newest in connection.execute(select(*columns))
    ]
