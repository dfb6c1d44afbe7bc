"""Whether the state that each examination records follows from its findings and its figures."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ColumnElement, Connection, exists, func, select

from cpsa.services.verify_store.store_fault import FaultKind, StoreFault
from cpsa.services.verify_store.verification import Verification
from cpsa.store.tables.examination_tables import examination, finding
from cpsa.store.tables.submission_tables import fact, submission
from cpsa.submissions.state import SubmissionState

_FAULTY = (SubmissionState.UNREADABLE, SubmissionState.REJECTED, SubmissionState.RETURNED)


def check_states(verification: Verification) -> Iterator[StoreFault]:
    """Yield the examinations whose state is another than their findings and figures say."""
    connection = verification.connection
    verification.count(
        "examinations",
        connection.execute(select(func.count()).select_from(examination)).scalar_one(),
    )
    blocks = exists().where(
        finding.c.examination_id == examination.c.id,
        finding.c.severity == "error",
        finding.c.waived.is_(False),
    )
    accepted = examination.c.state == SubmissionState.ACCEPTED
    yield from _find(connection, accepted & blocks, "state, finding")
    yield from _find(connection, examination.c.state.in_(_FAULTY) & ~blocks, "state, finding")
    yield from _find(connection, accepted & ~_has_figures(), "state, fact")
    yield from _find_figures_of_nothing(connection)


def _find(
    connection: Connection, is_wrong: ColumnElement[bool], detail: str
) -> Iterator[StoreFault]:
    for number in connection.execute(select(examination.c.id).where(is_wrong)).scalars():
        kind, row = FaultKind.STATE_DIFFERS, f"id={number}"
        yield StoreFault(kind, examination.name, row, detail=detail)


def _has_figures() -> ColumnElement[bool]:
    return exists().where(
        submission.c.id == examination.c.submission_id,
        fact.c.agency == submission.c.agency,
        fact.c.quarter == submission.c.quarter,
        fact.c.submission_id == submission.c.id,
    )


def _find_figures_of_nothing(connection: Connection) -> Iterator[StoreFault]:
    """Figures are recorded of what was accepted once, and of nothing else."""
    was_accepted = exists().where(
        examination.c.submission_id == submission.c.id,
        examination.c.state == SubmissionState.ACCEPTED,
    )
    has_figures = exists().where(
        fact.c.agency == submission.c.agency,
        fact.c.quarter == submission.c.quarter,
        fact.c.submission_id == submission.c.id,
    )
    statement = select(submission.c.id).where(~was_accepted, has_figures)
    for number in connection.execute(statement).scalars():
        kind, row = FaultKind.STATE_DIFFERS, f"submission_id={number}"
        yield StoreFault(kind, fact.name, row, detail="examination")
