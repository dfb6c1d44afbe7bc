"""On PostgreSQL agencies are checked side by side; a check that needs the whole waits for all of them."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import Engine

from cpsa.store import database
from cpsa.store.database import write_transaction


@pytest.fixture
def engine(postgresql_store: str) -> Engine:
    return database.open_engine(postgresql_store)


def gets_in(engine: Engine, **how: object) -> bool:
    """Whether somebody else gets to write at once."""
    inside = threading.Event()

    def work() -> None:
        with write_transaction(engine, **how) as connection:  # type: ignore[arg-type]
            connection.exec_driver_sql("SELECT 1")
            inside.set()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    at_once = inside.wait(0.5)
    gets_in.waiting.append((thread, inside))  # type: ignore[attr-defined]
    return at_once


@pytest.fixture(autouse=True)
def everybody_gets_in_at_last():
    gets_in.waiting = []  # type: ignore[attr-defined]
    yield
    for thread, inside in gets_in.waiting:  # type: ignore[attr-defined]
        thread.join(20)
        assert inside.is_set()


def test_other_agencies_do_not_wait_but_the_same_and_the_whole_do(engine: Engine) -> None:
    with write_transaction(engine, agencies=["IA-A", "IA-B"]):
        assert gets_in(engine, agencies=["IA-C"])
        assert not gets_in(engine, agencies=["IA-C", "IA-B"])
        assert not gets_in(engine, alone=True)


def test_nobody_works_beside_who_needs_the_whole(engine: Engine) -> None:
    with write_transaction(engine, alone=True):
        assert not gets_in(engine, agencies=["IA-A"])
        assert not gets_in(engine, alone=True)
