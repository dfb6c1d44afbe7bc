"""Statements that SQLite and PostgreSQL spell each in their own way."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from importlib import import_module
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Table,
    TableValuedAlias,
    any_,
    cast,
    column,
    func,
    select,
)


def insert_or_ignore(connection: Connection, table: Table) -> Any:
    """An insert that ignores rows whose key exists already."""
    dialect = import_module(f"sqlalchemy.dialects.{connection.dialect.name}")  # only that in use
    return dialect.insert(table).on_conflict_do_nothing()


def is_among(
    connection: Connection, column: ColumnElement[Any], values: Collection[Any]
) -> ColumnElement[bool]:
    """Whether a column has one of some values, of which there may be any number: they are one parameter."""
    if connection.dialect.name == "sqlite":
        listed = func.json_each(json.dumps(list(values))).table_valued("value")
        return column.in_(select(listed.c.value))
    from sqlalchemy.dialects.postgresql import ARRAY

    return column == any_(cast(list(values), ARRAY(column.type)))


def make_pairs(connection: Connection, pairs: Mapping[int, int]) -> TableValuedAlias:
    """Pairs of whole numbers to join with, columns ``key`` and ``value``; there may be any number of them."""
    if connection.dialect.name == "sqlite":
        return func.json_each(json.dumps(pairs)).table_valued(
            column("key", BigInteger), column("value", BigInteger)
        )
    from sqlalchemy.dialects.postgresql import ARRAY

    columns = (cast(list(part), ARRAY(BigInteger)) for part in (pairs.keys(), pairs.values()))
    return (
        func.unnest(*columns)
        .table_valued(column("key", BigInteger), column("value", BigInteger))
        .render_derived(name="pair")
    )
