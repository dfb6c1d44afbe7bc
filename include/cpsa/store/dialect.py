"""Statements that SQLite and PostgreSQL spell each in their own way."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

_INSERT: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def insert_or_ignore(connection: Connection, table: Table) -> Any:
    """An insert that ignores rows whose key exists already."""
    return _INSERT[connection.dialect.name](table).on_conflict_do_nothing()
