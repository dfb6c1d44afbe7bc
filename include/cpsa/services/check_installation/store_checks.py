"""The store: reachable, at this program's schema, with a registry, and its clock like ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, func, make_url, select

from cpsa.errors import RequestError
from cpsa.services.check_installation.installation_check import (
    InstallationCheck,
    compare_clocks,
    fault,
    ok,
    warning,
)
from cpsa.settings import Settings
from cpsa.store import database
from cpsa.store.queries import quarter_queries, registry_queries


def check_store(settings: Settings, now: datetime) -> Iterator[InstallationCheck]:
    """Whether the database answers, which schema it has, and whether a registry was loaded."""
    try:
        engine = database.open_engine(settings.database_url)
    except RequestError as error:
        yield fault("database", reason=error)
        return
    with ExitStack() as stack:
        stack.callback(engine.dispose)
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
                yield from _list_addition_starts(connection)
                if registry_queries.find_newest_load(connection) is None:
                    yield warning("registry", "none")
                if engine.dialect.name == "postgresql":
                    there = connection.scalars(select(func.clock_timestamp())).one()
                    if apart := compare_clocks(there, now):
                        yield apart
        except RequestError as error:
            yield fault("database", reason=error)


def _list_addition_starts(connection: Connection) -> Iterator[InstallationCheck]:
    """From which quarter the forms and tables of each release hold here."""
    starts = quarter_queries.load_addition_starts(connection)
    for release, quarter in starts.items():
        yield ok("additions", release=release, quarter=quarter)
    if not starts:
        yield ok("additions", "always")


def _is_not_made(engine: Engine) -> bool:
    """Whether it is a file that is not there: to open it would make it."""
    name = make_url(engine.url).database if engine.dialect.name == "sqlite" else None
    return bool(name) and name != ":memory:" and not Path(str(name)).exists()
