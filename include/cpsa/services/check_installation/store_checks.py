"""The store: reachable, at this program's schema, with a registry, and its clock like ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine, func, make_url, select

from cpsa.errors import RequestError
from cpsa.services.check_installation.installation_check import (
    InstallationCheck,
    fault,
    ok,
    warning,
)
from cpsa.settings import Settings
from cpsa.store import database
from cpsa.store.queries import quarter_queries, registry_queries

MOST_APART = timedelta(minutes=2)  # of two clocks


def check_store(settings: Settings, now: datetime) -> Iterator[InstallationCheck]:
    """Whether the database answers, which schema it has, and whether a registry was loaded."""
    try:
        engine = database.open_engine(settings.database_url)
    except RequestError as error:
        yield fault("database", reason=error)
        return
    with closing(_Disposing(engine)):
        if _is_not_made(engine):
            yield fault("database", "not_made")
            return
        try:
            with database.read_transaction(engine) as connection:
                found, wanted = database.find_revision(connection), database.find_newest_revision()
                if found != wanted:
                    yield fault("database", "schema", found=found or "–", wanted=wanted)
                    return
                yield ok("database", kind=engine.dialect.name, schema=found)
                yield from _tell_addition_starts(connection)
                if registry_queries.find_newest_load(connection) is None:
                    yield warning("registry", "none")
                if engine.dialect.name == "postgresql":
                    there = connection.scalar(select(func.clock_timestamp()))
                    yield from _compare_clocks(there, now)
        except RequestError as error:
            yield fault("database", reason=error)


def _tell_addition_starts(connection: Connection) -> Iterator[InstallationCheck]:
    """From which quarter the forms and tables of each release hold here."""
    starts = quarter_queries.load_addition_starts(connection)
    for release, quarter in starts.items():
        yield ok("additions", release=release, quarter=quarter)
    if not starts:
        yield ok("additions", "always")


class _Disposing:
    """Ends the connections of an engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def close(self) -> None:
        self._engine.dispose()


def _is_not_made(engine: Engine) -> bool:
    """Whether it is a file that is not there: to open it would make it."""
    name = make_url(engine.url).database if engine.dialect.name == "sqlite" else None
    return bool(name) and name != ":memory:" and not Path(str(name)).exists()


def _compare_clocks(there: datetime | None, now: datetime) -> Iterator[InstallationCheck]:
    """A warning where the database's clock and ours are apart: instants of both are compared in the store."""
    if there is not None and abs(there - now) > MOST_APART:
        yield warning("clock", "apart", seconds=round(abs(there - now).total_seconds()))
