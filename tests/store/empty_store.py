"""A store without any table, on either database, for the tests of migrations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from cpsa.store import database


@contextmanager
def empty_store(request: pytest.FixtureRequest, folder: Path) -> Iterator[Engine]:
    """A database without anything; that of the server has the newest schema again afterwards."""
    is_server = request.param == "postgresql"
    url = request.getfixturevalue("postgresql_server") if is_server else f"sqlite:///{folder}/a.db"
    engine = database.open_engine(url)
    if is_server:
        _drop_all(engine)
    yield engine
    if is_server:
        _drop_all(engine)
        database.upgrade_schema(engine)  # as the other tests of this run expect it
    engine.dispose()


def _drop_all(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
