"""Rows of the tables that agencies fill in: those of accepted submissions, never changed, as facts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Connection, select, tuple_

from cpsa.store import bulk_rows
from cpsa.store.dialect import is_among
from cpsa.store.queries.examination_queries import SubmissionRecord
from cpsa.store.tables.submission_tables import table_row, table_value
from cpsa.submissions.table_rows import GivenTable, TableRow, TableValue

Tables = Mapping[str, Sequence[TableRow]]
"""The rows of each table, by its code, in their order."""


def add_tables(connection: Connection, given: Mapping[int, Collection[GivenTable]]) -> None:
    """Keep the usable rows of accepted submissions, by their ids; those of a submission that has some stay."""
    ids = [id_ for id_, tables in given.items() if tables]
    if not ids:
        return
    known = set(
        connection.execute(
            select(table_row.c.submission_id).where(
                is_among(connection, table_row.c.submission_id, ids)
            )
        ).scalars()
    )
    rows: list[tuple[object, ...]] = []
    values: list[tuple[object, ...]] = []
    for id_ in ids:
        for table in given[id_] if id_ not in known else ():
            for position, row in enumerate(table.rows):
                key = id_, table.code, position
                rows.append((*key, row.key, row.place))
                values += [
                    (*key, column, value.hundredths, value.text, value.place)
                    for column, value in row.values.items()
                ]
    bulk_rows.add_rows(connection, table_row, table_row.c.keys(), rows)
    bulk_rows.add_rows(connection, table_value, table_value.c.keys(), values)


def load_counting_tables(
    connection: Connection, accepted: Sequence[SubmissionRecord]
) -> dict[str, Tables]:
    """The rows that count, by agency: of each table those of the newest submission that gave it.

    ``accepted``: every accepted version of the quarters to look at, oldest first.
    """
    agencies = {row.id: row.agency for row in accepted}
    given: dict[int, list[str]] = {}
    for id_, code in list_given_tables(connection, list(agencies)):
        given.setdefault(id_, []).append(code)
    newest = {
        (agency, code): id_ for id_, agency in agencies.items() for code in given.get(id_, ())
    }
    found: dict[str, dict[str, Sequence[TableRow]]] = {}
    for (id_, code), rows in load_tables(
        connection, [(id_, code) for (_, code), id_ in newest.items()]
    ).items():
        found.setdefault(agencies[id_], {})[code] = rows
    return dict(found)


def list_given_tables(connection: Connection, ids: Collection[int]) -> list[tuple[int, str]]:
    """The tables of which these submissions gave rows, by submission and table."""
    query = select(table_row.c.submission_id, table_row.c.table_code).distinct()
    own = query.where(is_among(connection, table_row.c.submission_id, ids))
    return [(id_, code) for id_, code in connection.execute(own)]


def load_tables(
    connection: Connection, wanted: Collection[tuple[int, str]]
) -> dict[tuple[int, str], list[TableRow]]:
    """The rows of these tables, by submission and table, in their order."""
    found: dict[tuple[int, str], list[TableRow]] = {}
    if not wanted:
        return found
    for batch in bulk_rows.split_into_batches(wanted):
        rows = select(table_row).where(
            tuple_(table_row.c.submission_id, table_row.c.table_code).in_(batch)
        )
        key = [table_row.c.submission_id, table_row.c.table_code, table_row.c.position]
        values = _load_values(connection, batch)
        for row in connection.execute(rows.order_by(*key)):
            own = values.get((row.submission_id, row.table_code, row.position), {})
            given = found.setdefault((row.submission_id, row.table_code), [])
            given.append(TableRow(row.row_key, row.place, own))
    return found


def _load_values(
    connection: Connection, wanted: Collection[tuple[int, str]]
) -> dict[tuple[int, str, int], dict[str, TableValue]]:
    """The values of these tables, by submission, table and position, then by column."""
    found: dict[tuple[int, str, int], dict[str, TableValue]] = {}
    query = select(table_value).where(
        tuple_(table_value.c.submission_id, table_value.c.table_code).in_(wanted)
    )
    for value in connection.execute(query):
        own = found.setdefault((value.submission_id, value.table_code, value.position), {})
        own[value.column_code] = TableValue(value.hundredths, value.value, value.place)
    return found
