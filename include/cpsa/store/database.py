"""The connection to the store's database, its transactions, and its schema's version."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ARRAY,
    Connection,
    Engine,
    Text,
    cast,
    column,
    create_engine,
    event,
    func,
    inspect,
    make_url,
    select,
    table,
)
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError, OperationalError

import cpsa.store.tables  # noqa: F401  (fills the metadata)
from cpsa.errors import RequestError

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).with_name("migrations")
_LOCK = 20170401  # this program's among the locks of a PostgreSQL server
_SQLITE_SETTINGS = (
    "journal_mode = WAL",
    "synchronous = FULL",  # what was reported as done survives a loss of power
    "foreign_keys = ON",
    "busy_timeout = 60000",
)


# Why the database does not do what it should, by SQLite's names and PostgreSQL's codes of errors.
_OUTAGES = {
    "SQLITE_FULL": "store.full",
    "53100": "store.full",
    "SQLITE_BUSY": "store.locked",
    "SQLITE_LOCKED": "store.locked",
    "55P03": "store.locked",
    "SQLITE_READONLY": "store.read_only",
    "25006": "store.read_only",
}
OUTAGES = frozenset(("store.unreachable", *_OUTAGES.values()))


class StoreUnreachableError(RequestError):
    """The database does not answer: the same call may be tried again later."""


def open_engine(url: str) -> Engine:
    """An engine for SQLite or PostgreSQL; RequestError when the address makes no sense."""
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "postgresql" and "+" not in parsed.drivername:
            parsed = parsed.set(drivername="postgresql+psycopg")
        # A server that was restarted is reached by new connections, not by the old ones.
        engine = create_engine(parsed, pool_pre_ping=True)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise RequestError("store.bad_url", detail=error) from error
    except ValueError:  # it quotes what is read as a port: a part of a password that has an @
        raise RequestError("store.bad_url", detail="port") from None
    if parsed.get_backend_name() == "sqlite":
        if parsed.database and parsed.database != ":memory:":
            _make_folder(Path(parsed.database))
        event.listen(engine, "connect", _configure_sqlite)
    elif parsed.get_backend_name() != "postgresql":
        raise RequestError("store.bad_url", detail=parsed.get_backend_name())
    return engine


def _make_folder(file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RequestError("store.unreachable", detail=error) from error


def _configure_sqlite(connection: Any, _record: object) -> None:
    for setting in _SQLITE_SETTINGS:
        connection.execute(f"PRAGMA {setting}")


class JoinedTransaction(Engine):
    """An engine for an open transaction: all that a service reads and writes by it is part of it.

    What would open a connection of its own, beside the transaction, is a defect and fails.
    """

    def __init__(self, connection: Connection) -> None:
        engine = connection.engine
        super().__init__(engine.pool, engine.dialect, engine.url)
        self.connection = connection

    def connect(self) -> Connection:
        raise RuntimeError("this would step outside the transaction that is open")


@contextmanager
def join_transaction(engine: Engine, *, keep: bool) -> Iterator[JoinedTransaction]:
    """Run several services as one exclusive transaction; without ``keep`` it is rolled back."""
    with write_transaction(engine, alone=True) as connection:
        if keep:
            yield JoinedTransaction(connection)
            return
        savepoint = connection.begin_nested()
        try:
            yield JoinedTransaction(connection)
        finally:
            savepoint.rollback()


@contextmanager
def read_transaction(engine: Engine) -> Iterator[Connection]:
    """A connection for reading one consistent state."""
    if isinstance(engine, JoinedTransaction):
        yield engine.connection
        return
    with _report_unreachable(), engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        else:
            connection.exec_driver_sql("BEGIN")  # else every statement would see another state
        yield connection


@contextmanager
def write_transaction(
    engine: Engine, *, alone: bool = False, agencies: Collection[str] | None = None
) -> Iterator[Connection]:
    """A transaction that is going to write: all of it or nothing.

    SQLite takes its write lock at once, so that what was read is still true when it writes.
    ``alone`` does the same on PostgreSQL for services whose outcome depends on their order; with
    ``agencies`` only for these, beside others who work on other agencies.
    """
    if isinstance(engine, JoinedTransaction):
        with engine.connection.begin_nested():
            yield engine.connection
        return
    with _report_unreachable(), engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            driver = connection.connection.driver_connection
            if driver is not None and not driver.in_transaction:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
        elif agencies is not None:
            connection.execute(select(func.pg_advisory_xact_lock_shared(_LOCK)))
            # In one order, so that two who want the same agencies never wait for each other.
            codes = cast(sorted(set(agencies)), ARRAY(Text))
            key = func.hashtext(func.unnest(codes).column_valued("agency"))
            connection.execute(select(func.pg_advisory_xact_lock(_LOCK, key)))
        elif alone:
            connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        yield connection


@contextmanager
def _report_unreachable() -> Iterator[None]:
    """Report in one line why the database does not answer, without its address or password."""
    try:
        yield
    except DatabaseError as error:
        # Its own class means that the file is none of a database; a subclass may be our defect.
        is_outage = isinstance(error, OperationalError) or type(error) is DatabaseError
        if not is_outage and _find_outage(error.orig) is None:
            raise
        raise make_outage_error(error.orig) from error


def make_outage_error(error: BaseException | None) -> StoreUnreachableError:
    """An error that says why the database does not answer: full, locked, read-only or out of reach.

    ``error``: the driver's own.
    """
    detail = " ".join(str(error).split())
    return StoreUnreachableError(_find_outage(error) or "store.unreachable", detail=detail)


def _find_outage(error: BaseException | None) -> str | None:
    # SQLite's extended names begin with the plain one, such as SQLITE_READONLY_DBMOVED.
    name = str(getattr(error, "sqlite_errorname", None) or getattr(error, "sqlstate", None) or "")
    return _OUTAGES.get("_".join(name.split("_")[:2]))


def require_reachable(engine: Engine) -> None:
    """RequestError when the database does not answer."""
    with read_transaction(engine) as connection:
        connection.execute(select(1))


def upgrade_schema(engine: Engine, revision: str = "head") -> None:
    """Bring the schema up to a revision."""
    from alembic import command  # every process opens the store, few change its schema

    _run_alembic(engine, lambda config: command.upgrade(config, revision))


def downgrade_schema(engine: Engine, revision: str) -> None:
    """Take the schema back to a revision; what only newer schemas have is lost."""
    from alembic import command

    _run_alembic(engine, lambda config: command.downgrade(config, revision))


def require_current(engine: Engine) -> None:
    """RequestError when the schema is not the one this code knows."""
    with read_transaction(engine) as connection:
        found = find_revision(connection)
    if found != find_newest_revision():
        raise RequestError("store.not_current")


def find_revision(connection: Connection) -> str | None:
    """The revision of the database's schema; None where it has none."""
    version = table("alembic_version", column("version_num", Text))
    if not inspect(connection).has_table(version.name):
        return None
    return connection.execute(select(version.c.version_num)).scalar()


def find_newest_revision() -> str:
    """The revision that this program knows: each migration's file begins with its number."""
    files = (MIGRATIONS / "versions").glob("[0-9]*.py")
    return max(file.name.partition("_")[0] for file in files)


def _run_alembic(engine: Engine, migrate: Callable[[Config], None]) -> None:
    """Migrate in one transaction. SQLite makes a table again to change its constraints, which works
    only while no other table's reference to it is enforced; all are checked before the commit."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with _report_unreachable(), engine.connect() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        if is_sqlite:
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        try:
            config.attributes["connection"] = connection
            migrate(config)
            if is_sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                raise RuntimeError("a migration left a reference to a row that is not there")
            connection.commit()
        finally:
            connection.rollback()
            if is_sqlite:
                connection.exec_driver_sql("PRAGMA foreign_keys = ON")
