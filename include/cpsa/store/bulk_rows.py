"""Many rows at once: what moves hundreds of thousands of figures into the store and out of it.

pandas is imported by the functions that make frames: everything imports the store, and much of it asks for
a few rows only, in a fraction of the time that it takes to import pandas.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Select, String, Table, cast, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import column, table

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T", int, str, tuple[int, str])
_SEPARATOR = "\x1f"  # in no text that people write
_BLANK = " "
_ROWS_AT_A_TIME = 50_000
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


def load_grouped_frame(connection: Connection, query: Select[*tuple[Any, ...]]) -> pd.DataFrame:
    """What a query finds, those of one value of the first column together, in no other order: for many rows to
    compute with.

    Columns of texts, which become categories, and of whole numbers; none of them is missing. The database
    hands out one list a column for each value of the first: where the lists repeat, as codes of figures
    do, each is read once.
    """
    import numpy as np
    import pandas as pd

    columns = list(query.subquery().c)
    first, *others = columns
    lists = [
        func.aggregate_strings(value, _SEPARATOR)
        if _is_text(value)
        else func.aggregate_strings(cast(value, String), _BLANK)
        for value in others
    ]
    rows = connection.execute(select(first, func.count(), *lists).group_by(first)).all()
    if not rows:
        return pd.DataFrame(columns=[value.name for value in columns], dtype=object)
    owners, counts, *parts = zip(*rows, strict=True)
    codes, uniques = pd.factorize(np.array(owners, dtype=object))
    of_row = np.repeat(codes, counts)
    found: dict[str, Any] = {
        first.name: pd.Categorical.from_codes(of_row, pd.Index(uniques, dtype=object))
        if _is_text(first)
        else uniques.astype("int64")[of_row]
    }
    for value, found_lists in zip(others, parts, strict=True):
        found[value.name] = (
            _decode_texts(found_lists)
            if _is_text(value)
            else np.fromstring(_BLANK.join(found_lists), dtype="int64", sep=_BLANK)
        )
    return pd.DataFrame(found)


def _decode_texts(lists: Sequence[str]) -> pd.Categorical:
    import numpy as np
    import pandas as pd

    numbers: dict[str, int] = {}
    codes = {
        joined: np.array(
            [numbers.setdefault(text, len(numbers)) for text in joined.split(_SEPARATOR)]
        )
        for joined in dict.fromkeys(lists)
    }
    every = np.concatenate([codes[joined] for joined in lists])
    return pd.Categorical.from_codes(every, pd.Index(list(numbers), dtype=object))


def load_compact_frame(connection: Connection, query: Select[*tuple[Any, ...]]) -> pd.DataFrame:
    """What a query finds, in little memory: for millions of rows whose texts repeat.

    Texts become categories, in the order of the texts, and whole numbers ``int64`` (``Int64`` in a column
    where some are missing). Rows are read some thousands at a time and freed.
    """
    import numpy as np
    import pandas as pd

    rows = connection.execute(query, execution_options={"yield_per": _ROWS_AT_A_TIME})
    names, types = list(rows.keys()), [value.type for value in query.selected_columns]
    known: list[dict[Any, int]] = [{None: -1} for _ in names]
    parts: list[list[Any]] = [[] for _ in names]
    for found in rows.partitions():
        for values, type_, codes, column_parts in zip(
            zip(*found, strict=True), types, known, parts, strict=True
        ):
            if isinstance(type_, String):
                for text in dict.fromkeys(values):
                    codes.setdefault(text, len(codes) - 1)
                smallest = np.min_scalar_type(-len(codes))
                part = np.fromiter(map(codes.__getitem__, values), smallest, len(values))
            else:
                part = pd.array(values, dtype="Int64" if None in values else type_.python_type)
            column_parts.append(part)
    columns = {}
    for name, type_, codes, column_parts in zip(names, types, known, parts, strict=True):
        columns[name] = (
            _make_categories(column_parts, list(codes)[1:])
            if isinstance(type_, String)
            else pd.concat(map(pd.Series, column_parts), ignore_index=True)
            if column_parts
            else pd.Series(dtype=type_.python_type)
        )
        column_parts.clear()
    return pd.DataFrame(columns, copy=False)


def _make_categories(parts: Sequence[Any], texts: Sequence[str]) -> pd.Categorical:
    """Codes of texts, as they were met, as a column of categories that are sorted as texts are."""
    import numpy as np
    import pandas as pd

    order = sorted(range(len(texts)), key=texts.__getitem__)
    places = np.empty(len(texts) + 1, dtype=np.min_scalar_type(-len(texts) - 1))
    places[order] = np.arange(len(texts))
    places[-1] = -1  # what is missing
    codes = np.concatenate([places[part] for part in parts]) if parts else places[:0]
    categories = pd.Index([texts[place] for place in order], dtype=object)
    return pd.Categorical.from_codes(codes, categories=categories, validate=False)


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
