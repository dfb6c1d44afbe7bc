"""Loading the registry and reading it as of a load."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    and_,
    func,
    insert,
    or_,
    select,
    update,
)

from cpsa.errors import RequestError
from cpsa.registry.active_quarters import ActiveQuarters
from cpsa.registry.agency_register import AgencyRegister, Registry
from cpsa.registry.cluster_register import set_figure_types
from cpsa.store import bulk_rows
from cpsa.store.dialect import is_among
from cpsa.store.queries import closing_queries
from cpsa.store.tables import registry_tables
from cpsa.store.tables.action_tables import action
from cpsa.store.tables.closing_tables import score
from cpsa.store.tables.dispatch_tables import dispatch
from cpsa.store.tables.entry_tables import entry
from cpsa.store.tables.obligation_tables import obligation
from cpsa.store.tables.submission_tables import submission

if TYPE_CHECKING:
    import pandas as pd

_TABLES: dict[str, Table] = {
    "agencies": registry_tables.agency,
    "targets": registry_tables.target,
    "baselines": registry_tables.baseline,
    "weights": registry_tables.weight,
    "recipients": registry_tables.recipient,
    "clusters": registry_tables.cluster,
    "cluster_agencies": registry_tables.cluster_agency,
}
BY_AGENCY = ("agencies", "targets", "baselines", "weights")
_LARGE_TABLES = (registry_tables.target, registry_tables.weight)  # their texts become categories
_OWN_COLUMNS = {"id", "position", "since", "until"}


def save_registry(connection: Connection, registry: Registry, now: datetime) -> int:
    """Make this the registry from now on; the number of rows that changed (0: nothing did)."""
    newest = find_newest_load(connection)
    after = 0 if newest is None else newest + 1
    changes = [
        (table, *_find_changes(connection, table, frame))
        for table, frame in zip(_TABLES.values(), registry.frames().values(), strict=True)
    ]
    changed = sum(len(gone) + len(new) for _, gone, new in changes)
    if changed == 0 and newest is not None:
        return 0
    connection.execute(
        insert(registry_tables.registry_load).values(id=after, loaded_at=now, changed_rows=changed)
    )
    for table, gone, new in changes:
        for part in range(0, len(gone), 500):
            ids = gone[part : part + 500]
            connection.execute(update(table).where(table.c.id.in_(ids)).values(until=after))
        if new:
            names = ["since", *new[0]]
            bulk_rows.add_rows(connection, table, names, [(after, *row.values()) for row in new])
    return changed


def list_frame_columns(name: str) -> list[str]:
    """The columns of one of the registry's frames."""
    return [column.name for column in _TABLES[name].c if column.name not in _OWN_COLUMNS]


def find_newest_load(connection: Connection) -> int | None:
    return connection.execute(select(func.max(registry_tables.registry_load.c.id))).scalar()


def find_load_of_quarter(connection: Connection, quarter: str) -> int:
    """The load of the register of a quarter: that of its closing, the newest while it is open.

    RequestError when no registry was loaded yet.
    """
    first = closing_queries.find_first_closing(connection, quarter)
    return require_load(connection) if first is None else int(first["registry_load"])


def load_added_at(connection: Connection) -> dict[str, datetime]:
    """When each agency was first in the registry."""
    load = registry_tables.registry_load
    first = (
        select(registry_tables.agency.c.code, func.min(load.c.loaded_at))
        .join(load, load.c.id == registry_tables.agency.c.since)
        .group_by(registry_tables.agency.c.code)
    )
    return {agency: loaded_at for agency, loaded_at in connection.execute(first)}


def require_load(connection: Connection) -> int:
    """The newest load; RequestError when no registry was loaded yet."""
    if (load_id := find_newest_load(connection)) is None:
        raise RequestError("store.no_registry")
    return load_id


def load_registry_at(connection: Connection, load_id: int | None = None) -> Registry:
    """The registry as of a load, the newest by default; RequestError when there is none."""
    if load_id is None:
        load_id = require_load(connection)
    return Registry(
        **{name: _load_frame(connection, table, load_id) for name, table in _TABLES.items()}
    )


def load_register(connection: Connection, load_id: int) -> AgencyRegister:
    """The register: agencies and recipients as of a load."""
    return AgencyRegister(
        **{
            name: _load_frame(connection, _TABLES[name], load_id)
            for name in ("agencies", "recipients")
        }
    )


def load_forms(connection: Connection, load_id: int, quarter: str) -> dict[str, str]:
    """What ``AgencyRegister.forms_in`` returns, as of a load, for a caller that needs no more of it."""
    agency = registry_tables.agency
    query = (
        select(agency.c.code, agency.c.form, agency.c.active_from, agency.c.active_to)
        .where(is_in_load(agency, load_id))
        .order_by(agency.c.position)
    )
    return {
        row.code: row.form
        for row in connection.execute(query)
        if quarter in ActiveQuarters(row.active_from, row.active_to)
    }


