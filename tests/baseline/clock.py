"""A clock that stands until it is moved, for every process of a run.

What belongs here: the clock. The system asks for the time in one or two modules, at its edges; they
are found by what they say and not by their names. What must not: whatever runs by it.
"""

from __future__ import annotations

import datetime as real
import inspect
import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

VARIABLE = "CPSA_BASELINE_CLOCK"  # the file that holds the instant
IST = real.timezone(real.timedelta(hours=5, minutes=30))
PACKAGES = ("cpsa", "cpsa_airflow")
STEP = real.timedelta(minutes=1)


def move_to(instant: real.datetime) -> None:
    """Set the clock; never back."""
    file = Path(os.environ[VARIABLE])
    if file.exists() and instant < now():
        raise ValueError(f"the clock is at {now()}, and {instant} is past")
    part = file.with_suffix(".part")
    part.write_text(instant.astimezone(real.UTC).isoformat(), "ascii")
    part.replace(file)


def now() -> real.datetime:
    """The instant at which the clock stands."""
    return real.datetime.fromisoformat(Path(os.environ[VARIABLE]).read_text("ascii"))


def tick() -> None:
    """A minute later, so that what is done one after the other has an order."""
    move_to(now() + STEP)


def _rule_database(connection: Any, record: object) -> None:
    """Give a connection to SQLite a ``strftime`` that takes this clock's instant for now."""
    connection.create_function("strftime", -1, _strftime)


def _strftime(form: str, when: str, *changes: str) -> str:
    if when == "now":
        when = now().strftime("%Y-%m-%d %H:%M:%S.%f")
    places = ", ".join("?" * (2 + len(changes)))
    with closing(sqlite3.connect(":memory:")) as usual:
        shown: str = usual.execute(f"SELECT strftime({places})", (form, when, *changes)).fetchone()[
            0
        ]
        return shown


class StandingDatetime(real.datetime):
    """``datetime`` as a module sees it that lives by this clock."""

    @classmethod
    def now(cls, tz: real.tzinfo | None = None) -> real.datetime:  # type: ignore[override]
        return now().astimezone(tz)


def rule() -> None:
    """Let every module that asks for the time, of those imported so far, ask this clock.

    And SQLite: the ledger of mails asks the database.
    """
    if not event.contains(Engine, "connect", _rule_database):
        event.listen(Engine, "connect", _rule_database)
    found = []
    for name, module in sorted(sys.modules.items()):
        if name.split(".")[0] in PACKAGES and getattr(module, "datetime", None) is real.datetime:
            if "datetime.now(" in inspect.getsource(module):
                module.datetime = StandingDatetime  # type: ignore[attr-defined]
                found.append(name)
            continue
        if getattr(module, "datetime", None) is StandingDatetime and name != __name__:
            found.append(name)
    if not found:
        raise LookupError("no module asks for the time with datetime.now( any more: see clock.py")
