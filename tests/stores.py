"""Stores for tests, made quickly: where their files lie, and how one is emptied or copied.

The program waits for the disk at each transaction, so that what it reported as done survives a loss
of power. No test takes the power away, so their files lie in memory where there is room, and their
PostgreSQL databases do not wait.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from sqlalchemy import text

from cpsa.store import database
from cpsa.store.schema import metadata

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
    lines = Path("/proc/meminfo").read_text("ascii").splitlines()
    (available,) = [line.split()[1] for line in lines if line.startswith("MemAvailable:")]
    return min(int(available) << 10, shutil.disk_usage(MEMORY).free) > ROOM


def empty_postgresql(url: str) -> None:
    """Take every row out of a PostgreSQL store and number from one again.

    Many times as fast as TRUNCATE, which makes new files for each table.
    """
    engine = database.open_engine(url)
    with engine.begin() as connection:
        # Foreign keys are not asked: every table is emptied.
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        tables = (f'DELETE FROM "{table.name}"' for table in metadata.sorted_tables)
        connection.execute(text("; ".join(tables)))
        connection.execute(
            text("""SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, 1, false)
            FROM pg_sequences WHERE schemaname = current_schema()""")
        )
    engine.dispose()
