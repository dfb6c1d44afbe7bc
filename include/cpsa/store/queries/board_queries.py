"""What the board reads from the store: one set-based statement for each table it shows.

What belongs here: statements that count or page over a whole quarter in the database. What must
not: the state of a submission (``examination_queries``), and the texts of a page.
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

from cpsa.store.queries import closing_queries, examination_queries, submission_queries
from cpsa.store.queries.document_queries import DOCUMENT_KEY, select_current_ids
from cpsa.store.queries.registry_queries import is_in_load
from cpsa.store.schema import Instant
from cpsa.store.tables.action_tables import action, decision
from cpsa.store.tables.closing_tables import ClosingKind, closing, reporting
from cpsa.store.tables.dispatch_tables import MailState, dispatch
from cpsa.store.tables.document_tables import document
from cpsa.store.tables.examination_tables import finding
from cpsa.store.tables.explanation_tables import explanation
from cpsa.store.tables.obligation_tables import obligation
from cpsa.store.tables.registry_tables import agency
from cpsa.store.tables.submission_tables import submission
from cpsa.submissions.due_date import DueDate
from cpsa.submissions.open_finding import WARNING
from cpsa.submissions.state import REPORTED, ObligationState, SubmissionState


@dataclass(frozen=True)
class BoardScope:
    """A quarter as the board shows it. ``due_dates``: of agencies with an obligation; ``due``: of all others;
    ``is_closed``: of the quarter; ``lasting``: for rules whose explanations last, the first quarter still valid;
    ``for_cpsa``: the rules that no agency can answer."""

    quarter: str
    due: datetime
    due_dates: Mapping[str, DueDate]
    is_closed: bool
    lasting: Mapping[str, str]
    for_cpsa: Collection[str] = ()


def disable_jit(connection: Connection) -> None:
    """For this transaction: PostgreSQL compiles no statement, which took longer than running it."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL jit = off")


def list_board_quarters(connection: Connection) -> list[str]:
    """The quarters of which there is anything to show, newest first."""
    return submission_queries.list_known_quarters(connection)[::-1]


def cache_submissions(connection: Connection, scope: BoardScope) -> FromClause:
    """Every submission of the quarter with its latest examination, kept for this transaction."""
    every = examination_queries.select_submissions(scope.quarter, scope.quarter)
    names = ("agency", "version", "received_at", "file_name", "sha256", "state", "examination_id")
    return _cache_result(
        connection, "examined_submission", select(*(every.c[name] for name in names))
    )


def cache_open_findings(
    connection: Connection, scope: BoardScope, submissions: FromClause
) -> FromClause:
    """The open findings of the quarter: of each current submission and of the newest closing.

    The rule of ``cpsa.submissions.open_finding`` as a statement. Columns: rule, severity, agency.
    """
    version = func.coalesce(
        func.max(case((submissions.c.state == SubmissionState.ACCEPTED, submissions.c.version))),
        func.max(case((submissions.c.state != SubmissionState.LOCKED_OUT, submissions.c.version))),
    )
    last = (
        select(submissions.c.agency, version.label("version"))
        .group_by(submissions.c.agency)
        .cte("last")
    )
    current = select(submissions.c.examination_id).join(
        last, and_(last.c.agency == submissions.c.agency, last.c.version == submissions.c.version)
    )
    newest = closing_queries.find_newest_closing_id(connection, scope.quarter)
    of_current = finding.c.examination_id.in_(current)
    at_closing = [] if newest is None else [finding.c.closing_id == newest]
    found = select(*(finding.c[name] for name in ("rule", "severity", "agency"))).where(
        finding.c.quarter == scope.quarter,
        or_(of_current, *at_closing),
        is_open(scope),
    )
    return _cache_result(connection, "open_finding", found)


