"""Examinations with their findings, and each submission with its latest examination."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    Text,
    select,
    true,
)

from cpsa.store import bulk_rows
from cpsa.store.as_of import HistoryMark
from cpsa.store.dialect import is_among
from cpsa.store.named_sql import NO_LIMIT, load_sql
from cpsa.store.schema import Instant
from cpsa.store.tables.examination_tables import examination, finding

if TYPE_CHECKING:
    import pandas as pd

    from cpsa.submissions.finding import Finding

# The columns of the named statement of submissions, with the fields of ``SubmissionRecord``.
_SUBMISSION_COLUMNS: dict[str, Any] = {
    "id": BigInteger(),
    "agency": Text(),
    "quarter": Text(),
    "version": Integer(),
    "sha256": Text(),
    "file_name": Text(),
    "channel": Text(),
    "received_at": Instant(),
    "state": Text(),
    "basis": Text(),
    "examination_id": BigInteger(),
    "examined_at": Instant(),
    "lock_exception_id": BigInteger(),
}


_FINDING_KEYS = ("id", "examination_id", "closing_id")


class SubmissionRecord(NamedTuple):
    """A submission with its latest examination; its state is ``received`` when it is not examined yet."""

    id: int
    agency: str
    quarter: str
    version: int
    sha256: str
    file_name: str
    channel: str
    received_at: datetime
    state: str
    basis: str
    examination_id: int | None
    examined_at: datetime | None
    lock_exception_id: int | None


def select_submissions(since: str, until: str, mark: HistoryMark | None = None) -> FromClause:
    """Every submission with its latest examination, for quarters since … until, to select from.

    Columns: the fields of ``SubmissionRecord``. ``mark``: history up to a mark.
    """
    limits = {
        "since": since,
        "until": until,
        "newest_submission": mark.submission if mark else NO_LIMIT,
        "newest_examination": mark.examination if mark else NO_LIMIT,
    }
    return (
        load_sql("examine/list_submissions")
        .bindparams(**limits)
        .columns(**_SUBMISSION_COLUMNS)
        .subquery()
    )


def load_submissions(
    connection: Connection,
    until: str,
    since: str = "",
    agencies: Collection[str] | None = None,
    mark: HistoryMark | None = None,
) -> list[SubmissionRecord]:
    """The submissions (of these agencies) as ``select_submissions`` has them, by quarter, agency, version."""
    every = select_submissions(since, until, mark)
    query = select(every).order_by(every.c.quarter, every.c.agency, every.c.version)
    if agencies is not None:
        query = query.where(is_among(connection, every.c.agency, agencies))
    return [SubmissionRecord(*row) for row in connection.execute(query)]


class NewExamination(NamedTuple):
    """What the examination of a submission found, to be recorded."""

    submission_id: int
    state: str
    basis: str
    findings: Sequence[Finding] = ()
    lock_exception_id: int | None = None


def add_examinations(
    connection: Connection,
    examinations: Sequence[NewExamination],
    examined_at: datetime,
    framework: str,
) -> list[int]:
    """Record examinations with all their findings, in their order; their ids."""
    ids = bulk_rows.reserve_ids(connection, examination, len(examinations))
    names = ("id", "submission_id", "state", "basis", "lock_exception_id")
    bulk_rows.add_values(
        connection,
        examination,
        [*names, "examined_at", "framework"],
        [
            (
                *(id_, row.submission_id, row.state, row.basis, row.lock_exception_id),
                *(examined_at, framework),
            )
            for id_, row in zip(ids, examinations, strict=True)
        ],
    )
    found = [
        (finding, id_, None)
        for id_, row in zip(ids, examinations, strict=True)
        for finding in row.findings
    ]
    _add_findings(connection, found)
    return ids


def add_closing_findings(
    connection: Connection, findings: Iterable[Finding], closing_id: int
) -> None:
    """Record what a closing found over its quarter, in this order."""
    _add_findings(connection, [(finding, None, closing_id) for finding in findings])


def _add_findings(
    connection: Connection, found: Sequence[tuple[Finding, int | None, int | None]]
) -> None:
    """Each with the id of its examination, or of its closing."""
    names = [column.name for column in finding.c if column.name not in _FINDING_KEYS]
    get_values = attrgetter(*names)
    bulk_rows.add_values(
        connection,
        finding,
        [*names, *_FINDING_KEYS[1:]],
        [(*get_values(row), *origin) for row, *origin in found],
    )


def load_findings(
    connection: Connection,
    examinations: Iterable[int],
    closings: Iterable[int],
    *,
    with_trial: bool = False,
) -> pd.DataFrame:
    """Findings of these examinations and closings, in the order of recording.

    ``with_trial``: with those of rules on trial, which are for CPSA's own lists only.
    """
    from cpsa.framework.model import TRIAL  # what only reads submissions needs no framework

    columns = [column for column in finding.c if not column.primary_key]
    shown = true() if with_trial else finding.c.severity != TRIAL
    rows = [
        *_list_rows(connection, columns, finding.c.examination_id, examinations, shown),
        *_list_rows(connection, columns, finding.c.closing_id, closings, shown),
    ]
    frame = bulk_rows.make_frame(rows, [column.name for column in columns])
    return frame.astype({"examination_id": "Int64", "closing_id": "Int64"})


def list_findings(
    connection: Connection,
    examinations: Collection[int],
    closings: Collection[int] = (),
    agency: str = "",
) -> list[Finding]:
    """``load_findings`` for a caller that needs no frame; with ``agency`` those about it alone."""
    from cpsa.framework.model import TRIAL
    from cpsa.submissions.finding import Finding

    shown = finding.c.severity != TRIAL
    if agency:
        shown &= finding.c.agency == agency
    columns = [finding.c[name] for name in Finding._fields]
    return [
        Finding(*row)
        for column, ids in (
            (finding.c.examination_id, examinations),
            (finding.c.closing_id, closings),
        )
        for row in _list_rows(connection, columns, column, ids, shown)
    ]


def _list_rows(
    connection: Connection,
    columns: Sequence[Column[Any]],
    origin: Column[Any],
    ids: Iterable[int],
    shown: ColumnElement[bool],
) -> Sequence[Any]:
    """The findings of these origins, in the order of recording."""
    if not (own := list(ids)):
        return ()
    query = select(*columns).where(is_among(connection, origin, own), shown).order_by(finding.c.id)
    return connection.execute(query).all()


def find_newest_decision_at(
    connection: Connection, until: str, mark: HistoryMark
) -> datetime | None:
    """When the newest explanation, waiver or question (C01) of quarters up to one was given or taken
    back, up to a history mark; but for explanations only what an examination has seen since."""
    limits = {
        "until": until,
        "newest_explanation": mark.explanation,
        "newest_examination": mark.examination,
    }
    statement = load_sql("export/find_newest_decision").columns(decided_at=Instant())
    result: datetime | None = connection.execute(statement, limits).scalar_one()
    return result
