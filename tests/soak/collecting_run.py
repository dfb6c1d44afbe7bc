"""Runs the trial of the killed collectors on each database there is, and tells it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError
from tests import mailserver
from tests.soak.collecting import trial
from tests.soak.collecting.trial import Trial
from tests.soak.report import Part, table

_POSTGRESQL = os.environ.get(
    "CPSA_TEST_POSTGRESQL", "postgresql+psycopg://postgres@127.0.0.1:5432/test"
)
HEAD = (
    *("database", "kills: folder", "mailbox", "checker", "mails", "files", "submissions"),
    *("repeats", "faults", "litter"),
)


def run(folder: Path, kills: int, arrivals: int, seed: int, say: Callable[[str], None]) -> Part:
    """The trial on PostgreSQL, where there is one, and on SQLite."""
    trials = []
    with mailserver.running() as server, databases(folder) as urls:
        for name, url in urls.items():
            say(f"killed collectors: {name}")
            place = folder / name
            trials.append(trial.run(place, url, server, kills, arrivals, arrivals, seed))
    missing = "" if len(trials) == 2 else " PostgreSQL was not there, so it is not in the table."
    return Part(
        title="Killed collectors",
        summary=(
            "Every update that arrived is exactly one submission, versions have no gap, every "
            "byte is kept under its own digest, every mail lies in Done or in Refused and once, "
            "every arrival has one row, and every submission is examined, with its figures kept "
            f"where it was accepted.{missing}"
            if not any(one.faults for one in trials)
            else "**Something was lost, doubled or left half; see below.**"
        ),
        table=table(HEAD, [_row(one) for one in trials]),
        faults=tuple(f"{one.database}: {fault}" for one in trials for fault in one.faults),
    )


def _row(one: Trial) -> tuple[object, ...]:
    by_role = (one.kills[role] for role in ("folder", "mailbox", "checker"))
    return (
        *(one.database, *by_role, one.mails, one.files, one.submissions),
        *(one.repeats, len(one.faults), one.litter),
    )


@contextmanager
def databases(folder: Path) -> Iterator[dict[str, str]]:
    """Addresses of empty databases, by name; that of PostgreSQL is dropped again."""
    urls = {"sqlite": f"sqlite:///{folder / 'sqlite' / 'cpsa.db'}"}
    server = create_engine(_POSTGRESQL, isolation_level="AUTOCOMMIT")
    name = f"cpsa_soak_{uuid4().hex[:12]}"
    try:
        with server.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
    except OperationalError:
        yield urls
        return
    url = make_url(_POSTGRESQL).set(database=name).render_as_string(hide_password=False)
    try:
        yield {"postgresql": url, **urls}
    finally:
        with server.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        server.dispose()