def cache_obligations(
    connection: Connection, scope: BoardScope, submissions: FromClause, open_findings: FromClause
) -> FromClause:
    """Every obligation of the quarter as one table to select from, kept for this transaction.

    Columns: agency, form, name_en, name_hi, district, requested_at, received_at (of the first
    file),
    version, state, file_name, sha256, locked_out (of the newest file), late, on_time,
    not_requested, due_by, warnings
    (open ones that the agency can answer).
    """
    expected = _select_expected_agencies(connection, scope.quarter).cte("expected")
    sums = (
        select(
            submissions.c.agency,
            func.min(submissions.c.received_at).label("received_at"),
            func.max(submissions.c.version).label("version"),
            func.max(
                case((submissions.c.state == SubmissionState.ACCEPTED, submissions.c.version))
            ).label("accepted"),
            func.max(
                case((submissions.c.state != SubmissionState.LOCKED_OUT, submissions.c.version))
            ).label("admitted"),
            func.min(case((submissions.c.state.in_(REPORTED), submissions.c.received_at))).label(
                "reported_at"
            ),
        )
        .group_by(submissions.c.agency)
        .cte("sums")
    )
    newest, current = submissions.alias("newest"), submissions.alias("current")
    answerable = (
        select(open_findings.c.agency, func.count().label("warnings"))
        .where(open_findings.c.severity == WARNING, open_findings.c.rule.not_in(scope.for_cpsa))
        .group_by(open_findings.c.agency)
        .cte("answerable")
    )
    none = ObligationState.MISSING if scope.is_closed else ObligationState.EXPECTED
    state = func.coalesce(current.c.state, none.value)
    due_by, requested = (
        _select_due_by(scope, expected.c.agency),
        _is_requested(scope, expected.c.agency),
    )
    query = select(
        expected,
        sums.c.received_at,
        func.coalesce(sums.c.version, 0).label("version"),
        state.label("state"),
        newest.c.file_name,
        newest.c.sha256,
        case((newest.c.state == SubmissionState.LOCKED_OUT, 1), else_=0).label("locked_out"),
        case((and_(requested, sums.c.received_at >= due_by), 1), else_=0).label("late"),
        case((requested, 0), else_=1).label("not_requested"),
        due_by.label("due_by"),
        case((sums.c.reported_at.is_not(None), 1), else_=0).label("reported"),
        case((and_(requested, sums.c.reported_at < due_by), 1), else_=0).label("on_time"),
        func.coalesce(answerable.c.warnings, 0).label("warnings"),
    ).select_from(
        expected.outerjoin(sums, sums.c.agency == expected.c.agency)
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
        .outerjoin(answerable, answerable.c.agency == expected.c.agency)
    )
    return _cache_result(connection, "board_obligation", query)


def _select_due_by(scope: BoardScope, agency: ColumnElement) -> ColumnElement:
    """The due date of an agency: most have the same, so only the others are named."""
    groups: dict[datetime, list[str]] = {}
    for code, date in scope.due_dates.items():
        groups.setdefault(date.due_by, []).append(code)
    usual = max(groups, key=lambda due_by: len(groups[due_by]), default=scope.due)
    special_cases = [
        (agency.in_(codes), literal(due_by, Instant))
        for due_by, codes in groups.items()
        if due_by != usual
    ]
    return (
        case(*special_cases, else_=literal(usual, Instant))
        if special_cases
        else literal(usual, Instant)
    )


def _is_requested(scope: BoardScope, agency: ColumnElement) -> ColumnElement[bool]:
    """Whether a file of the agency can be late."""
    return agency.not_in([code for code, date in scope.due_dates.items() if not date.requested])


def _cache_result(connection: Connection, name: str, query: Select) -> FromClause:
    """A temporary table with a result that several statements of this transaction read.

    It is gone with the transaction, which only reads and so is rolled back.
    """
    into = query.into(name, temporary=True)
    connection.execute(into)
    return into.table


def count_obligations(connection: Connection, obligations: FromClause) -> Sequence[Row]:
    """The obligations by form and state: number, late, reported, on_time, warned, locked_out."""
    sums = [
        func.sum(obligations.c[name]).label(name)
        for name in ("late", "reported", "on_time", "not_requested", "warnings")
    ]
    warned = func.sum(case((obligations.c.warnings > 0, 1), else_=0)).label("warned")
    locked_out = func.sum(obligations.c.locked_out).label("locked_out")
    return connection.execute(
        select(
            obligations.c.form,
            obligations.c.state,
            func.count().label("number"),
            *sums,
            warned,
            locked_out,
        )
        .group_by(obligations.c.form, obligations.c.state)
        .order_by(obligations.c.form, obligations.c.state)
    ).all()


def load_obligations_page(
    connection: Connection,
    obligations: FromClause,
    conditions: Sequence[ColumnElement[bool]],
    order: Sequence[ColumnElement],
    offset: int,
    limit: int,
) -> Sequence[Row]:
    """A page of the obligations that are wanted; ``found`` is how many there are in all."""
    every: Select = select(obligations, func.count().over().label("found")).where(*conditions)
    return connection.execute(every.order_by(*order).offset(offset).limit(limit)).all()


