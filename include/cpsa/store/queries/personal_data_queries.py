"""Names and addresses of people in the store: which rows have them, and blanking them.

What must not go here: who has left, and after how many years (``blank_personal_data``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Table,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
    update,
)

from cpsa.store import bulk_rows
from cpsa.store.queries.retention_queries import SETTLED_STATES
from cpsa.store.schema import BLANKED
from cpsa.store.stored_row import StoredRow
from cpsa.store.tables.action_tables import action_report, decision
from cpsa.store.tables.audit_tables import audit
from cpsa.store.tables.awaiting_arrival_tables import arrival_settlement, awaiting_arrival
from cpsa.store.tables.closing_tables import closing
from cpsa.store.tables.cluster_decision_tables import cluster_decision
from cpsa.store.tables.department_reply_tables import department_reply
from cpsa.store.tables.dispatch_tables import dispatch, dispatch_event
from cpsa.store.tables.exception_tables import lock_exception, waiver
from cpsa.store.tables.figure_query_tables import figure_query, figure_query_withdrawal
from cpsa.store.tables.obligation_tables import obligation
from cpsa.store.tables.publication_tables import no_revision
from cpsa.store.tables.quarter_tables import extension, programme_setting, quarter_opening
from cpsa.store.tables.registry_tables import agency, recipient, registry_load
from cpsa.store.tables.submission_tables import signing_officer, submission

_SHELL = "cli:"  # a worker's name begins so where a person sends by a command
# Who of CPSA's staff did something, and when.
_STAFF_ACTS: tuple[tuple[Column[str], ColumnElement[datetime]], ...] = (
    (action_report.c.recorded_by, action_report.c.recorded_at),
    (arrival_settlement.c.settled_by, arrival_settlement.c.settled_at),
    (audit.c.who, audit.c.at),
    (closing.c.closed_by, closing.c.closed_at),
    (cluster_decision.c.decided_by, cluster_decision.c.decided_at),
    (decision.c.recorded_by, decision.c.recorded_at),
    (department_reply.c.settled_by, department_reply.c.settled_at),
    (extension.c.given_by, extension.c.given_at),
    (figure_query.c.asked_by, figure_query.c.asked_at),
    (figure_query_withdrawal.c.withdrawn_by, figure_query_withdrawal.c.withdrawn_at),
    (lock_exception.c.given_by, lock_exception.c.given_at),
    (no_revision.c.recorded_by, no_revision.c.recorded_at),
    (obligation.c.requested_by, func.coalesce(obligation.c.requested_at, obligation.c.recorded_at)),
    (programme_setting.c.set_by, programme_setting.c.set_at),
    (quarter_opening.c.opened_by, quarter_opening.c.opened_at),
    (waiver.c.given_by, waiver.c.given_at),
    (dispatch_event.c.worker, dispatch_event.c.at),
)
# What may stand there in place of a person: an agency, a department, a channel.
_NO_PERSONS = (agency.c.code, recipient.c.department, action_report.c.channel)
# Columns that are blanked in rows which never change otherwise, by table.
PERSONAL_COLUMNS: dict[str, set[str]] = {
    "agency": {"email"},
    "recipient": {"name", "email"},
    "awaiting_arrival": {"sender"},
    "signing_officer": {"name"},
    "dispatch_event": {"detail"},
}
for _column, _ in _STAFF_ACTS:
    PERSONAL_COLUMNS.setdefault(_column.table.name, set()).add(_column.name)
_ALL_OF_A_MAIL = ("to_name", "to_email", "html", "text", "detail")


@dataclass(frozen=True)
class Blanking:
    """Columns of a table to blank in the rows where ``key`` has one of these values."""

    table: Table
    columns: tuple[str, ...]
    key: str
    values: Collection[Any]
    condition: ColumnElement[bool] = field(default_factory=true)

    def split(self) -> Iterator[Blanking]:
        """The same in batches that every database takes."""
        for batch in bulk_rows.split_into_batches(self.values) if self.values else []:
            yield replace(self, values=batch)

    @property
    def where(self) -> ColumnElement[bool]:
        """The rows in which anything is not blank yet."""
        filled = or_(*(_is_filled(self.table.c[name]) for name in self.columns))
        return and_(self.table.c[self.key].in_(self.values), self.condition, filled)


def count_rows_to_blank(connection: Connection, blanking: Blanking) -> int:
    query = select(func.count()).select_from(blanking.table).where(blanking.where)
    return connection.execute(query).scalar_one()


def blank_rows(connection: Connection, blanking: Blanking) -> int:
    """Blank what is in these columns; the number of rows that had anything."""
    columns = (blanking.table.c[name] for name in blanking.columns)
    values = {column: case((_is_filled(column), BLANKED), else_=column) for column in columns}
    return connection.execute(update(blanking.table).where(blanking.where).values(values)).rowcount


def list_contacts(connection: Connection) -> Sequence[StoredRow]:
    """Each name and address of the registry in each of its rows: source (``recipient.name``), id,
    value, and ``ended_at``, when a load ended the row; None while it is valid."""
    parts = [
        select(
            literal(f"{table.name}.{name}").label("source"),
            table.c.id,
            table.c[name].label("value"),
            registry_load.c.loaded_at.label("ended_at"),
        ).outerjoin(registry_load, registry_load.c.id == table.c.until)
        for table, name in ((agency, "email"), (recipient, "email"), (recipient, "name"))
    ]
    return connection.execute(union_all(*parts)).all()


def find_ended_agencies(connection: Connection) -> dict[str, datetime]:
    """Agencies that are no longer in the registry, with the load that ended them."""
    ended = func.max(registry_load.c.loaded_at, type_=registry_load.c.loaded_at.type)
    valid = select(agency.c.code).where(agency.c.until.is_(None))
    query = (
        select(agency.c.code, ended)
        .join(registry_load, registry_load.c.id == agency.c.until)
        .where(agency.c.code.not_in(valid))
        .group_by(agency.c.code)
    )
    return {code: at for code, at in connection.execute(query)}


def list_signatures(connection: Connection) -> Sequence[StoredRow]:
    """Who signed which update: id of the submission, agency, quarter, name, received_at; by agency,
    oldest first."""
    return connection.execute(
        select(submission.c.id, submission.c.agency, submission.c.quarter)
        .add_columns(signing_officer.c.name, submission.c.received_at)
        .join(signing_officer, signing_officer.c.submission_id == submission.c.id)
        .where(func.coalesce(signing_officer.c.name, "") != "")
        .order_by(submission.c.agency, submission.c.received_at, submission.c.id)
    ).all()


def list_settled_mails(connection: Connection, before: datetime) -> Sequence[StoredRow]:
    """Mails that were settled before an instant and are not blanked: id, to_name, to_email."""
    return connection.execute(
        select(dispatch.c.id, dispatch.c.to_name, dispatch.c.to_email).where(
            _is_settled(before), dispatch.c.to_email != BLANKED
        )
    ).all()


def list_settled_letters(
    connection: Connection, before: datetime, quarters: Collection[tuple[str, str]]
) -> set[int]:
    """The letters to agencies about quarters (agency, quarter) that were settled before an instant."""
    found = connection.execute(
        select(dispatch.c.id, dispatch.c.recipient, dispatch.c.cycle).where(
            _is_settled(before), dispatch.c.html != BLANKED
        )
    )
    return {id for id, agency, quarter in found if (agency, quarter) in quarters}


def list_settled_senders(connection: Connection, before: datetime) -> Sequence[StoredRow]:
    """Senders of arrivals whose wait was settled before an instant: id, sender."""
    settled = select(arrival_settlement.c.awaiting_id).where(
        arrival_settlement.c.settled_at < before
    )
    return connection.execute(
        select(awaiting_arrival.c.id, awaiting_arrival.c.sender).where(
            awaiting_arrival.c.id.in_(settled), awaiting_arrival.c.sender != BLANKED
        )
    ).all()


def list_staff_before(connection: Connection, before: datetime) -> set[str]:
    """Persons of whom the store has acts, all before an instant. Workers are none, but for those who
    send by a command."""
    last: dict[str, datetime] = {}
    for who, at in _STAFF_ACTS:
        newest = func.max(at, type_=audit.c.at.type)
        query = select(who, newest).where(func.coalesce(who, "").not_in(("", BLANKED)))
        if who is dispatch_event.c.worker:
            query = query.where(who.startswith(_SHELL))
        for name, acted_at in connection.execute(query.group_by(who)):
            person = name.removeprefix(_SHELL)
            last[person] = max(acted_at, last.get(person, acted_at))
    no_persons = (connection.execute(select(column)).scalars() for column in _NO_PERSONS)
    return {name for name, at in last.items() if at < before}.difference(*no_persons)


def list_staff_blankings(names: Collection[str]) -> list[Blanking]:
    """Blank these persons wherever they did something."""
    columns = (*(who for who, _ in _STAFF_ACTS), dispatch.c.worker)
    values = {*names, *(f"{_SHELL}{name}" for name in names)}
    return [Blanking(who.table, (who.name,), who.name, values) for who in columns]


def list_mail_blankings(
    mails: Collection[int], letters: Collection[int], before: datetime
) -> list[Blanking]:
    """Blank mails whole, of letters only their words; the journal first, whose mails these are."""
    settled = _is_settled(before)
    return [
        Blanking(dispatch_event, ("detail",), "dispatch", mails),
        Blanking(dispatch, _ALL_OF_A_MAIL, "id", mails, settled),
        Blanking(dispatch, ("html", "text"), "id", letters, settled),
    ]


def _is_settled(before: datetime) -> ColumnElement[bool]:
    return and_(dispatch.c.state.in_(SETTLED_STATES), dispatch.c.changed_at < before)


def _is_filled(column: ColumnElement[str]) -> ColumnElement[bool]:
    return func.coalesce(column, "").not_in(("", BLANKED))
