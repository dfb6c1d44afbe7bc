"""The named statements of ``include/sql``: one file per statement, by use.

A statement is named ``use/verb_noun``, and its header says what it is for, its parameters and the
grain of its rows. Statements whose conditions vary, or that databases spell differently, are built
in ``queries/``.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from sqlalchemy import BindParameter, Text, TextClause, bindparam, text

NO_LIMIT = 2**62
"""Beyond every row's number."""

LAST_QUARTER = "9999-99-Q4"
"""After every quarter."""

_SQL = Path(__file__).resolve().parents[2] / "sql"


@cache
def load_sql(name: str) -> TextClause:
    """A statement by its use and name, such as ``board/list_obligations``."""
    return text((_SQL / f"{name}.sql").read_text("utf-8"))


def bind_list(name: str, values: Iterable[str]) -> BindParameter[str]:
    """A parameter that is a list of texts, for ``column IN :name``; it may be empty."""
    return bindparam(name, list(values), Text, expanding=True)