def list_forms_by_rule(
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


def list_districts(connection: Connection) -> list[str]:
    """The districts of the registry as it holds now."""
    here = select(agency.c.district).where(agency.c.until.is_(None), agency.c.district != "")
    return sorted(connection.execute(here.distinct()).scalars())


def count_open_findings_by_rule(connection: Connection, open_findings: FromClause) -> Sequence[Row]:
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


def is_open(scope: BoardScope) -> ColumnElement[bool]:
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


def load_rates(connection: Connection, periods: Collection[str]) -> Sequence[Row]:
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


def find_closed_at(connection: Connection, quarter: str) -> tuple[datetime, int] | None:
    """When a quarter was closed, and the version of its newest closing; None while it is open."""
    first = closing_queries.find_first_closing(connection, quarter)
    newest = closing_queries.find_newest_version(connection, quarter)
    return (first["closed_at"], newest["version"]) if first and newest else None


def count_mails_by_cycle(connection: Connection, cycles: Collection[str]) -> Sequence[Row]:
    """The number of dispatches of each cycle in each state."""
    return connection.execute(
        select(dispatch.c.cycle, dispatch.c.state, func.count().label("number"))
        .where(dispatch.c.state.in_(list(MailState)), dispatch.c.cycle.in_(cycles))
        .group_by(dispatch.c.cycle, dispatch.c.state)
    ).all()


def count_documents(connection: Connection, periods: Collection[str]) -> Sequence[Row]:
    """How many documents of each kind a period has, each counted once whatever its editions."""
    every = (
        select(*(document.c[name] for name in DOCUMENT_KEY))
        .where(document.c.period.in_(periods))
        .distinct()
        .subquery()
    )
    return connection.execute(
        select(every.c.period, every.c.kind, func.count().label("number"))
        .group_by(every.c.period, every.c.kind)
        .order_by(every.c.period, every.c.kind)
    ).all()


def list_documents(
    connection: Connection,
    periods: Collection[str],
    subjects: Collection[str] | None = None,
    except_kinds: Collection[str] = (),
    limit: int = 400,
) -> Sequence[Row]:
    """The current edition of documents: of these subjects, or of all but those of some kinds.

    Columns: id, kind, period, subject, language, format, sha256, path, built_at.
    """
    wanted: list[ColumnElement[bool]] = [document.c.period.in_(periods)]
    if subjects is not None:
        wanted.append(document.c.subject.in_(subjects))
    if except_kinds:
        wanted.append(document.c.kind.not_in(except_kinds))
    shown = [document.c[name] for name in ("id", *DOCUMENT_KEY, "sha256", "path", "built_at")]
    return connection.execute(
        select(*shown)
        .where(document.c.id.in_(select_current_ids(*wanted)))
        .order_by(*(document.c[name] for name in DOCUMENT_KEY))
        .limit(limit)
    ).all()


def find_document(connection: Connection, id: int) -> Row | None:
    """One edition: kind, period, subject, language, format, sha256."""
    shown = [document.c[name] for name in (*DOCUMENT_KEY, "sha256")]
    return connection.execute(select(*shown).where(document.c.id == id)).one_or_none()


def find_document_by_digest(connection: Connection, sha256: str) -> Row | None:
    """The newest edition with these bytes, as ``document_by_id`` has it."""
    shown = [document.c[name] for name in (*DOCUMENT_KEY, "sha256")]
    found = select(*shown).where(document.c.sha256 == sha256).order_by(document.c.id.desc())
    return connection.execute(found.limit(1)).one_or_none()


def find_received_file(
    connection: Connection, agency: str, quarter: str, version: int
) -> Row | None:
    """Digest and name of one file as it was received."""
    return connection.execute(
        select(submission.c.sha256, submission.c.file_name).where(
            submission.c.agency == agency,
            submission.c.quarter == quarter,
            submission.c.version == version,
        )
    ).one_or_none()


def select_actions_with_decision() -> FromClause:
    """Every action with its newest decision; without one it is ``reply_awaited``."""
    newest = select(func.max(decision.c.id)).where(decision.c.action == action.c.number)
    newest_decision = func.coalesce(decision.c.decision, "reply_awaited").label("decision")
    return (
        select(action, newest_decision, decision.c.decided_at, decision.c.remarks)
        .select_from(
            action.outerjoin(
                decision,
                decision.c.id == newest.correlate(action).scalar_subquery(),
            )
        )
        .subquery("decided_action")
    )


def load_actions_page(
    connection: Connection,
    periods: Collection[str],
    departments: Collection[str],
    offset: int,
    limit: int,
) -> Sequence[Row]:
    """A page of the actions raised in these quarters, of these departments or (none named) of all."""
    actions = select_actions_with_decision()
    wanted: list[ColumnElement[bool]] = [actions.c.quarter.in_(periods)]
    if departments:
        wanted.append(actions.c.department.in_(departments))
    return connection.execute(
        select(actions, func.count().over().label("found"))
        .where(*wanted)
        .order_by(actions.c.quarter, actions.c.number)
        .offset(offset)
        .limit(limit)
    ).all()


def _select_expected_agencies(connection: Connection, quarter: str) -> Select:
    """Whose update is due: as recorded, or by the register where nobody was requested yet.

    By the register of the quarter: an agency that has left it is due no longer.
    """
    first = closing_queries.find_first_closing(connection, quarter)
    active = and_(
        is_in_load(agency, int(first["registry_load"])) if first else agency.c.until.is_(None),
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
