"""What the board asks of the store: one set-based statement for each table it shows.

What belongs here: statements that count or page over a whole quarter in the database. What must
not: what becomes of a submission (``judgements``), and anything a page says.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Row,
    Select,
    and_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
)

from cpsa.store import closings, intake, judgements
from cpsa.store.documents import KEY, current_ids
from cpsa.store.registry import is_held_at
from cpsa.store.schema import Instant
from cpsa.store.tables.closing import ClosingKind, closing, reporting
from cpsa.store.tables.dispatch import State, dispatch
from cpsa.store.tables.intake import obligation, submission
from cpsa.store.tables.judgement import explanation, finding
from cpsa.store.tables.output import action, decision, document
from cpsa.store.tables.registry import agency
from cpsa.submissions.due_date import DueDate
from cpsa.submissions.open_finding import WARNING
from cpsa.submissions.state import REPORTED, ObligationState, SubmissionState


@dataclass(frozen=True)
class Scope:
    """A quarter to look at. ``due_dates``: of the agencies with an obligation; ``due``: that of others; ``shut``: whether it is closed;
    ``lasting``: for rules whose explanations last, the first quarter from which one still holds;
    ``for_cpsa``: the rules that no agency can answer."""

    quarter: str
    due: datetime
    due_dates: Mapping[str, DueDate]
    shut: bool
    lasting: Mapping[str, str]
    for_cpsa: Collection[str] = ()


def hurry(connection: Connection) -> None:
    """For this transaction: PostgreSQL compiles no statement, which took longer than running it."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL jit = off")


def quarters(connection: Connection) -> list[str]:
    """The quarters of which there is anything to show, newest first."""
    return intake.quarters_known(connection)[::-1]


def told(connection: Connection, scope: Scope) -> FromClause:
    """Every submission of the quarter with its latest examination, kept for this transaction."""
    every = judgements.stated(scope.quarter, scope.quarter)
    names = ("agency", "version", "received_at", "file_name", "sha256", "state", "examination_id")
    return _kept(connection, "told", select(*(every.c[name] for name in names)))


def open_findings(connection: Connection, scope: Scope, told: FromClause) -> FromClause:
    """The open findings of the quarter: of each current submission and of the newest closing.

    What ``cpsa.submissions.open_finding`` defines, as a statement. Columns: rule, severity, agency.
    """
    version = func.coalesce(
        func.max(case((told.c.state == SubmissionState.ACCEPTED, told.c.version))),
        func.max(case((told.c.state != SubmissionState.LOCKED_OUT, told.c.version))),
    )
    last = select(told.c.agency, version.label("version")).group_by(told.c.agency).cte("last")
    current = select(told.c.examination_id).join(
        last, and_(last.c.agency == told.c.agency, last.c.version == told.c.version)
    )
    newest = closings.newest_closing_id(connection, scope.quarter)
    of_current = finding.c.examination_id.in_(current)
    at_closing = [] if newest is None else [finding.c.closing_id == newest]
    found = select(*(finding.c[name] for name in ("rule", "severity", "agency"))).where(
        finding.c.quarter == scope.quarter,
        or_(of_current, *at_closing),
        is_open(scope),
    )
    return _kept(connection, "open_finding", found)


