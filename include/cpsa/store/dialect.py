"""Statements that SQLite and PostgreSQL spell each in their own way."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from sqlalchemy import Connection, Table


def insert_or_ignore(connection: Connection, table: Table) -> Any:
    """An insert that ignores rows whose key exists already."""
    dialect = import_module(f"sqlalchemy.dialects.{connection.dialect.name}")  # only that in use
    return dialect.insert(table).on_conflict_do_nothing()
