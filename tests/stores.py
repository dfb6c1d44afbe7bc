"""Stores for tests, made quickly: where their files lie, and how one is emptied or copied.

The program waits for the disk at each transaction, so that what it reported as done survives a loss
of power. No test takes the power away, so their files lie in memory where there is room, and their
PostgreSQL databases do not wait.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, select, text

from cpsa.services.app_context import AppContext
from cpsa.store import database
from cpsa.store.schema import metadata
from cpsa.store.tables.registry_tables import registry_load

# For what does not depend on the database; ``office`` and its address are else of both.
sqlite_only = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
postgresql_only = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)

TABLES = tuple(table.name for table in metadata.sorted_tables)

MEMORY = Path("/dev/shm")
ROOM = 6 << 30
"""What all tests together may need, with room for the programs themselves."""


def keep_files_in_memory() -> None:
    """Let all temporary files, also those of processes that tests start, lie in memory."""
    if "TMPDIR" not in os.environ and _has_room():
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None  # found again from now on


def _has_room() -> bool:
    if not (MEMORY.is_dir() and os.access(MEMORY, os.W_OK)):
        return False
    if os.statvfs(MEMORY).f_flag & os.ST_NOEXEC:  # tests write programs and run them
        return False
    lines = Path("/proc/meminfo").read_text("ascii").splitlines()
    (available,) = [line.split()[1] for line in lines if line.startswith("MemAvailable:")]
    return min(int(available) << 10, shutil.disk_usage(MEMORY).free) > ROOM


def empty_postgresql(url: str) -> None:
    """Take every row out of a PostgreSQL store and number from one again.

    Many times as fast as TRUNCATE, which makes new files for each table.
    """
    with _without_foreign_keys(_open_once(url)) as cursor:
        cursor.execute("; ".join(f'DELETE FROM "{table}"' for table in TABLES))
        cursor.execute(
            """SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, 1, false)
            FROM pg_sequences WHERE schemaname = current_schema()"""
        )


@cache
def _open_once(url: str) -> Engine:
    return database.open_engine(url)


def make_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder that the first worker that needs it makes, and all workers of the run share."""
    folder = factory.getbasetemp() / name
    if "PYTEST_XDIST_WORKER" in os.environ:  # each worker has its own folder below that of the run
        folder = factory.getbasetemp().parent / name
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            unfinished = folder.with_suffix(".unfinished")
            shutil.rmtree(unfinished, ignore_errors=True)
            make(unfinished)
            unfinished.rename(folder)
    return folder


def fill_office(office: AppContext, state: Hashable, fill: Callable[[], object]) -> None:
    """Bring an empty office into a state: by ``fill`` at first, later as a copy of what that made.

    ``state`` names it for the whole run, on each kind of database. ``fill`` may depend on nothing else,
    and what it returns is lost: a test gets the store and the files, not the objects of another test.
    """
    key = state, office.engine.dialect.name
    if key in _SAVED:
        with office.engine.connect() as connection:
            assert not connection.execute(select(registry_load)).all(), "the office is not empty"
        _SAVED[key].copy_to(office)
    else:
        fill()
        _SAVED[key] = _Saved.of(office)


@dataclass(frozen=True)
class _Saved:
    """A store and the files of its office, as they were at an instant."""

    store: Any
    files: Path

    @classmethod
    def of(cls, office: AppContext) -> _Saved:
        store = _save_sqlite if office.engine.dialect.name == "sqlite" else _save_postgresql
        files = Path(_FILES.name) / str(len(_SAVED))
        if office.settings.home.exists():
            shutil.copytree(office.settings.home, files)
        return cls(store(office.engine), files)

    def copy_to(self, office: AppContext) -> None:
        sqlite = office.engine.dialect.name == "sqlite"
        (_restore_sqlite if sqlite else _restore_postgresql)(office.engine, self.store)
        if self.files.exists():
            shutil.copytree(self.files, office.settings.home, dirs_exist_ok=True)


_SAVED: dict[tuple[Hashable, str], _Saved] = {}
_FILES = tempfile.TemporaryDirectory(prefix="cpsa-offices-")


def _driver(connection: Connection) -> Any:
    """The driver's own connection."""
    return connection.connection.driver_connection


def _save_sqlite(engine: Engine) -> sqlite3.Connection:
    saved = sqlite3.connect(":memory:")
    with engine.connect() as connection:
        _driver(connection).backup(saved)
    return saved


def _restore_sqlite(engine: Engine, saved: sqlite3.Connection) -> None:
    with engine.connect() as connection:
        saved.backup(_driver(connection))


def _save_postgresql(engine: Engine) -> tuple[dict[str, bytes], list[tuple[str, int]]]:
    """The rows of each table that has any, and the numbers that were given last."""
    rows = {}
    with _without_foreign_keys(engine) as cursor:
        for table in TABLES:
            with cursor.copy(f'COPY "{table}" TO STDOUT') as copied:
                if content := b"".join(copied):
                    rows[table] = content
        cursor.execute(
            """SELECT sequencename, last_value FROM pg_sequences
            WHERE schemaname = current_schema() AND last_value IS NOT NULL"""
        )
        return rows, cursor.fetchall()


def _restore_postgresql(
    engine: Engine, saved: tuple[dict[str, bytes], list[tuple[str, int]]]
) -> None:
    rows, numbers = saved
    with _without_foreign_keys(engine) as cursor:
        for table, content in rows.items():
            with cursor.copy(f'COPY "{table}" FROM STDIN') as copied:
                copied.write(content)
        for sequence, last in numbers:
            cursor.execute("SELECT setval(%s, %s)", (sequence, last))


@contextmanager
def _without_foreign_keys(engine: Engine) -> Iterator[Any]:
    """A cursor in a transaction that does not look whether keys are there: all tables are written."""
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        with _driver(connection).cursor() as cursor:
            yield cursor
