"""The end of every channel: bytes are kept, versions registered, refusals recorded.

A file, or a batch of files of a folder, in one transaction with the records of arrival: a process that ends
before the commit has imported nothing, and the same arrival again adds nothing. Nothing here is judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from cpsa.errors import RequestError
from cpsa.intake.arrival import Arrival
from cpsa.services.app_context import AppContext
from cpsa.services.arrival_records import (
    add_problems,
    make_arrival_row,
    make_file_columns,
    make_repeat,
)
from cpsa.services.service_results import IntakeResult
from cpsa.store.database import read_transaction, write_transaction
from cpsa.store.queries import arrival_queries, submission_queries
from cpsa.store.queries.arrival_queries import RecordedArrivals
from cpsa.store.queries.submission_queries import ReceivedVersion
from cpsa.submissions.state import SubmissionState

# A file of this state is read again when its bytes come again: the fault may have been elsewhere.
_READ_AGAIN = frozenset({SubmissionState.UNREADABLE, SubmissionState.REJECTED})


@dataclass(frozen=True)
class IdentifiedFile:
    """An update whose agency and quarter are known, or a file with the reason why it is refused."""

    arrival: Arrival
    refusal: RequestError | None = None


def import_update(context: AppContext, arrival: Arrival, now: datetime) -> IntakeResult:
    """Keep the bytes of one update, and register it as the next version unless it is a repeat."""
    context.store_received_bytes(arrival.content, arrival.sha256)
    (result,) = _record_files(context, [IdentifiedFile(arrival)], now)
    return result


def import_files(
    context: AppContext, files: Sequence[IdentifiedFile], now: datetime
) -> list[IntakeResult]:
    """Import files of one channel together: all of them or, where there is an error, none."""
    arrivals = [file.arrival for file in files if file.arrival.content or file.refusal is None]
    context.store_received_files({arrival.sha256: arrival.content for arrival in arrivals})
    return _record_files(context, files, now)


def _record_files(
    context: AppContext, files: Sequence[IdentifiedFile], now: datetime
) -> list[IntakeResult]:
    """Record files that are kept, in their order, in one transaction."""
    with read_transaction(context.engine) as connection:
        recorded = _load_recorded_arrivals(connection, files)
    repeats = [repeat for file in files if (repeat := _find_repeat(recorded, file)) is not None]
    if len(repeats) == len(files):
        return repeats
    with write_transaction(context.engine, alone=True) as connection:
        registration = _Registration.load(connection, files, now)
        results = [registration.register(context, file) for file in files]
        submission_queries.add_submissions(connection, registration.submissions)
        arrival_queries.add_arrivals(connection, registration.arrivals)
    return results


def _load_recorded_arrivals(
    connection: Connection, files: Sequence[IdentifiedFile]
) -> RecordedArrivals:
    keys = {file.arrival.key for file in files}
    return RecordedArrivals.load(connection, files[0].arrival.channel, keys)


def _find_repeat(recorded: RecordedArrivals, file: IdentifiedFile) -> IntakeResult | None:
    if file.refusal is not None:
        return None
    arrival = file.arrival
    owner = arrival.agency, arrival.quarter
    return make_repeat(arrival.key, recorded.find(arrival.key, arrival.sha256, owner))


@dataclass
class _Registration:
    """What is recorded of files and their agencies, and the rows that are to be added."""

    recorded: RecordedArrivals
    versions: dict[tuple[str, str], list[ReceivedVersion]]
    now: datetime
    submissions: list[dict[str, object]] = field(default_factory=list)
    arrivals: list[dict[str, object]] = field(default_factory=list)

    @classmethod
    def load(
        cls, connection: Connection, files: Sequence[IdentifiedFile], now: datetime
    ) -> _Registration:
        updates = [file.arrival for file in files if file.refusal is None]
        versions: dict[tuple[str, str], list[ReceivedVersion]] = {
            (arrival.agency, arrival.quarter): [] for arrival in updates
        }
        for version in submission_queries.list_received_versions(connection, versions):
            versions[version.agency, version.quarter].append(version)
        return cls(_load_recorded_arrivals(connection, files), versions, now)

    def register(self, context: AppContext, file: IdentifiedFile) -> IntakeResult:
        """Note the rows of one file; return its result."""
        arrival = file.arrival
        if file.refusal is not None:
            self._note_arrival(arrival, arrival_queries.REFUSED, 0, file.refusal)
            refused = IntakeResult(arrival.key, arrival_queries.REFUSED, arrival.agency)
            return add_problems(context, refused, file.refusal)
        if repeat := _find_repeat(self.recorded, file):
            return repeat
        own = self.versions[arrival.agency, arrival.quarter]
        newest = own[-1] if own else None
        if version := _find_version_before_move(own, arrival):
            outcome = "repeat"
        elif newest and newest.sha256 == arrival.sha256 and newest.state not in _READ_AGAIN:
            version, outcome = newest.version, "repeat"
        else:
            version, outcome = (newest.version if newest else 0) + 1, "new"
            own.append(self._note_submission(arrival, version))
        notice = RequestError(arrival.notice) if arrival.notice else None
        self._note_arrival(arrival, outcome, version, notice)
        return IntakeResult(arrival.key, outcome, arrival.agency, arrival.quarter, version)

    def _note_submission(self, arrival: Arrival, version: int) -> ReceivedVersion:
        owner = {"agency": arrival.agency, "quarter": arrival.quarter, "version": version}
        columns = make_file_columns(arrival)
        self.submissions.append({**owner, **columns, "collected_at": self.now})
        return ReceivedVersion(
            arrival.agency,
            arrival.quarter,
            version,
            arrival.sha256,
            arrival.channel,
            arrival.received_at,
            SubmissionState.RECEIVED,
        )

    def _note_arrival(
        self, arrival: Arrival, outcome: str, version: int, error: RequestError | None
    ) -> None:
        row = self.recorded.add(**make_arrival_row(arrival, self.now, outcome, version, error))
        if row is not None:
            self.arrivals.append(row)


def _find_version_before_move(own: Sequence[ReceivedVersion], arrival: Arrival) -> int:
    """The version as which a file of a moved inbox was received: the same bytes, at the same time."""
    if not arrival.may_be_moved:
        return 0
    received = arrival.sha256, arrival_queries.FOLDER, arrival.received_at
    same = [row.version for row in own if (row.sha256, row.channel, row.received_at) == received]
    return max(same, default=0)


def list_unchecked_quarters(context: AppContext) -> tuple[str, ...]:
    """The quarters with submissions that are not yet checked, oldest first.

    Not only what the last scan imported: a process that ended after an import did not report it.
    """
    with read_transaction(context.engine) as connection:
        return tuple(arrival_queries.list_unexamined_quarters(connection))