def obligations(
    connection: Connection, scope: Scope, told: FromClause, open_findings: FromClause
) -> FromClause:
    """Every obligation of the quarter as one table to select from, kept for this transaction.

    Columns: agency, form, name_en, name_hi, district, requested_at, received_at (of the first
    file),
    version, state, file_name, sha256, held (whether the newest file is locked out), late, on_time,
    not_requested, due_by, warnings
    (open ones that the agency can answer).
    """
    owing = _owing(connection, scope.quarter).cte("owing")
    sums = (
        select(
            told.c.agency,
            func.min(told.c.received_at).label("received_at"),
            func.max(told.c.version).label("version"),
            func.max(case((told.c.state == SubmissionState.ACCEPTED, told.c.version))).label(
                "accepted"
            ),
            func.max(case((told.c.state != SubmissionState.LOCKED_OUT, told.c.version))).label(
                "admitted"
            ),
            func.min(case((told.c.state.in_(REPORTED), told.c.received_at))).label("reported_at"),
        )
        .group_by(told.c.agency)
        .cte("sums")
    )
    newest, current = told.alias("newest"), told.alias("current")
    asked = (
        select(open_findings.c.agency, func.count().label("warnings"))
        .where(open_findings.c.severity == WARNING, open_findings.c.rule.not_in(scope.for_cpsa))
        .group_by(open_findings.c.agency)
        .cte("asked")
    )
    none = ObligationState.MISSING if scope.shut else ObligationState.EXPECTED
    state = func.coalesce(current.c.state, none.value)
    due_by, requested = _due_by(scope, owing.c.agency), _requested(scope, owing.c.agency)
    owed = select(
        owing,
        sums.c.received_at,
        func.coalesce(sums.c.version, 0).label("version"),
        state.label("state"),
        newest.c.file_name,
        newest.c.sha256,
        case((newest.c.state == SubmissionState.LOCKED_OUT, 1), else_=0).label("held"),
        case((and_(requested, sums.c.received_at >= due_by), 1), else_=0).label("late"),
        case((requested, 0), else_=1).label("not_requested"),
        due_by.label("due_by"),
        case((sums.c.reported_at.is_not(None), 1), else_=0).label("reported"),
        case((and_(requested, sums.c.reported_at < due_by), 1), else_=0).label("on_time"),
        func.coalesce(asked.c.warnings, 0).label("warnings"),
    ).select_from(
        owing.outerjoin(sums, sums.c.agency == owing.c.agency)
        .outerjoin(
            newest,
            and_(newest.c.agency == sums.c.agency, newest.c.version == sums.c.version),
        )
        .outerjoin(
            current,
            and_(
                current.c.agency == sums.c.agency,
                current.c.version == func.coalesce(sums.c.accepted, sums.c.admitted),
            ),
        )
        .outerjoin(asked, asked.c.agency == owing.c.agency)
    )
    return _kept(connection, "owed", owed)


def _due_by(scope: Scope, agency: ColumnElement) -> ColumnElement:
    """The due date of an agency: most have the same, so only the others are named."""
    groups: dict[datetime, list[str]] = {}
    for code, date in scope.due_dates.items():
        groups.setdefault(date.due_by, []).append(code)
    usual = max(groups, key=lambda due_by: len(groups[due_by]), default=scope.due)
    others = [
        (agency.in_(codes), literal(due_by, Instant))
        for due_by, codes in groups.items()
        if due_by != usual
    ]
    return case(*others, else_=literal(usual, Instant)) if others else literal(usual, Instant)


def _requested(scope: Scope, agency: ColumnElement) -> ColumnElement[bool]:
    """Whether a file of the agency can be late."""
    return agency.not_in([code for code, date in scope.due_dates.items() if not date.requested])


def _kept(connection: Connection, name: str, query: Select) -> FromClause:
    """A result that several statements of this transaction ask, worked out once.

    It is gone with the transaction, which only reads and so is rolled back.
    """
    into = query.into(name, temporary=True)
    connection.execute(into)
    return into.table


def totals(connection: Connection, owed: FromClause) -> Sequence[Row]:
    """How the obligations stand, by form and state: number, late, reported, on_time, warned, held."""
    sums = [
        func.sum(owed.c[name]).label(name)
        for name in ("late", "reported", "on_time", "not_requested", "warnings")
    ]
    warned = func.sum(case((owed.c.warnings > 0, 1), else_=0)).label("warned")
    held = func.sum(owed.c.held).label("held")
    return connection.execute(
        select(owed.c.form, owed.c.state, func.count().label("number"), *sums, warned, held)
        .group_by(owed.c.form, owed.c.state)
        .order_by(owed.c.form, owed.c.state)
    ).all()


def page(
    connection: Connection,
    owed: FromClause,
    wanted: Sequence[ColumnElement[bool]],
    order: Sequence[ColumnElement],
    offset: int,
    limit: int,
) -> Sequence[Row]:
    """A page of the obligations that are wanted; ``found`` is how many there are in all."""
    every: Select = select(owed, func.count().over().label("found")).where(*wanted)
    return connection.execute(every.order_by(*order).offset(offset).limit(limit)).all()


