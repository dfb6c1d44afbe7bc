"""A process of the trials: it takes seeds until there are none, on stores of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

from sqlalchemy import create_engine, make_url, text
from tests.soak.delivery import trial

from cpsa.store import database

POSTGRESQL = os.environ.get(
    "CPSA_TEST_POSTGRESQL", "postgresql+psycopg://postgres@127.0.0.1:5432/test"
)
LEDGER = ("SQLite", "PostgreSQL")
PLAIN = "yagmail.send in a loop"
RIVALS = (*LEDGER, PLAIN)


@contextmanager
def stores(folder: Path) -> Iterator[dict[str, str]]:
    """An empty store on each database."""
    name = f"cpsa_soak_{uuid4().hex[:12]}"
    server = create_engine(POSTGRESQL, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    urls = {
        "SQLite": f"sqlite:///{folder / 'soak.db'}",
        "PostgreSQL": make_url(POSTGRESQL).set(database=name).render_as_string(hide_password=False),
    }
    try:
        for url in urls.values():
            engine = database.open_engine(url)
            database.upgrade_schema(engine)
            engine.dispose()
        yield urls
    finally:
        with server.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        server.dispose()


def run(seeds: Any, verdicts: Any) -> None:
    """Take seeds until there are none, and run with each the rivals that are named with it."""
    with TemporaryDirectory(prefix="cpsa-soak-") as name, stores(Path(name)) as urls:
        folder = Path(name)
        while True:
            try:
                seed, rivals = seeds.get(timeout=1)
            except Empty:
                return
            for rival in rivals:
                if rival == PLAIN:
                    verdict = trial.with_plain_loop(seed, folder)
                else:
                    verdict = trial.with_ledger(urls[rival], seed, folder)
                verdicts.put((rival, seed, verdict))
