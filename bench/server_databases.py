"""Databases of one run on the PostgreSQL server, dropped at its end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from uuid import uuid4

from sqlalchemy import create_engine, make_url, text

from bench.server_store import SERVER


class ServerDatabases:
    """Databases that are called by short names within the run."""

    def __init__(self) -> None:
        self._prefix = f"cpsa_bench_{uuid4().hex[:12]}"
        self._engine = create_engine(SERVER, isolation_level="AUTOCOMMIT")
        self._names: list[str] = []

    def __enter__(self) -> ServerDatabases:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for name in list(self._names):
            self.drop(name)
        self._engine.dispose()

    def create(self, name: str, template: str = "") -> str:
        """The address of a new database: empty, or a copy of another one of the run."""
        # Files, not their rows through the log: a country's store is copied in seconds.
        copied = f" TEMPLATE {self._prefix}_{template} STRATEGY file_copy" if template else ""
        self._names.append(name)  # first: a run that is ended meanwhile drops it as well
        self._execute(f"CREATE DATABASE {self._prefix}_{name}{copied}")
        url = make_url(SERVER).set(database=f"{self._prefix}_{name}")
        return url.render_as_string(hide_password=False)

    @contextmanager
    def copy(self, name: str) -> Iterator[str]:
        """The address of a copy, dropped afterwards."""
        copy = f"copy{uuid4().hex[:8]}"
        url = self.create(copy, name)
        try:
            yield url
        finally:
            self.drop(copy)

    def drop(self, name: str) -> None:
        self._execute(f"DROP DATABASE IF EXISTS {self._prefix}_{name} WITH (FORCE)")
        self._names.remove(name)

    def _execute(self, statement: str) -> None:
        with self._engine.connect() as connection:
            connection.execute(text(statement))
