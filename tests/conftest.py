"""Fixtures that several test packages share: the framework, and an office on either database."""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import OperationalError
from tests import mailserver
from tests.factories import INCLUDE, NEWEST_QUARTER, Clerk
from tests.mailserver import MailServer
from tests.stores import empty_postgresql, keep_files_in_memory
from tests.unit.delivery.rig import Relay, serving

from cpsa.calendar import Quarter
from cpsa.framework.loader import load_framework
from cpsa.framework.model import Framework
from cpsa.services.app_context import AppContext
from cpsa.settings import from_environment
from cpsa.store import database
from cpsa.store.schema import metadata
from cpsa.store.tables.dispatch_tables import dispatch, dispatch_event

if TYPE_CHECKING:
    from playwright.sync_api import Browser

POSTGRESQL = os.environ.get(
    "CPSA_TEST_POSTGRESQL", "postgresql+psycopg://postgres@127.0.0.1:5432/test"
)

keep_files_in_memory()

# The same examples at every run: a test that fails fails for everybody.
settings.register_profile(
    "repeatable",
    derandomize=True,
    max_examples=100,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("repeatable")


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, Any, Any]:
    return (yield from _failed_where_nothing_may_be_left_out())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, Any, Any]:
    return (yield from _failed_where_nothing_may_be_left_out())


def _failed_where_nothing_may_be_left_out() -> Generator[None, Any, Any]:
    """A report, as failed where CI would leave out the test or the whole file."""
    report = yield
    if report.skipped and os.environ.get("CI") == "true":
        report.outcome = "failed"
    return report


@pytest.hookimpl(tryfirst=True)  # before markers choose the list
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of tests for both databases, the one that ``make test`` leaves to a longer list.

    Fast ones run on SQLite by ``make test`` and on PostgreSQL by ``make test-slow``; slow ones on
    PostgreSQL with each commit and on SQLite each night.
    """
    names = {item.nodeid for item in items}
    for item in items:
        on_sqlite = item.nodeid.replace("[postgresql", "[sqlite").replace("-postgresql", "-sqlite")
        on_postgresql = item.nodeid.replace("[sqlite", "[postgresql").replace(
            "-sqlite", "-postgresql"
        )
        if {on_sqlite, on_postgresql} <= names and on_sqlite != on_postgresql:
            if not item.get_closest_marker("slow") and item.nodeid == on_postgresql:
                item.add_marker(pytest.mark.slow)
            elif item.get_closest_marker("slow") and item.nodeid == on_sqlite:
                item.add_marker(pytest.mark.nightly)


@pytest.fixture(scope="session")
def framework() -> Framework:
    """The framework as shipped, as it holds in the newest quarter of the sample."""
    return load_framework(Quarter.parse("2026-27-Q2"), INCLUDE / "programme" / "framework")


@pytest.fixture(scope="session")
def newest_framework() -> Framework:
    """The framework as shipped with all that holds from later quarters: every rule and indicator."""
    return load_framework(NEWEST_QUARTER, INCLUDE / "programme" / "framework")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty store, migrated once and copied for each test."""
    file = tmp_path_factory.mktemp("store") / "empty.db"
    engine = database.open_engine(f"sqlite:///{file}")
    database.upgrade_schema(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return file


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """A PostgreSQL database of our own for this run; its address."""
    name = f"cpsa_test_{uuid4().hex[:12]}"
    server = create_engine(POSTGRESQL, isolation_level="AUTOCOMMIT")
    try:
        with server.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
            connection.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = off"))
    except OperationalError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"no PostgreSQL at {POSTGRESQL}: {error.orig}")
    yield make_url(POSTGRESQL).set(database=name).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


@pytest.fixture(scope="session")
def postgresql_store(postgresql_server: str) -> str:
    """The same database with the schema of this program."""
    engine = database.open_engine(postgresql_server)
    database.upgrade_schema(engine)
    engine.dispose()
    return postgresql_server


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty store of this program's schema."""
    if request.param == "sqlite":
        file = tmp_path / "store" / "cpsa.db"
        file.parent.mkdir()
        shutil.copy(request.getfixturevalue("sqlite_template"), file)
        return f"sqlite:///{file}"
    url: str = request.getfixturevalue("postgresql_store")
    empty_postgresql(url)
    return url


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[AppContext]:
    """An office with an empty store, on SQLite and on PostgreSQL."""
    variables = {"CPSA_HOME": str(tmp_path / "home"), "CPSA_DATABASE_URL": database_url}
    opened = AppContext.from_settings(from_environment(variables))
    yield opened
    opened.engine.dispose()


@pytest.fixture(scope="session")
def one_mail_server() -> Iterator[MailServer]:
    """A real mailbox server for this run."""
    if mailserver.PROGRAM is None and os.environ.get("CI") != "true":
        pytest.skip("dovecot is not installed (Debian: dovecot-imapd)")
    with mailserver.running() as server:
        yield server


@pytest.fixture
def mail_server(one_mail_server: MailServer, monkeypatch: pytest.MonkeyPatch) -> MailServer:
    """The same, emptied, and trusted by this process and those that it starts."""
    one_mail_server.empty()
    monkeypatch.setenv("SSL_CERT_FILE", str(one_mail_server.certificate))
    return one_mail_server


@pytest.fixture
def relay() -> Iterator[Relay]:
    """A mail server that takes what it is sent, or does as it is scripted."""
    with serving(Relay()) as running:
        yield running


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A real browser for the tests of one file."""
    # Most tests need none of what this imports.
    from tests.browser import chromium

    with chromium(tmp_path_factory.mktemp("browser")) as opened:
        yield opened


@pytest.fixture
def clerk(office: AppContext, tmp_path: Path) -> Clerk:
    return Clerk(office, tmp_path / "sent")


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty ledger on either database; a PostgreSQL schema of its own for every test."""
    if request.param == "sqlite":
        made = database.open_engine(f"sqlite:///{tmp_path / 'ledger.db'}")
        metadata.create_all(made, tables=[dispatch, dispatch_event])
        yield made
        made.dispose()
        return
    schema = f"deliver_{uuid4().hex}"
    server = create_engine(POSTGRESQL)
    try:
        with server.begin() as connection:
            connection.execute(text(f"CREATE SCHEMA {schema}"))
    except OperationalError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"no PostgreSQL at {POSTGRESQL}: {error.orig}")
    made = database.open_engine(
        f"{POSTGRESQL}?options=-csearch_path%3D{schema}%20-clock_timeout%3D20s%20-csynchronous_commit%3Doff"
    )
    metadata.create_all(made, tables=[dispatch, dispatch_event])
    yield made
    made.dispose()
    with server.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    server.dispose()
