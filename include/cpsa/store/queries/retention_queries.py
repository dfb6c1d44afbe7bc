"""Which kept files are still needed, and which are not.

What must not go here: for how long files are kept, and their deletion (``delete_expired_files``).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select

from cpsa.store.queries import awaiting_arrival_queries
from cpsa.store.queries.arrival_queries import REFUSED
from cpsa.store.queries.examination_queries import select_submissions
from cpsa.store.tables.action_tables import action_report
from cpsa.store.tables.arrival_tables import arrival
from cpsa.store.tables.department_reply_tables import ReplyKind, department_reply
from cpsa.store.tables.dispatch_tables import MailState, dispatch
from cpsa.store.tables.entry_tables import entry_load
from cpsa.submissions.state import SubmissionState

FileAges = dict[str, datetime]  # digest → since when it is not needed
_FIRST, _LAST = "0", "9"  # before and after every quarter's key
# Mails in these states are not sent any more.
SETTLED_STATES = frozenset(
    {
        MailState.ACCEPTED,
        MailState.BOUNCED,
        MailState.FAILED,
        MailState.EXPIRED,
        MailState.SUPERSEDED,
    }
)


def list_refused_files(connection: Connection) -> FileAges:
    """Files that were refused, with the last time each was received."""
    last = func.max(arrival.c.collected_at, type_=arrival.c.collected_at.type)
    came = select(arrival.c.sha256, last).where(arrival.c.outcome == REFUSED)
    return {sha256: at for sha256, at in connection.execute(came.group_by(arrival.c.sha256))}


def list_unreadable_files(connection: Connection) -> FileAges:
    """Files that could not be read and that a later version followed; else they may be read again."""
    return {
        sha256: received_at
        for sha256, received_at, state, is_newest in _list_submissions(connection)
        if state == SubmissionState.UNREADABLE and not is_newest
    }


def list_needed_files(connection: Connection) -> set[str]:
    """The received files from which figures, entries or decisions come, or that may still be examined."""
    digests = {
        sha256
        for sha256, _, state, is_newest in _list_submissions(connection)
        if state != SubmissionState.UNREADABLE or is_newest
    }
    for table in (entry_load, action_report):
        digests.update(connection.execute(select(table.c.sha256)).scalars())
    digests.update(
        row.sha256 for row in awaiting_arrival_queries.list_awaiting_arrivals(connection)
    )
    by_hand = department_reply.c.kind == ReplyKind.BY_HAND
    digests.update(connection.execute(select(department_reply.c.sha256).where(by_hand)).scalars())
    return digests


def list_letter_files(connection: Connection) -> tuple[FileAges, set[str]]:
    """The attachments of settled mails, with when the last of them settled; and of those that wait."""
    settled: FileAges = {}
    unsettled: set[str] = set()
    columns = dispatch.c.state, dispatch.c.changed_at, dispatch.c.attachments
    for state, changed_at, files in connection.execute(select(*columns)):
        for file in files:
            if state in SETTLED_STATES:
                settled[file["sha256"]] = max(changed_at, settled.get(file["sha256"], changed_at))
            else:
                unsettled.add(file["sha256"])
    return settled, unsettled


def _list_submissions(connection: Connection) -> list[tuple[str, datetime, str, bool]]:
    """Every file sent: digest, received at, state, whether it is the newest of its agency's quarter."""
    files = select_submissions(_FIRST, _LAST)
    newest = func.max(files.c.version).over(partition_by=(files.c.agency, files.c.quarter))
    columns = files.c.sha256, files.c.received_at, files.c.state, files.c.version == newest
    return [
        (sha256, received_at, state, bool(is_newest))
        for sha256, received_at, state, is_newest in connection.execute(select(*columns))
    ]
