"""A context with an empty store of its own on the PostgreSQL server, dropped afterwards."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from sqlalchemy import create_engine, make_url, text

from cpsa.services.app_context import AppContext
from cpsa.settings import from_environment
from cpsa.store import database

SERVER = os.environ.get("CPSA_TEST_POSTGRESQL", "postgresql+psycopg://postgres@127.0.0.1:5432/test")


@contextmanager
def open_context_on_server(folder: str | Path) -> Iterator[AppContext]:
    """Yields a context whose files are in ``folder``."""
    name = f"cpsa_bench_{uuid4().hex[:12]}"
    server = create_engine(SERVER, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    url = make_url(SERVER).set(database=name).render_as_string(hide_password=False)
    settings = from_environment({"CPSA_HOME": str(folder), "CPSA_DATABASE_URL": url})
    context = AppContext.from_settings(settings, ready=False)
    try:
        database.upgrade_schema(context.engine)
        yield context
    finally:
        context.engine.dispose()
        with server.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        server.dispose()
