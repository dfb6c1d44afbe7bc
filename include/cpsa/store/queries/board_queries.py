"""What the board reads from the store: one set-based statement for each table it shows.

What belongs here: statements that count or page over a whole quarter in the database. What must
not: the state of a submission (``examination_queries``), and the texts of a page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    MetaData,
    Select,
    Table,
    Text,
    bindparam,
    func,
    insert,
    select,
)

from cpsa.store.named_sql import NO_LIMIT, bind_list, load_sql
from cpsa.store.queries import closing_queries, examination_queries, submission_queries
from cpsa.store.queries.document_queries import DOCUMENT_KEY, select_current_ids
from cpsa.store.schema import Instant
from cpsa.store.stored_row import StoredRow
from cpsa.store.tables.action_tables import action, decision
from cpsa.store.tables.dispatch_tables import MailState, dispatch
from cpsa.store.tables.document_tables import document
from cpsa.store.tables.registry_tables import agency
from cpsa.store.tables.submission_tables import submission
from cpsa.submissions.due_date import DueDate
from cpsa.submissions.state import ObligationState

# What the statements of the board read beside the tables of the store: filled for one transaction.
_temporary = MetaData()
_lasting_rule = Table(
    "lasting_rule",
    _temporary,
    Column("rule", Text, primary_key=True),
    Column("since", Text, nullable=False),
    prefixes=["TEMPORARY"],
)
_own_due_date = Table(
    "own_due_date",
    _temporary,
    Column("agency", Text, primary_key=True),
    Column("due_by", Instant, nullable=False),
    Column("requested", Integer, nullable=False),
    prefixes=["TEMPORARY"],
)
_OBLIGATION_COLUMNS: dict[str, Any] = {
    "agency": Text(),
    "form": Text(),
    "name_en": Text(),
    "name_hi": Text(),
    "district": Text(),
    "requested_at": Instant(),
    "received_at": Instant(),
    "version": Integer(),
    "state": Text(),
    "file_name": Text(),
    "sha256": Text(),
    "locked_out": Integer(),
    "late": Integer(),
    "not_requested": Integer(),
    "due_by": Instant(),
    "reported": Integer(),
    "on_time": Integer(),
    "warnings": Integer(),
}


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


def cache_open_findings(connection: Connection, scope: BoardScope) -> FromClause:
    """The open findings of the quarter: of each current submission and of the newest closing.

    To be called after ``cache_submissions``. Columns: rule, severity, agency.
    """
    _cache_rows(
        connection,
        _lasting_rule,
        [{"rule": rule, "since": since} for rule, since in scope.lasting.items()],
    )
    newest = closing_queries.find_newest_closing_id(connection, scope.quarter)
    statement = load_sql("board/list_open_findings").bindparams(
        bindparam("newest_closing", newest, BigInteger), quarter=scope.quarter
    )
    columns = dict.fromkeys(("rule", "severity", "agency"), Text())
    return _cache_result(
        connection, "open_finding", select(statement.columns(**columns).subquery())
    )


def cache_obligations(connection: Connection, scope: BoardScope) -> FromClause:
    """Every obligation of the quarter as one table to select from, kept for this transaction.

    To be called after ``cache_submissions`` and ``cache_open_findings``. Columns: agency, form,
    name_en, name_hi, district, requested_at, received_at (of the first file), version, state,
    file_name, sha256, locked_out (of the newest file), late, not_requested, due_by, reported, on_time,
    warnings (open ones that the agency can answer).
    """
    usual = _find_usual_due_by(scope)
    own = [
        {"agency": code, "due_by": date.due_by, "requested": int(date.requested)}
        for code, date in scope.due_dates.items()
        if date.due_by != usual or not date.requested
    ]
    _cache_rows(connection, _own_due_date, own)
    first = closing_queries.find_first_closing(connection, scope.quarter)
    none = ObligationState.MISSING if scope.is_closed else ObligationState.EXPECTED
    statement = load_sql("board/list_obligations").bindparams(
        bindparam("usual_due_by", usual, Instant),
        bind_list("rules_for_cpsa", scope.for_cpsa),
        quarter=scope.quarter,
        registry_load=int(first["registry_load"]) if first else NO_LIMIT,
        state_without_update=none.value,
    )
    query = select(statement.columns(**_OBLIGATION_COLUMNS).subquery())
    return _cache_result(connection, "board_obligation", query)


def _find_usual_due_by(scope: BoardScope) -> datetime:
    """The due date that most agencies have."""
    numbers = Counter(date.due_by for date in scope.due_dates.values())
    return max(numbers, key=lambda due_by: numbers[due_by], default=scope.due)


def _cache_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """A temporary table with these rows, gone with the transaction as ``_cache_result`` says."""
    table.create(connection, checkfirst=False)
    if rows:
        connection.execute(insert(table), rows)


def _cache_result(connection: Connection, name: str, query: Select[*tuple[Any, ...]]) -> FromClause:
    """A temporary table with a result that several statements of this transaction read.

    It is gone with the transaction, which only reads and so is rolled back.
    """
    into = query.into(name, temporary=True)
    connection.execute(into)
    return into.table


def count_obligations(connection: Connection) -> Sequence[StoredRow]:
    """The cached obligations by form and state: number, late, reported, on_time, warned, locked_out."""
    return connection.execute(load_sql("board/count_obligations")).all()


def load_obligations_page(
    connection: Connection,
    obligations: FromClause,
    conditions: Sequence[ColumnElement[bool]],
    order: Sequence[ColumnElement[Any]],
    offset: int,
    limit: int,
) -> Sequence[StoredRow]:
    """A page of the obligations that are wanted; ``found`` is how many there are in all."""
    every: Select[*tuple[Any, ...]] = select(obligations, func.count().over().label("found")).where(
        *conditions
    )
    return connection.execute(every.order_by(*order).offset(offset).limit(limit)).all()


def list_forms_by_rule(connection: Connection, forms: Collection[str]) -> dict[str, list[str]]:
    """The rules whose cached open findings are about all agencies of a form, with these forms."""
    statement = load_sql("board/list_forms_by_rule").bindparams(bind_list("forms", forms))
    by_rule: dict[str, list[str]] = {}
    for rule, form in connection.execute(statement):
        by_rule.setdefault(rule, []).append(form)
    return by_rule


def list_districts(connection: Connection) -> list[str]:
    """The districts of the registry as it holds now."""
    here = select(agency.c.district).where(agency.c.until.is_(None), agency.c.district != "")
    return sorted(connection.execute(here.distinct()).scalars())


def count_open_findings_by_rule(connection: Connection) -> Sequence[StoredRow]:
    """The cached open findings by rule and severity: number, agencies. Worst first."""
    return connection.execute(load_sql("board/count_open_findings")).all()


def load_rates(connection: Connection, periods: Collection[str]) -> Sequence[StoredRow]:
    """What the newest closing of each of these quarters counted: expected, received, …"""
    statement = load_sql("board/list_reporting_rates").bindparams(bind_list("quarters", periods))
    return connection.execute(statement).all()


def find_closed_at(connection: Connection, quarter: str) -> tuple[datetime, int] | None:
    """When a quarter was closed, and the version of its newest closing; None while it is open."""
    first = closing_queries.find_first_closing(connection, quarter)
    newest = closing_queries.find_newest_version(connection, quarter)
    return (first["closed_at"], newest["version"]) if first and newest else None


def count_mails_by_cycle(connection: Connection, cycles: Collection[str]) -> Sequence[StoredRow]:
    """The number of dispatches of each cycle in each state."""
    return connection.execute(
        select(dispatch.c.cycle, dispatch.c.state, func.count().label("number"))
        .where(dispatch.c.state.in_(list(MailState)), dispatch.c.cycle.in_(cycles))
        .group_by(dispatch.c.cycle, dispatch.c.state)
    ).all()


def count_documents(connection: Connection, periods: Collection[str]) -> Sequence[StoredRow]:
    """How many documents of each kind a period has, each counted once whatever its editions."""
    statement = load_sql("board/count_documents").bindparams(bind_list("periods", periods))
    return connection.execute(statement).all()


def list_documents(
    connection: Connection,
    periods: Collection[str],
    subjects: Collection[str] | None = None,
    except_kinds: Collection[str] = (),
    limit: int = 400,
) -> Sequence[StoredRow]:
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


def find_document(connection: Connection, id: int) -> StoredRow | None:
    """One edition: kind, period, subject, language, format, sha256."""
    shown = [document.c[name] for name in (*DOCUMENT_KEY, "sha256")]
    return connection.execute(select(*shown).where(document.c.id == id)).one_or_none()


def find_document_by_digest(connection: Connection, sha256: str) -> StoredRow | None:
    """The newest edition with these bytes, as ``document_by_id`` has it."""
    shown = [document.c[name] for name in (*DOCUMENT_KEY, "sha256")]
    found = select(*shown).where(document.c.sha256 == sha256).order_by(document.c.id.desc())
    return connection.execute(found.limit(1)).one_or_none()


def find_received_file(
    connection: Connection, agency: str, quarter: str, version: int
) -> StoredRow | None:
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
    columns = [*action.c, *(decision.c[name] for name in ("decision", "decided_at", "remarks"))]
    return load_sql("board/list_decided_actions").columns(*columns).subquery("decided_action")


def load_actions_page(
    connection: Connection,
    periods: Collection[str],
    departments: Collection[str],
    offset: int,
    limit: int,
) -> Sequence[StoredRow]:
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
