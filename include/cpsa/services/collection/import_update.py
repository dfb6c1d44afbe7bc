"""The end of every channel: bytes are kept, versions registered, refusals recorded.

Each file in one transaction with the record of its arrival: a process that ends before the commit has imported
nothing, and the same arrival again adds nothing. Nothing here is judged.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from cpsa.errors import RequestError
from cpsa.intake.arrival import Arrival
from cpsa.services.app_context import AppContext
from cpsa.services.arrival_records import (
    find_repeat,
    find_repeat_in_transaction,
    make_file_columns,
    record_arrival,
)
from cpsa.services.service_results import IntakeResult
from cpsa.store.database import read_transaction, write_transaction
from cpsa.store.queries import arrival_queries, submission_queries
from cpsa.submissions.state import SubmissionState

# A file of this state is read again when its bytes come again: the fault may have been elsewhere.
_READ_AGAIN = frozenset({SubmissionState.UNREADABLE, SubmissionState.REJECTED})


def import_update(context: AppContext, arrival: Arrival, now: datetime) -> IntakeResult:
    """Keep the bytes of one update, and register it as the next version unless it is a repeat."""
    context.store_received_bytes(arrival.content, arrival.sha256)
    owner = arrival.agency, arrival.quarter
    if repeat := find_repeat(context, arrival.channel, arrival.key, arrival.sha256, owner):
        return repeat
    with write_transaction(context.engine, alone=True) as connection:
        return _register_update(connection, arrival, now)


def _register_update(connection: Connection, arrival: Arrival, now: datetime) -> IntakeResult:
    agency, quarter, sha256 = arrival.agency, arrival.quarter, arrival.sha256
    owner = agency, quarter
    if repeat := find_repeat_in_transaction(
        connection, arrival.channel, arrival.key, sha256, owner
    ):
        return repeat
    newest = submission_queries.find_newest_submission(connection, agency, quarter)
    if version := _find_version_before_move(connection, arrival):
        outcome = "repeat"
    elif newest is not None and newest.sha256 == sha256 and newest.state not in _READ_AGAIN:
        version, outcome = newest.version, "repeat"
    else:
        version, outcome = (newest.version if newest else 0) + 1, "new"
        submission_queries.add_submission(
            connection,
            agency=agency,
            quarter=quarter,
            version=version,
            **make_file_columns(arrival),
            collected_at=now,
        )
    notice = RequestError(arrival.notice) if arrival.notice else None
    record_arrival(connection, arrival, now, outcome, version=version, error=notice)
    return IntakeResult(arrival.key, outcome, agency, quarter, version)


def _find_version_before_move(connection: Connection, arrival: Arrival) -> int:
    """The version as which a file of a moved inbox was received: the same bytes, at the same time."""
    if not arrival.may_be_moved:
        return 0
    return submission_queries.find_received_version(
        connection, arrival.agency, arrival.quarter, arrival.sha256, arrival.received_at
    )


def list_unchecked_quarters(context: AppContext) -> tuple[str, ...]:
    """The quarters with submissions that are not yet checked, oldest first.

    Not only what the last scan imported: a process that ended after an import did not report it.
    """
    with read_transaction(context.engine) as connection:
        return tuple(arrival_queries.list_unexamined_quarters(connection))
