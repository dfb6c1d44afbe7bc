"""The schema goes up, down and up again on both databases, and is what the tables say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, insert, inspect, text

from cpsa.errors import RequestError
from cpsa.store import database
from cpsa.store.database import MIGRATIONS
from cpsa.store.schema import metadata
from cpsa.store.tables.intake import obligation

NOW = datetime(2026, 7, 1, tzinfo=UTC)
VERSION_TABLE = "alembic_version"
REVISIONS = [one.revision for one in ScriptDirectory(str(MIGRATIONS)).walk_revisions()][::-1]


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database without anything."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/empty.db"
    else:
        url = request.getfixturevalue("postgresql_server")
    made = database.connect(url)
    if request.param == "postgresql":
        with made.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    yield made
    if request.param == "postgresql":
        database.upgrade(made)  # as the other tests of this run expect it
    made.dispose()


def tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names()) - {VERSION_TABLE}


def differences(engine: Engine) -> list:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return compare_metadata(context, metadata)


def test_up_down_and_up_again(engine: Engine) -> None:
    database.upgrade(engine)
    assert tables(engine) == set(metadata.tables)
    database.require_current(engine)
    database.downgrade(engine, "base")
    assert tables(engine) == set()
    with pytest.raises(RequestError) as refused:
        database.require_current(engine)
    assert refused.value.key == "store.not_current"
    database.upgrade(engine)
    assert tables(engine) == set(metadata.tables)


def test_every_step_can_be_taken_back(engine: Engine) -> None:
    for before, after in zip(["base", *REVISIONS], REVISIONS, strict=False):
        database.upgrade(engine, after)
        held = tables(engine)
        database.downgrade(engine, before)
        database.upgrade(engine, after)
        assert tables(engine) == held


def test_the_schema_is_what_the_tables_say(engine: Engine) -> None:
    database.upgrade(engine)
    assert differences(engine) == []


def test_checks_and_keys_are_those_of_the_tables(engine: Engine) -> None:
    """Alembic compares no checks: the names of the convention tell whether each is there."""
    database.upgrade(engine)
    inspector = inspect(engine)
    for table in metadata.sorted_tables:
        expected = {str(one.name) for one in table.constraints if one.name} - {f"pk_{table.name}"}
        found = {
            one["name"]
            for kind in ("check_constraints", "unique_constraints", "foreign_keys")
            for one in getattr(inspector, f"get_{kind}")(table.name)
        }
        assert expected <= {name for name in found if name}, table.name


def test_upgrading_what_is_current_changes_nothing(engine: Engine) -> None:
    database.upgrade(engine)
    with engine.begin() as connection:
        row = {"quarter": "2025-26-Q1", "agency": "A", "form": "IA", "recorded_at": NOW}
        connection.execute(insert(obligation), [row])
    database.upgrade(engine)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM obligation")).scalar_one() == 1
