"""The store: the only place that talks to the programme's database.

Tables in ``tables/``, migrations in ``migrations/``, what reads and writes them in one module per
subject. History is append-only; the current figures are derived, never overwritten.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sqlalchemy import TextClause, text

_SQL = Path(__file__).resolve().parents[2] / "sql"


@cache
def load_sql(name: str) -> TextClause:
    """A statement of ``include/sql``: one file per statement."""
    return text((_SQL / f"{name}.sql").read_text("utf-8"))