def forms_of_rules(
    connection: Connection, open_findings: FromClause, forms: Collection[str]
) -> dict[str, list[str]]:
    """The rules whose open findings are about all agencies of a form, with these forms."""
    found = open_findings.c
    rows = connection.execute(
        select(found.rule, found.agency)
        .where(found.agency.in_(forms))
        .distinct()
        .order_by(found.rule, found.agency)
    )
    by_rule: dict[str, list[str]] = {}
    for rule, form in rows:
        by_rule.setdefault(rule, []).append(form)
    return by_rule


def districts(connection: Connection) -> list[str]:
    """The districts of the registry as it holds now."""
    here = select(agency.c.district).where(agency.c.until.is_(None), agency.c.district != "")
    return sorted(connection.execute(here.distinct()).scalars())


def rules_open(connection: Connection, open_findings: FromClause) -> Sequence[Row]:
    """Open findings by rule and severity: number, agencies. Worst first."""
    found = open_findings.c
    number = func.count().label("number")
    return connection.execute(
        select(
            found.rule,
            found.severity,
            number,
            func.count(found.agency.distinct()).label("agencies"),
        )
        .group_by(found.rule, found.severity)
        .order_by(found.severity, number.desc(), found.rule)
    ).all()


def is_open(scope: Scope) -> ColumnElement[bool]:
    """Whether a finding is neither waived nor, where it is a warning, explained."""
    lasting = [
        and_(finding.c.rule == rule, explanation.c.quarter >= since)
        for rule, since in scope.lasting.items()
    ]
    same = explanation.c.observed == finding.c.observed
    if scope.lasting:
        same = and_(same, finding.c.rule.not_in(list(scope.lasting)))
    answered = exists().where(
        explanation.c.agency == finding.c.agency,
        explanation.c.rule == finding.c.rule,
        explanation.c.indicator == finding.c.indicator,
        explanation.c.dimension == finding.c.dimension,
        explanation.c.quarter <= finding.c.quarter,
        explanation.c.text != "",
        or_(same, *lasting),
    )
    return and_(finding.c.waived.is_(False), or_(finding.c.severity != WARNING, ~answered))


def rates(connection: Connection, periods: Collection[str]) -> Sequence[Row]:
    """What the newest closing of each of these quarters counted: expected, received, …"""
    newest = (
        select(func.max(closing.c.id))
        .where(closing.c.quarter.in_(periods))
        .group_by(closing.c.quarter)
    )
    counts = ("expected", "received", "accepted", "on_time")
    left_out = func.coalesce(func.sum(reporting.c.not_requested), 0).label("not_requested")
    sums = (func.sum(reporting.c[name]).label(name) for name in counts)
    return connection.execute(
        select(closing.c.quarter, *sums, left_out)
        .join(closing, closing.c.id == reporting.c.closing_id)
        .where(closing.c.id.in_(newest), closing.c.kind == ClosingKind.CLOSED)
        .group_by(closing.c.quarter)
        .order_by(closing.c.quarter)
    ).all()


def closed_at(connection: Connection, quarter: str) -> tuple[datetime, int] | None:
    """When a quarter was closed, and the version of its newest closing; None while it is open."""
    first = closings.first_closing(connection, quarter)
    newest = closings.newest_version(connection, quarter)
    return (first["closed_at"], newest["version"]) if first and newest else None


def mail(connection: Connection, cycles: Collection[str]) -> Sequence[Row]:
    """How many dispatches of each cycle stand in which state."""
    return connection.execute(
        select(dispatch.c.cycle, dispatch.c.state, func.count().label("number"))
        .where(dispatch.c.state.in_(list(State)), dispatch.c.cycle.in_(cycles))
        .group_by(dispatch.c.cycle, dispatch.c.state)
    ).all()


def document_counts(connection: Connection, periods: Collection[str]) -> Sequence[Row]:
    """How many documents of each kind a period has, each counted once whatever its editions."""
    every = (
        select(*(document.c[name] for name in KEY))
        .where(document.c.period.in_(periods))
        .distinct()
        .subquery()
    )
    return connection.execute(
        select(every.c.period, every.c.kind, func.count().label("number"))
        .group_by(every.c.period, every.c.kind)
        .order_by(every.c.period, every.c.kind)
    ).all()


