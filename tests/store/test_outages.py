"""A full disk, a locked and a read-only database each have a message of their own, and nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, func, select
from tests.factories import day_after_quarter

from cpsa.store import database
from cpsa.store.queries import audit_queries
from cpsa.store.tables.audit_tables import audit

NOW = day_after_quarter("2025-26-Q1")


def write(engine: Engine, size: int = 1) -> None:
    with database.write_transaction(engine) as connection:
        audit_queries.add_audit(connection, NOW, "asha", "open", "", "x" * size)


def count(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(audit)).scalar_one()


@pytest.fixture
def store(sqlite_template: Path, tmp_path: Path) -> Iterator[Engine]:
    file = tmp_path / "cpsa.db"
    file.write_bytes(sqlite_template.read_bytes())
    engine = database.open_engine(f"sqlite:///{file}")
    yield engine
    engine.dispose()


def configure(engine: Engine, statement: str) -> None:
    """Run a statement as each connection opens, after those of the program."""
    engine.dispose()
    event.listen(engine, "connect", lambda connection, _: connection.execute(statement))


def require_outage(engine: Engine, key: str, size: int = 1) -> None:
    before = count(engine)
    with pytest.raises(database.StoreUnreachableError) as refused:
        write(engine, size)
    assert refused.value.key == key
    assert count(engine) == before
    for language in ("en", "hi"):
        assert refused.value.text(language)


def test_a_full_disk(store: Engine) -> None:
    with store.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    configure(store, f"PRAGMA max_page_count = {pages + 2}")
    write(store)
    require_outage(store, "store.full", 100_000)


def test_a_store_that_can_only_be_read(store: Engine) -> None:
    write(store)
    configure(store, "PRAGMA query_only = ON")
    require_outage(store, "store.read_only")


def test_a_store_that_another_process_is_writing_to(store: Engine) -> None:
    configure(store, "PRAGMA busy_timeout = 20")
    other = database.open_engine(str(store.url))
    with database.write_transaction(other):
        require_outage(store, "store.locked")
    other.dispose()
    write(store)


def test_a_server_that_can_only_be_read(postgresql_store: str) -> None:
    engine = database.open_engine(
        f"{postgresql_store}?options=-cdefault_transaction_read_only%3Don"
    )
    require_outage(engine, "store.read_only")
    engine.dispose()


def test_a_server_on_which_another_transaction_has_the_lock(postgresql_store: str) -> None:
    engine = database.open_engine(f"{postgresql_store}?options=-clock_timeout%3D20ms")
    other = database.open_engine(postgresql_store)
    with (
        database.write_transaction(other, alone=True),
        pytest.raises(database.StoreUnreachableError) as refused,
        database.write_transaction(engine, alone=True),
    ):
        pytest.fail("two have the one lock")
    assert refused.value.key == "store.locked"
    engine.dispose()
    other.dispose()
