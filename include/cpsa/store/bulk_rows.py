"""Many rows at once: what moves hundreds of thousands of figures into the store and out of it.

pandas is imported by the functions that make frames: everything imports the store, and much of it asks for
a few rows only, in a fraction of the time that it takes to import pandas.
"""

from __future__ import annotations

import io
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Select, String, Table, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import column, table

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T", int, str)
_BATCH_SIZE = 900  # every database takes so many parameters


def add_values(
    connection: Connection, into: Table, names: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Add rows of Python values, in the order of ``names``: instants, JSON and truth values as well."""
    dialect = connection.dialect
    types = (into.c[name].type for name in names)
    binders = [kind.dialect_impl(dialect).bind_processor(dialect) for kind in types]
    if rows and any(binders):
        columns = (
            values if bind is None else map(bind, values)
            for bind, values in zip(binders, zip(*rows, strict=True), strict=True)
        )
        rows = list(zip(*columns, strict=True))
    add_rows(connection, into, names, rows)


def add_rows(
    connection: Connection, into: Table, names: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Add rows of values as the columns store them, such as an instant as its text: by COPY on
    PostgreSQL, by one prepared statement on SQLite. DBAPIError where the database refuses one."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        column_list = ", ".join(f'"{name}"' for name in names)
        _copy_rows(connection, f'COPY "{into.name}" ({column_list}) FROM STDIN', rows)
    else:
        plain = table(into.name, *(column(name) for name in names))
        statement = plain.insert().compile(dialect=connection.dialect)
        connection.exec_driver_sql(str(statement), list(rows))


def _copy_rows(connection: Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    driver: Any = connection.dialect.loaded_dbapi
    plain: Any = connection.connection
    try:
        with plain.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except driver.Error as error:  # COPY goes past SQLAlchemy, which gives errors one class
        raise DBAPIError.instance(
            statement, None, error, driver.Error, hide_parameters=True, dialect=connection.dialect
        ) from error


def reserve_ids(connection: Connection, into: Table, number: int) -> list[int]:
    """Return so many ids for rows that are added in this transaction, so that others can name them."""
    if connection.dialect.name == "postgresql":
        sequence = func.pg_get_serial_sequence(f'"{into.name}"', "id")
        each = func.generate_series(1, number).table_valued("place")
        return list(connection.execute(select(func.nextval(sequence)).select_from(each)).scalars())
    # Nobody else writes: SQLite has one writer at a time.
    last = connection.execute(select(func.coalesce(func.max(into.c.id), 0))).scalar_one()
    return list(range(last + 1, last + 1 + number))


def make_frame(rows: Iterable[Sequence[Any]], columns: Sequence[str]) -> pd.DataFrame:
    """A frame of these rows."""
    import pandas as pd

    return pd.DataFrame(map(tuple, rows), columns=list(columns))


def load_frame(connection: Connection, queries: Iterable[Select[*tuple[Any, ...]]]) -> pd.DataFrame:
    """What one query, or several of the same columns, find; columns of plain values.

    Each query's rows are freed before the next one's are read, and a repeated text is kept once:
    codes and keys of millions of figures would otherwise fill the memory.
    """
    import pandas as pd

    names: list[str] = []
    parts: list[pd.DataFrame] = []
    texts: dict[Any, Any] = {}
    for query in queries:
        rows = connection.execute(query)
        names = list(rows.keys())
        found = rows.cursor.fetchall()  # plain tuples, as the driver gives them
        if found:
            columns = (_intern_texts(values, texts) for values in zip(*found, strict=True))
            parts.append(pd.DataFrame(dict(zip(names, columns, strict=True))))
    if not parts:  # else pandas would call empty columns numbers, and keys are compared as text
        return pd.DataFrame(columns=names, dtype=object)
    return parts[0] if len(parts) == 1 else pd.concat(parts, ignore_index=True)


def load_frame_by_text(
    connection: Connection, queries: Iterable[Select[*tuple[Any, ...]]]
) -> pd.DataFrame:
    """The same, on PostgreSQL as one text of CSV a query, whose texts become categories: for many rows
    of texts and numbers to compute with, none of them missing."""
    if connection.dialect.name != "postgresql":
        return load_frame(connection, queries)
    import pandas as pd

    columns: list[ColumnElement[Any]] = []
    parts: list[str] = []
    for query in queries:
        columns = list(query.subquery().c)
        values = [
            func.concat('"', func.replace(value, '"', '""'), '"') if _is_text(value) else value
            for value in columns
        ]
        lines = func.string_agg(func.concat_ws(",", *values), "\n")
        if part := connection.execute(select(lines)).scalar():
            parts.append(part)
    names = [column.name for column in columns]
    if not parts:
        return pd.DataFrame(columns=names, dtype=object)
    types = {column.name: "category" for column in columns if _is_text(column)}
    content = io.StringIO("\n".join(parts))
    return pd.read_csv(content, header=None, names=names, dtype=types, na_filter=False)


def _is_text(value: ColumnElement[Any]) -> bool:
    return isinstance(value.type, String)


def _intern_texts(values: Sequence[Any], texts: dict[Any, Any]) -> Sequence[Any]:
    """The same values; those of a column of texts as they were first met."""
    if not isinstance(values[0], str):
        return values
    return list(map(texts.setdefault, values, values))


def split_into_batches(values: Collection[T]) -> list[list[T]]:
    """Values, sorted, in batches that every database takes as parameters; at least one batch."""
    ordered = sorted(set(values))
    return [
        ordered[start : start + _BATCH_SIZE] for start in range(0, len(ordered), _BATCH_SIZE)
    ] or [[]]
