"""Executes a backfill: one transaction, undone for a preview and kept for the execution.

Both go the same way, so what is shown is what is done; and when the store has changed in between,
nothing is done. Nothing is sent, and nothing here builds a document: the caller builds the periods
that are named, each on its own, and other DAGs and commands still may build.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from cpsa.calendar import AnyPeriod
from cpsa.errors import RequestError
from cpsa.intake.channels.channel import IncomingFile
from cpsa.services.app_context import AppContext
from cpsa.services.backfill_quarters.backfill_request import BackfillRequest, BackfillStep
from cpsa.services.backfill_quarters.document_diff import (
    DocumentDifference,
    PeriodDocuments,
    list_periods_to_rebuild,
)
from cpsa.services.backfill_quarters.inbox_scan import list_incoming_files
from cpsa.services.backfill_quarters.store_changes import (
    StoreChanges,
    StoreSnapshot,
    compare_snapshots,
)
from cpsa.services.collection.import_file import import_file
from cpsa.services.examination.examine_updates import examine_quarter
from cpsa.services.quarter.close_quarter import recompute_closing
from cpsa.services.run_log import log_use_case
from cpsa.store.database import join_transaction, read_transaction, write_transaction
from cpsa.store.queries import (
    audit_queries,
    closing_queries,
    exception_queries,
)
from cpsa.store.queries.stored_submissions import StoredSubmissions
from cpsa.submissions.state import SubmissionState

BACKFILL_VERB, DECLINE_VERB = "backfill", "decline backfill"
_UNCHECKED_STATES = (SubmissionState.RECEIVED, SubmissionState.LOCKED_OUT)


@dataclass(frozen=True)
class BackfillPreview:
    """What a backfill would change. ``problems``: rows and files that could not be used."""

    changes: StoreChanges
    documents: tuple[DocumentDifference, ...]
    periods: tuple[AnyPeriod, ...]
    problems: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """Names the changes, not the documents: their day may be another when it is done."""
        return self.changes.digest


@dataclass(frozen=True)
class BackfillResult:
    """What a backfill has changed, and the periods whose documents are to be built again."""

    changes: StoreChanges
    periods: tuple[AnyPeriod, ...]
    problems: tuple[str, ...] = ()

    @property
    def quarters(self) -> tuple[str, ...]:
        """The quarters to report, so that Airflow builds those periods by itself.

        It starts a half-year only once both of its quarters are reported, changed or not.
        """
        return tuple(
            sorted({quarter.key for period in self.periods for quarter in period.quarters})
        )


@dataclass(frozen=True)
class _TrialContext(AppContext):
    """A context whose work is undone: received bytes are kept only as long as the context."""

    stored_bytes: dict[str, bytes] = field(default_factory=dict)

    def store_received_bytes(self, content: bytes, sha256: str) -> None:
        self.stored_bytes[sha256] = content

    def read_received_bytes(self, sha256: str) -> bytes:
        return (
            self.stored_bytes[sha256]
            if sha256 in self.stored_bytes
            else super().read_received_bytes(sha256)
        )


def preview_backfill(
    context: AppContext, request: BackfillRequest, now: datetime
) -> BackfillPreview:
    """What a backfill would change; the store is left as it was, row by row and byte by byte.

    RequestError for a quarter that is not closed, an agency that is none, an unreadable inbox.
    """
    files = _list_files(context, request, now)
    with join_transaction(context.engine, keep=False) as engine:
        trial_context = _TrialContext(context.settings, engine, request.present_definitions)
        changes, problems = _execute_steps(
            trial_context, engine.connection, request, files, "", now
        )
        to_build = list_periods_to_rebuild(engine.connection, request, changes.closed)
        documents_by_period = [PeriodDocuments.load(trial_context, period) for period in to_build]
    differences = [
        difference
        for period_documents in documents_by_period
        for difference in period_documents.list_differences()
    ]
    return BackfillPreview(changes, tuple(differences), to_build, problems)


@log_use_case
def execute_backfill(
    context: AppContext,
    request: BackfillRequest,
    person: str,
    now: datetime,
    approved: str | None = None,
) -> BackfillResult:
    """Execute it, all or nothing, and record in the audit who requested it and why.

    ``approved``: the digest of the approved preview; RequestError when execution would no
    longer change exactly that. Once executed, it may be requested again: nothing is left to do, and
    what is to be built is returned again. Documents are built by the caller, period by period.
    """
    files = _list_files(context, request, now)
    with join_transaction(context.engine, keep=True) as engine:
        transaction_context = AppContext(context.settings, engine, request.present_definitions)
        changes, problems = _execute_steps(
            transaction_context, engine.connection, request, files, person, now
        )
        if changes == StoreChanges() and _is_already_executed(engine.connection, request):
            return BackfillResult(changes, _list_periods_since(engine.connection, request))
        if approved is not None and changes.digest != approved:
            raise RequestError("backfill.approved_other")
        audit_queries.add_audit(
            engine.connection, now, person, BACKFILL_VERB, request.subject, request.reason
        )
        to_build = list_periods_to_rebuild(engine.connection, request, changes.closed)
    return BackfillResult(changes, to_build, problems)


def decline_backfill(
    context: AppContext, request: BackfillRequest, person: str, reason: str, now: datetime
) -> None:
    """Record in the audit that a previewed backfill was declined."""
    with write_transaction(context.engine) as connection:
        audit_queries.add_audit(connection, now, person, DECLINE_VERB, request.subject, reason)


def _is_already_executed(connection: Connection, request: BackfillRequest) -> bool:
    before = audit_queries.find_last_audit_entry(connection, BACKFILL_VERB, request.subject)
    return before is not None and before.reason == request.reason


def _list_periods_since(connection: Connection, request: BackfillRequest) -> tuple[AnyPeriod, ...]:
    """The periods that an earlier run of this backfill may have closed again."""
    closed_quarters = closing_queries.load_latest_closings(connection)["quarter"]
    return list_periods_to_rebuild(
        connection, request, [key for key in closed_quarters if key >= request.first.key]
    )


def _list_files(context: AppContext, request: BackfillRequest, now: datetime) -> list[IncomingFile]:
    with read_transaction(context.engine) as connection:
        request.validate(context, connection)
    return (
        list_incoming_files(context, request, now) if BackfillStep.COLLECT in request.steps else []
    )


def _execute_steps(
    context: AppContext,
    connection: Connection,
    request: BackfillRequest,
    files: Sequence[IncomingFile],
    person: str,
    now: datetime,
) -> tuple[StoreChanges, tuple[str, ...]]:
    """Collect, check and score what is requested, oldest quarter first; the changes and problems."""
    request.validate(context, connection)  # once more: nothing can change it from here on
    before = StoreSnapshot.load(connection, request.first.key)
    problems = _import_files(context, files, now)
    if BackfillStep.CHECK in request.steps:
        _add_lock_exceptions(connection, request, person, now)
    if BackfillStep.CHECK in request.steps or BackfillStep.DEFINITIONS in request.steps:
        checked = examine_quarter(context, request.last, now, request.agencies or None)
        problems += [problem.text(context.settings.language) for problem in checked.problems]
    if BackfillStep.SCORE in request.steps:
        recompute_closing(context, request.first, now)
    after = StoreSnapshot.load(connection, request.first.key)
    return compare_snapshots(connection, before, after), tuple(problems)


def _import_files(context: AppContext, files: Sequence[IncomingFile], now: datetime) -> list[str]:
    arrivals = [import_file(context, file, now) for file in files]
    return [arrival.problem for arrival in arrivals if arrival.problem]


def _add_lock_exceptions(
    connection: Connection, request: BackfillRequest, person: str, now: datetime
) -> None:
    """Add a lock exception for every file of the backfill that waits."""
    current = StoredSubmissions.load(connection, request.last.key)
    for *_, row in current.versions.values():
        if row.state in _UNCHECKED_STATES and request.includes_agency(row.agency, row.quarter):
            exception_queries.add_lock_exception(
                connection,
                agency=row.agency,
                quarter=row.quarter,
                reason=request.reason,
                given_by=person,
                given_at=now,
                quiet=not request.letters,
            )
