"""The whole store as plain rows, to transfer it from one database to another; derived tables are left out.

What belongs here: reading every table in one fixed order, the same on every database, and putting
such rows into an empty store. What must not: files, and the form in which rows travel
(``transfer_archive``).

A row is a list of JSON values, in the order of its table's columns: whole numbers, floats,
truth values, texts, none. Instants stay the text they are kept as; a JSON column stays its text,
so that its null and an absent value remain two things.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Connection,
    Table,
    Text,
    cast,
    collate,
    func,
    literal,
    select,
    text,
    type_coerce,
)
from sqlalchemy.exc import DBAPIError, OperationalError

import cpsa.store.tables  # noqa: F401  (fills the metadata)
from cpsa.errors import RequestError
from cpsa.store import bulk_rows, database
from cpsa.store.schema import DERIVED, Instant, metadata

# Who is referred to comes first. Derived tables are made again.
TABLES: Sequence[Table] = [table for table in metadata.sorted_tables if not table.info.get(DERIVED)]
_BATCH_SIZE = 5_000  # rows in memory at a time


def read_schema_revision(connection: Connection) -> str:
    """The version of the schema that the database has."""
    return str(database.find_revision(connection))


# For PostgreSQL alone. Numbers of transactions are the server's, and it may have other databases. The
# snapshot lists only those that began before the last one that ended; the sessions show the others.
_COUNT_OTHER_WRITERS = text(
    """
    SELECT count(*)
    FROM pg_snapshot_xip(pg_current_snapshot()) AS running (id)
    FULL JOIN pg_stat_activity AS session ON session.backend_xid = running.id::xid
    WHERE session.pid IS NULL
        OR session.backend_xid IS NOT NULL
        AND session.datname = current_database()
        AND session.pid <> pg_backend_pid()
    """
)


def has_no_other_writer(connection: Connection) -> bool:
    """Whether no other transaction of this database is writing that may still commit rows of lower numbers.

    One that the server no longer shows may have been of this database, and counts.
    """
    if connection.dialect.name != "postgresql":
        return True  # SQLite has one writer at a time, which numbers in its order
    return not connection.execute(_COUNT_OTHER_WRITERS).scalar_one()


def find_table(name: str) -> Table:
    return metadata.tables[name]


def list_table_columns(table: Table) -> list[str]:
    return [column.name for column in table.columns]


def list_filled_tables(connection: Connection) -> list[str]:
    """The tables that have any rows."""
    return [
        table.name
        for table in TABLES
        if connection.execute(select(literal(1)).select_from(table).limit(1)).first()
    ]


def load_table_rows(connection: Connection, table: Table) -> Iterator[Sequence[Any]]:
    """Every row, ordered by its key as bytes order, whatever the database's language."""
    statement = select(*(_cast_to_plain(column) for column in table.columns)).order_by(
        *(_order_by_bytes(connection, column) for column in table.primary_key)
    )
    # On PostgreSQL a cursor of the server, so that a country's figures need not fit in memory.
    found = connection.execute(statement, execution_options={"yield_per": _BATCH_SIZE})
    for row in found:
        yield tuple(row)


def add_table_rows(connection: Connection, table: Table, rows: Iterable[Sequence[Any]]) -> int:
    """Put rows into a table; how many. RequestError when the database cannot store one of them."""
    names, batch, count = list_table_columns(table), [], 0
    for row in rows:
        batch.append(tuple(row))
        if len(batch) == _BATCH_SIZE:
            count += _add_batch(connection, table, names, batch)
            batch = []
    return count + _add_batch(connection, table, names, batch)


def reset_sequences(connection: Connection) -> None:
    """Let PostgreSQL number further rows after those that were put in with their numbers."""
    if connection.dialect.name != "postgresql":
        return  # SQLite goes on from the largest by itself
    for table in TABLES:
        number = table.autoincrement_column
        if number is None:
            continue
        sequence = func.pg_get_serial_sequence(f'"{table.name}"', number.name)
        following = select(func.max(number) + 1).scalar_subquery()
        # Without rows it stays where it is.
        set_to = func.setval(sequence, following, False)  # noqa: FBT003 (an SQL function)
        connection.execute(select(set_to).where(following.is_not(None)))


def _add_batch(
    connection: Connection, table: Table, names: Sequence[str], batch: Sequence[tuple[Any, ...]]
) -> int:
    try:
        bulk_rows.add_rows(connection, table, names, batch)
    except OperationalError as error:
        raise RequestError("store.unreachable", detail=_first_line(error.orig)) from error
    except DBAPIError as error:
        detail = _first_line(error.orig)
        raise RequestError("portable.row", table=table.name, detail=detail) from error
    except (ValueError, OverflowError) as error:
        raise RequestError("portable.row", table=table.name, detail=_first_line(error)) from error
    return len(batch)


def _first_line(error: BaseException | None) -> str:
    return str(error).splitlines()[0]


def _cast_to_plain(column: Column[Any]) -> ColumnElement[Any]:
    """A column without what Python would make of it."""
    if isinstance(column.type, JSON):
        return cast(column, Text)
    return type_coerce(column, Text) if isinstance(column.type, Instant) else column


def _order_by_bytes(connection: Connection, column: Column[Any]) -> ColumnElement[Any]:
    if connection.dialect.name == "postgresql" and isinstance(column.type, Text):
        return collate(column, "C")
    return column  # SQLite compares bytes by default
