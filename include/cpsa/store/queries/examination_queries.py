"""Examinations with their findings, and each submission with its latest examination."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Connection,
    FromClause,
    Integer,
    Text,
    insert,
    select,
    true,
)

from cpsa.store import bulk_rows
from cpsa.store.as_of import HistoryMark
from cpsa.store.named_sql import NO_LIMIT, load_sql
from cpsa.store.schema import Instant, new_id
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
        query = query.where(every.c.agency.in_(agencies))
    return [SubmissionRecord(*row) for row in connection.execute(query)]


def add_examination(
    connection: Connection,
    findings: Sequence[Finding],
    **values: object,
) -> int:
    """Record one examination with all its findings; its id."""
    result = connection.execute(insert(examination).values(**values))
    examination_id = new_id(result)
    add_findings(connection, findings, examination_id=examination_id)
    return examination_id


def add_findings(
    connection: Connection,
    findings: Iterable[Finding],
    examination_id: int | None = None,
    closing_id: int | None = None,
) -> None:
    rows = [
        {**asdict(row), "examination_id": examination_id, "closing_id": closing_id}
        for row in findings
    ]
    if rows:
        connection.execute(insert(finding), rows)


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

    shown = true() if with_trial else finding.c.severity != TRIAL
    columns = [column for column in finding.c if not column.primary_key]
    rows: list[Any] = []
    for column, ids in (
        (finding.c.examination_id, sorted(examinations)),
        (finding.c.closing_id, sorted(closings)),
    ):
        for start in range(0, len(ids), 900):
            part = ids[start : start + 900]
            rows += connection.execute(
                select(*columns).where(column.in_(part), shown).order_by(finding.c.id)
            ).all()
    frame = bulk_rows.make_frame(rows, [column.name for column in columns])
    return frame.astype({"examination_id": "Int64", "closing_id": "Int64"})


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
