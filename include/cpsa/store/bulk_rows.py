"""Many rows at once: what moves hundreds of thousands of figures into the store and out of it.

Values go in as the columns store them, in the order of ``names``; types of our own (instants) are
not for here.

pandas is imported by the functions that make frames: everything imports the store, and much of it asks for
a few rows only, in a fraction of the time that it takes to import pandas.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Connection, Select, Table
from sqlalchemy.sql import column, table

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T", int, str)
_BATCH_SIZE = 900  # every database takes so many parameters


def add_rows(
    connection: Connection, into: Table, names: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Add rows: by COPY on PostgreSQL, by one prepared statement on SQLite."""
    cursor = connection.connection.cursor()
    if connection.dialect.name == "postgresql":
        column_list = ", ".join(f'"{name}"' for name in names)
        with cursor.copy(f'COPY "{into.name}" ({column_list}) FROM STDIN') as copy:
            for row in rows:
                copy.write_row(row)
    else:
        plain = table(into.name, *(column(name) for name in names))
        statement = plain.insert().compile(dialect=connection.dialect)
        cursor.executemany(str(statement), rows)
    cursor.close()


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
