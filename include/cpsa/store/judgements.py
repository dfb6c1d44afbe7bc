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

from cpsa.framework import TRIAL
from cpsa.store import named_sql
from cpsa.store.history import Mark
from cpsa.store.schema import Instant, new_id
from cpsa.store.tables.intake import submission
from cpsa.store.tables.judgement import (
    examination,
    explanation,
    figure_query,
    figure_query_withdrawal,
    finding,
    lock_exception,
    waiver,
)
from cpsa.store.tables.output import audit
from cpsa.submissions.explanations import Explanation
from cpsa.submissions.finding import Finding

_ALL = 2**62  # beyond every row's number
# What the named statement of the submissions answers, as ``Stated`` has it.
_STATED: dict[str, Any] = {
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


class Stated(NamedTuple):
    """A submission with what its latest examination said: ``received`` when not examined yet."""

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


def stated(since: str, until: str, at: Mark | None = None) -> FromClause:
    """Every submission with its latest examination, for quarters since … until, to select from.

    Columns: the fields of ``Stated``. ``at``: as history stood at a mark.
    """
    limits = {
        "since": since,
        "until": until,
        "newest_submission": at.submission if at else _ALL,
        "newest_examination": at.examination if at else _ALL,
    }
    return named_sql("submissions").bindparams(**limits).columns(**_STATED).subquery()


def submissions(
    connection: Connection,
    until: str,
    since: str = "",
    agencies: Collection[str] | None = None,
    at: Mark | None = None,
) -> list[Stated]:
    """What is ``stated`` (of these agencies), by quarter, agency and version."""
    every = stated(since, until, at)
    query = select(every).order_by(every.c.quarter, every.c.agency, every.c.version)
    if agencies is not None:
        query = query.where(every.c.agency.in_(agencies))
    return [Stated(*row) for row in connection.execute(query)]


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
        {**asdict(one), "examination_id": examination_id, "closing_id": closing_id}
        for one in findings
    ]
    if rows:
        connection.execute(insert(finding), rows)


def findings_of(
    connection: Connection,
    examinations: Iterable[int],
    closings: Iterable[int],
    with_trial: bool = False,
) -> pd.DataFrame:
    """Findings of these examinations and closings, in the order they were told.

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
        for at in range(0, len(ids), 900):
            part = ids[at : at + 900]
            rows += connection.execute(
                select(*columns).where(column.in_(part), shown).order_by(finding.c.id)
            ).all()
    frame = pd.DataFrame(rows, columns=[column.name for column in columns])
    return frame.astype({"examination_id": "Int64", "closing_id": "Int64"})


def newest_decision_at(connection: Connection, until: str, at: Mark) -> datetime | None:
    """When the newest explanation, waiver or question (C01) of quarters up to one was given or taken
    back, as history stood at a mark; but for explanations only what an examination has seen since."""
    explained = select(func.max(explanation.c.given_at)).where(
        explanation.c.quarter <= until, explanation.c.id <= at.explanation
    )

    def examined(table: Table) -> ScalarSelect:
        return (
            select(func.max(examination.c.examined_at))
            .join(submission, submission.c.id == examination.c.submission_id)
            .where(submission.c.agency == table.c.agency, submission.c.quarter == table.c.quarter)
            .where(examination.c.id <= at.examination)
            .scalar_subquery()
        )

    waived = select(func.max(waiver.c.given_at)).where(
        waiver.c.quarter <= until, waiver.c.given_at <= examined(waiver)
    )
    asked = select(func.max(figure_query.c.asked_at)).where(
        figure_query.c.quarter <= until, figure_query.c.asked_at <= examined(figure_query)
    )
    withdrawn_at = figure_query_withdrawal.c.withdrawn_at
    withdrawn = (
        select(func.max(withdrawn_at))
        .join(figure_query, figure_query.c.id == figure_query_withdrawal.c.query_id)
        .where(figure_query.c.quarter <= until, withdrawn_at <= examined(figure_query))
    )
    decided = (explained, waived, asked, withdrawn)
    given = [connection.execute(query).scalar() for query in decided]
    return max(filter(None, given), default=None)


def waivers(connection: Connection) -> dict[tuple[str, str], list[str]]:
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


def open_exceptions(connection: Connection) -> dict[tuple[str, str], tuple[int, str]]:
    """Lock exceptions not yet used by an accepted file: id and reason by agency and quarter.

    A quiet one is used by any file: it was for that one, and lets no later one in.
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


def exception_indicators(connection: Connection) -> dict[int, frozenset[str]]:
    """The lock exceptions that let in single indicators only, with these indicators."""
    rows = connection.execute(
        select(lock_exception.c.id, lock_exception.c.indicators).where(
            lock_exception.c.indicators != ""
        )
    )
    return {id_: frozenset(indicators.split(",")) for id_, indicators in rows}


def explanations(
    connection: Connection,
    until: str,
    agencies: Collection[str] | None = None,
    at: Mark | None = None,
) -> list[Explanation]:
    """What agencies (all by default) said to warnings up to a quarter, oldest first."""
    columns = [explanation.c[field.name] for field in fields(Explanation)]
    query = select(*columns).where(explanation.c.quarter <= until).order_by(explanation.c.id)
    if agencies is not None:
        query = query.where(explanation.c.agency.in_(agencies))
    if at is not None:
        query = query.where(explanation.c.id <= at.explanation)
    return [Explanation(*row) for row in connection.execute(query)]


def add_explanations(
    connection: Connection, said: Iterable[Explanation], source: str, given_at: datetime
) -> None:
    rows = [{**asdict(one), "source": source, "given_at": given_at} for one in said]
    if rows:
        connection.execute(insert(explanation), rows)


def add_audit(
    connection: Connection, at: datetime, who: str, verb: str, subject: str, reason: str
) -> None:
    connection.execute(
        insert(audit).values(at=at, who=who, verb=verb, subject=subject, reason=reason)
    )


def audited(
    connection: Connection, since: datetime | None = None, subject: str = "", verb: str = ""
) -> Sequence[Row]:
    """What was done by hand since an instant, oldest first: at, who, verb, subject, reason."""
    query = select(*(audit.c[name] for name in ("at", "who", "verb", "subject", "reason")))
    if since is not None:
        query = query.where(audit.c.at >= since)
    if subject:
        query = query.where(audit.c.subject.contains(subject, autoescape=True))
    if verb:
        query = query.where(audit.c.verb == verb)
    return connection.execute(query.order_by(audit.c.id)).all()


def last_audit(connection: Connection, verb: str, subject: str) -> Row | None:
    """Who last did this to that, and why."""
    told = select(audit).where(audit.c.verb == verb, audit.c.subject == subject)
    return connection.execute(told.order_by(audit.c.id.desc()).limit(1)).first()


def restatement_reasons(connection: Connection) -> dict[int, str]:
    """Why a submission was let into a closed quarter, by submission."""
    rows = connection.execute(
        select(examination.c.submission_id, lock_exception.c.reason)
        .join(lock_exception, lock_exception.c.id == examination.c.lock_exception_id)
        .order_by(examination.c.id)
    )
    return {submission_id: reason for submission_id, reason in rows}