def has_changed_between(connection: Connection, name: str, older: int, newer: int) -> bool:
    """Whether one of the registry's frames is another at a later load than at an earlier one."""
    table = _TABLES[name]
    changed = [column.between(older + 1, newer) for column in (table.c.since, table.c.until)]
    return connection.execute(select(table.c.id).where(or_(*changed)).limit(1)).first() is not None


def load_clusters(connection: Connection, load_id: int) -> pd.DataFrame:
    """The clusters as of a load, for a caller that needs no more of the registry."""
    return _load_frame(connection, registry_tables.cluster, load_id)


def load_rows_of_agencies(
    connection: Connection, name: str, load_id: int, agencies: Collection[str]
) -> pd.DataFrame:
    """Targets, weights or baselines of these agencies as of a load."""
    table = _TABLES[name]
    query = _select_rows(table, load_id).where(is_among(connection, table.c.agency, agencies))
    return bulk_rows.load_frame(connection, [query])


def load_targets(connection: Connection, load_id: int, agencies: Collection[str]) -> pd.DataFrame:
    """Targets of these agencies as of a load, to compute with: agency, indicator, quarter, hundredths."""
    own = registry_tables.target.c
    query = select(own.agency, own.indicator, own.quarter, own.hundredths).where(
        is_in_load(registry_tables.target, load_id), is_among(connection, own.agency, agencies)
    )
    frame = bulk_rows.load_grouped_frame(connection, query)
    return frame.astype({"hundredths": "int64"})


def list_agencies_with_history(connection: Connection, codes: Collection[str]) -> set[str]:
    """Those of these agencies of which the store knows more than their registration."""
    columns = (
        obligation.c.agency,
        submission.c.agency,
        entry.c.agency,
        score.c.agency,
        dispatch.c.recipient,
    )
    found = (
        connection.execute(
            select(column).where(is_among(connection, column, codes)).distinct()
        ).scalars()
        for column in columns
    )
    return {code for codes in found for code in codes}


def list_departments_with_history(connection: Connection, codes: Collection[str]) -> set[str]:
    """Those of these departments that have actions or mails."""
    found = set()
    for code in codes:
        tables = (
            select(action.c.number).where(action.c.department == code),
            select(dispatch.c.id).where(dispatch.c.recipient.startswith(f"{code}:")),
        )
        if any(connection.execute(query.limit(1)).first() for query in tables):
            found.add(code)
    return found


def find_former_departments(connection: Connection, address: str) -> set[str]:
    """The departments that any registry load ever had an address for; none for a blank one."""
    if not address.strip():
        return set()
    seat = registry_tables.recipient
    found = select(seat.c.department).where(
        func.lower(func.trim(seat.c.email)) == address.strip().casefold()
    )
    return set(connection.execute(found.distinct()).scalars())


def is_in_load(table: Table, load_id: int) -> ColumnElement[bool]:
    """Whether a row of one of the registry's tables is in the registry of a load."""
    return and_(table.c.since <= load_id, or_(table.c.until.is_(None), table.c.until > load_id))


def _load_frame(connection: Connection, table: Table, load_id: int) -> pd.DataFrame:
    query = _select_rows(table, load_id)
    if table in _LARGE_TABLES:
        return bulk_rows.load_compact_frame(connection, query)
    frame = bulk_rows.load_frame(connection, [query])
    return set_figure_types(frame) if table is registry_tables.cluster else frame


def _select_rows(table: Table, load_id: int) -> Select[*tuple[Any, ...]]:
    """A table's rows as of a load, in the file's order."""
    own = [column for column in table.c if column.name not in _OWN_COLUMNS]
    return select(*own).where(is_in_load(table, load_id)).order_by(table.c.position)


def _find_changes(
    connection: Connection, table: Table, frame: pd.DataFrame
) -> tuple[list[int], list[dict[str, object]]]:
    """Ids of rows that are not current any more, and new rows; order is part of a row."""
    names = [column.name for column in table.c if column.name not in _OWN_COLUMNS]
    columns = [table.c.id, table.c.position, *(table.c[name] for name in names)]
    current = connection.execute(select(*columns).where(table.c.until.is_(None)))
    ids = {tuple(row[1:]): row[0] for row in current}
    new = []
    plain = frame[names].astype(object).where(frame[names].notna(), None)
    for position, values in enumerate(plain.itertuples(index=False, name=None)):
        if ids.pop((position, *values), None) is None:
            new.append({"position": position, **dict(zip(names, values, strict=True))})
    return list(ids.values()), new
