"""Examinations, findings, and what people decided: exceptions, waivers, explanations, audit."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any, NamedTuple

import pandas as pd
from sqlalchemy import (
    BigInteger,
    Connection,
    FromClause,
    Integer,
    Row,
    ScalarSelect,
    Table,
    Text,
    func,
    insert,
    or_,
    select,
    true,
)

from cpsa.framework.model import TRIAL
from cpsa.store import load_sql
from cpsa.store.as_of import HistoryMark
from cpsa.store.schema import Instant, new_id
from cpsa.store.tables.action_tables import audit
from cpsa.store.tables.examination_tables import (
    examination,
    explanation,
    figure_query,
    figure_query_withdrawal,
    finding,
    lock_exception,
    waiver,
)
from cpsa.store.tables.submission_tables import submission
from cpsa.submissions.explanations import Explanation
from cpsa.submissions.finding import Finding

_NO_LIMIT = 2**62  # beyond every row's number
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
FINDING_COLUMNS = [field.name for field in fields(Finding)]


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
        "newest_submission": mark.submission if mark else _NO_LIMIT,
        "newest_examination": mark.examination if mark else _NO_LIMIT,
    }
    return load_sql("submissions").bindparams(**limits).columns(**_SUBMISSION_COLUMNS).subquery()


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
    with_trial: bool = False,
) -> pd.DataFrame:
    """Findings of these examinations and closings, in the order of recording.

    ``with_trial``: with those of rules on trial, which are for CPSA's own lists only.
    """
    shown = true() if with_trial else finding.c.severity != TRIAL
    columns = [finding.c[name] for name in FINDING_COLUMNS] + [
        finding.c.examination_id,
        finding.c.closing_id,
    ]
    rows: list = []
    for column, ids in (
        (finding.c.examination_id, sorted(examinations)),
        (finding.c.closing_id, sorted(closings)),
    ):
        for start in range(0, len(ids), 900):
            part = ids[start : start + 900]
            rows += connection.execute(
                select(*columns).where(column.in_(part), shown).order_by(finding.c.id)
            ).all()
    frame = pd.DataFrame(rows, columns=[column.name for column in columns])
    return frame.astype({"examination_id": "Int64", "closing_id": "Int64"})


def find_newest_decision_at(
    connection: Connection, until: str, mark: HistoryMark
) -> datetime | None:
    """When the newest explanation, waiver or question (C01) of quarters up to one was given or taken
    back, up to a history mark; but for explanations only what an examination has seen since."""
    explained = select(func.max(explanation.c.given_at)).where(
        explanation.c.quarter <= until, explanation.c.id <= mark.explanation
    )

    def examined(table: Table) -> ScalarSelect:
        return (
            select(func.max(examination.c.examined_at))
            .join(submission, submission.c.id == examination.c.submission_id)
            .where(submission.c.agency == table.c.agency, submission.c.quarter == table.c.quarter)
            .where(examination.c.id <= mark.examination)
            .scalar_subquery()
        )

    waived = select(func.max(waiver.c.given_at)).where(
        waiver.c.quarter <= until, waiver.c.given_at <= examined(waiver)
    )
    queried = select(func.max(figure_query.c.asked_at)).where(
        figure_query.c.quarter <= until, figure_query.c.asked_at <= examined(figure_query)
    )
    withdrawn_at = figure_query_withdrawal.c.withdrawn_at
    withdrawn = (
        select(func.max(withdrawn_at))
        .join(figure_query, figure_query.c.id == figure_query_withdrawal.c.query_id)
        .where(figure_query.c.quarter <= until, withdrawn_at <= examined(figure_query))
    )
    decided = (explained, waived, queried, withdrawn)
    given = [connection.execute(query).scalar() for query in decided]
    return max(filter(None, given), default=None)


def load_waivers(connection: Connection) -> dict[tuple[str, str], list[str]]:
    """Waived rules by agency and quarter."""
    found: dict[tuple[str, str], list[str]] = {}
    for agency, quarter, rule in connection.execute(
        select(waiver.c.agency, waiver.c.quarter, waiver.c.rule).order_by(waiver.c.id)
    ):
        found.setdefault((agency, quarter), []).append(rule)
    return found


def add_waiver(connection: Connection, **values: object) -> None:
    connection.execute(insert(waiver).values(**values))


def add_lock_exception(connection: Connection, **values: object) -> None:
    connection.execute(insert(lock_exception).values(**values))


def load_open_exceptions(connection: Connection) -> dict[tuple[str, str], tuple[int, str]]:
    """Lock exceptions not yet used by an accepted file: id and reason by agency and quarter.

    A quiet one is used by any file: it is for that one and admits no later one.
    """
    quiet = select(lock_exception.c.id).where(lock_exception.c.quiet)
    used = select(examination.c.lock_exception_id).where(
        examination.c.lock_exception_id.is_not(None),
        or_(examination.c.state == "accepted", examination.c.lock_exception_id.in_(quiet)),
    )
    rows = connection.execute(
        select(
            lock_exception.c.agency,
            lock_exception.c.quarter,
            lock_exception.c.id,
            lock_exception.c.reason,
        )
        .where(lock_exception.c.id.not_in(used))
        .order_by(lock_exception.c.id)
    )
    return {(agency, quarter): (id_, reason) for agency, quarter, id_, reason in rows}


def load_exception_indicators(connection: Connection) -> dict[int, frozenset[str]]:
    """The lock exceptions that admit single indicators only, with these indicators."""
    rows = connection.execute(
        select(lock_exception.c.id, lock_exception.c.indicators).where(
            lock_exception.c.indicators != ""
        )
    )
    return {id_: frozenset(indicators.split(",")) for id_, indicators in rows}


def load_explanations(
    connection: Connection,
    until: str,
    agencies: Collection[str] | None = None,
    mark: HistoryMark | None = None,
) -> list[Explanation]:
    """The explanations of warnings by agencies (all by default) up to a quarter, oldest first."""
    columns = [explanation.c[field.name] for field in fields(Explanation)]
    query = select(*columns).where(explanation.c.quarter <= until).order_by(explanation.c.id)
    if agencies is not None:
        query = query.where(explanation.c.agency.in_(agencies))
    if mark is not None:
        query = query.where(explanation.c.id <= mark.explanation)
    return [Explanation(*row) for row in connection.execute(query)]


def add_explanations(
    connection: Connection, explanations: Iterable[Explanation], source: str, given_at: datetime
) -> None:
    rows = [{**asdict(answer), "source": source, "given_at": given_at} for answer in explanations]
    if rows:
        connection.execute(insert(explanation), rows)


def add_audit(
    connection: Connection, at: datetime, person: str, verb: str, subject: str, reason: str
) -> None:
    connection.execute(
        insert(audit).values(at=at, who=person, verb=verb, subject=subject, reason=reason)
    )


def load_audit_entries(
    connection: Connection, since: datetime | None = None, subject: str = "", verb: str = ""
) -> Sequence[Row]:
    """The audit entries since an instant, oldest first: at, who, verb, subject, reason."""
    query = select(*(audit.c[name] for name in ("at", "who", "verb", "subject", "reason")))
    if since is not None:
        query = query.where(audit.c.at >= since)
    if subject:
        query = query.where(audit.c.subject.contains(subject, autoescape=True))
    if verb:
        query = query.where(audit.c.verb == verb)
    return connection.execute(query.order_by(audit.c.id)).all()


def find_last_audit_entry(connection: Connection, verb: str, subject: str) -> Row | None:
    """The newest audit entry of a verb and subject."""
    query = select(audit).where(audit.c.verb == verb, audit.c.subject == subject)
    return connection.execute(query.order_by(audit.c.id.desc()).limit(1)).first()


def load_restatement_reasons(connection: Connection) -> dict[int, str]:
    """Why a submission was admitted to a closed quarter, by submission."""
    rows = connection.execute(
        select(examination.c.submission_id, lock_exception.c.reason)
        .join(lock_exception, lock_exception.c.id == examination.c.lock_exception_id)
        .order_by(examination.c.id)
    )
    return {submission_id: reason for submission_id, reason in rows}
