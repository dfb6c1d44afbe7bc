"""Stores of versions before 1.2 go on: what lay in a folder is no new version, entries have theirs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Engine, MetaData, insert, text
from tests.store.empty_store import empty_store

from cpsa.store import database
from cpsa.store.queries import arrival_queries

BEFORE, AT = "0016", "2026-07-04T04:30:00.000000Z"
LATER = "2026-07-05T04:30:00.000000Z"
A, B, C = "a" * 64, "b" * 64, "c" * 64


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A store at the schema before, with what one agency and its department sent."""
    with empty_store(request, tmp_path) as made:
        database.upgrade_schema(made, BEFORE)
        _fill(made)
        yield made


def _fill(engine: Engine) -> None:
    schema = MetaData()
    schema.reflect(engine)
    came = {"file_name": "IA-A.xlsx", "size": 1, "collected_at": AT}
    arrived = {
        **came,
        "channel": "folder",
        "received_at": AT,
        "problem": "",
        "params": {},
        "agency": "IA-A",
        "quarter": "2026-27-Q1",
    }
    owner = {"agency": "IA-A", "quarter": "2026-27-Q1", "channel": "folder"}
    rows: dict[str, list[dict[str, object]]] = {
        "submission": [
            {"version": 1, "sha256": A, "received_at": AT, **came, **owner},
            {"version": 2, "sha256": B, "received_at": LATER, **came, **owner},
        ],
        # /p held A, then B, then A again, which the versions before took for nothing new; /q holds B.
        "arrival": [
            {"key": "/p", "sha256": A, "outcome": "new", "version": 1, **arrived},
            {"key": "/p", "sha256": B, "outcome": "new", "version": 2, **arrived},
            {"key": "/q", "sha256": B, "outcome": "repeat", "version": 2, **arrived},
        ],
        "channel_round": [{"channel": "folder", "place": "/", "started_at": LATER}],
        "entry_load": [
            {"sha256": A, "file_name": "IA-A.xlsx", "received_at": AT},
            {"sha256": C, "file_name": "all.entries.csv", "received_at": AT},
        ],
        "action_report": [],
    }
    with engine.begin() as connection:
        for name, held in rows.items():
            for row in held:
                connection.execute(insert(schema.tables[name]), row)
        shown = schema.tables["channel_file"]
        for key, stamp in (("/p", A), ("/q", B)):
            row = {"channel": "folder", "place": "/", "key": key, "stamp": stamp, "round_id": 1}
            connection.execute(insert(shown), row)


def test_what_lay_in_a_folder_at_the_last_scan_is_nothing_new(engine: Engine) -> None:
    database.upgrade_schema(engine)
    with engine.connect() as connection:
        assert arrival_queries.find_arrival(connection, "folder", "/p", A).outcome == "repeat"
        assert arrival_queries.find_arrival(connection, "folder", "/p", B) is None, (
            "it would arrive again"
        )
        assert arrival_queries.find_arrival(connection, "folder", "/q", B).version == 2
        count = connection.execute(text("SELECT count(*) FROM arrival")).scalar_one()
    assert count == 4


def test_entries_of_a_workbook_belong_to_its_submission(engine: Engine) -> None:
    database.upgrade_schema(engine)
    query = "SELECT sha256, submission_id FROM entry_load ORDER BY id"
    with engine.connect() as connection:
        loads = [tuple(row) for row in connection.execute(text(query))]
        first = "SELECT id FROM submission WHERE version = 1"
        assert loads == [(A, connection.execute(text(first)).scalar_one()), (C, None)]


def test_the_same_bytes_may_come_again_and_references_hold(engine: Engine) -> None:
    database.upgrade_schema(engine)
    again = (
        "INSERT INTO submission (agency, quarter, version, sha256, size, file_name, channel, "
        "received_at, collected_at) SELECT agency, quarter, 3, sha256, size, file_name, channel, "
        "received_at, collected_at FROM submission WHERE version = 1"
    )
    with engine.begin() as connection:
        connection.execute(text(again))
        if engine.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []


def test_an_sqlite_migration_that_fails_leaves_the_store_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = database.open_engine(f"sqlite:///{tmp_path}/old.db")
    database.upgrade_schema(made, BEFORE)
    _fill(made)

    def schema() -> list[tuple]:
        with made.connect() as connection:
            query = "SELECT name, sql FROM sqlite_master ORDER BY name"
            return [tuple(row) for row in connection.exec_driver_sql(query)]

    before = schema()
    upgrade = command.upgrade

    def fails(config, revision: str) -> None:
        upgrade(config, revision)
        raise RuntimeError("the machine goes down")

    monkeypatch.setattr(command, "upgrade", fails)
    with pytest.raises(RuntimeError, match="goes down"):
        database.upgrade_schema(made)
    assert schema() == before
    monkeypatch.setattr(command, "upgrade", upgrade)
    database.upgrade_schema(made)
    database.require_current(made)
    made.dispose()