def documents(
    connection: Connection,
    periods: Collection[str],
    subjects: Collection[str] | None = None,
    but: Collection[str] = (),
    limit: int = 400,
) -> Sequence[Row]:
    """The current edition of documents: of these subjects, or of all but those of some kinds.

    Columns: id, kind, period, subject, language, format, sha256, path, built_at.
    """
    wanted: list[ColumnElement[bool]] = [document.c.period.in_(periods)]
    if subjects is not None:
        wanted.append(document.c.subject.in_(subjects))
    if but:
        wanted.append(document.c.kind.not_in(but))
    shown = [document.c[name] for name in ("id", *KEY, "sha256", "path", "built_at")]
    return connection.execute(
        select(*shown)
        .where(document.c.id.in_(current_ids(*wanted)))
        .order_by(*(document.c[name] for name in KEY))
        .limit(limit)
    ).all()


def document_by_id(connection: Connection, id: int) -> Row | None:
    """One edition: kind, period, subject, language, format, sha256."""
    shown = [document.c[name] for name in (*KEY, "sha256")]
    return connection.execute(select(*shown).where(document.c.id == id)).one_or_none()


def document_by_digest(connection: Connection, sha256: str) -> Row | None:
    """The newest edition with these bytes, as ``document_by_id`` has it."""
    shown = [document.c[name] for name in (*KEY, "sha256")]
    found = select(*shown).where(document.c.sha256 == sha256).order_by(document.c.id.desc())
    return connection.execute(found.limit(1)).one_or_none()


def received_file(connection: Connection, agency: str, quarter: str, version: int) -> Row | None:
    """Digest and name of one file as it was received."""
    return connection.execute(
        select(submission.c.sha256, submission.c.file_name).where(
            submission.c.agency == agency,
            submission.c.quarter == quarter,
            submission.c.version == version,
        )
    ).one_or_none()


def decided() -> FromClause:
    """Every action with its newest decision; none yet is an awaited reply."""
    newest = select(func.max(decision.c.id)).where(decision.c.action == action.c.number)
    standing = func.coalesce(decision.c.decision, "reply_awaited").label("decision")
    return (
        select(action, standing, decision.c.decided_at, decision.c.remarks)
        .select_from(
            action.outerjoin(
                decision,
                decision.c.id == newest.correlate(action).scalar_subquery(),
            )
        )
        .subquery("decided")
    )


def actions_page(
    connection: Connection,
    periods: Collection[str],
    departments: Collection[str],
    offset: int,
    limit: int,
) -> Sequence[Row]:
    """A page of the actions asked in these quarters, of these departments or (none named) of all."""
    held = decided()
    wanted: list[ColumnElement[bool]] = [held.c.quarter.in_(periods)]
    if departments:
        wanted.append(held.c.department.in_(departments))
    return connection.execute(
        select(held, func.count().over().label("found"))
        .where(*wanted)
        .order_by(held.c.quarter, held.c.number)
        .offset(offset)
        .limit(limit)
    ).all()


def _owing(connection: Connection, quarter: str) -> Select:
    """Whose update is due: as recorded, or by the register where nobody was requested yet.

    By the register of the quarter: who has left it is due no longer.
    """
    first = closings.first_closing(connection, quarter)
    active = and_(
        is_held_at(agency, int(first["registry_load"])) if first else agency.c.until.is_(None),
        agency.c.active_from <= quarter,
        or_(agency.c.active_to == "", agency.c.active_to >= quarter),
    )
    named = (
        func.coalesce(agency.c.name_en, "").label("name_en"),
        func.coalesce(agency.c.name_hi, "").label("name_hi"),
        func.coalesce(agency.c.district, "").label("district"),
    )
    recorded = and_(obligation.c.quarter == quarter, obligation.c.withdrawn_at.is_(None))
    if connection.execute(select(literal(1)).where(recorded).limit(1)).first() is None:
        return select(
            agency.c.code.label("agency"),
            agency.c.form,
            *named,
            literal(None).label("requested_at"),
        ).where(active)
    return (
        select(
            obligation.c.agency,
            obligation.c.form,
            *named,
            obligation.c.requested_at,
        )
        .select_from(obligation.join(agency, agency.c.code == obligation.c.agency))
        .where(recorded, active)
    )
