"""What every command needs: the context, the instant, the acting person and role, the exit statuses."""

from __future__ import annotations

import logging
import os
import re
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated
from weakref import WeakSet

import typer

from cpsa.calendar import IST, Quarter
from cpsa.errors import RequestError
from cpsa.i18n.text import DEFAULT_LANGUAGE, select_language

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from cpsa.services.app_context import AppContext
    from cpsa.settings import Settings

INCOMPLETE = 1  # done, and something was returned or not sent
WRONG_REQUEST = 2
LOG_LEVELS = ("warning", "info", "debug")
DEFECT = 70  # ours, not the user's


class StaffRole(StrEnum):
    """The three roles of CPSA's people, least first; each covers those before it.

    How a person comes to a role is not decided here: Airflow's auth manager and the environment do.
    """

    VIEWER = "viewer"
    OPS = "ops"
    ADMIN = "admin"

    def covers(self, other: StaffRole) -> bool:
        """Whether this role may do what the other may."""
        order = list(StaffRole)
        return order.index(self) >= order.index(other)


class TableFormat(StrEnum):
    """How a table is written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


FormatOption = Annotated[TableFormat, typer.Option("--format", help="How to write the table.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; recorded in the audit trail.")]
AgencyArgument = Annotated[str, typer.Argument(help="The agency's code, such as IA-INDPH.")]
QuarterArgument = Annotated[str, typer.Argument(help="A quarter, such as 2026-27-Q2.")]
OptionalQuarter = Annotated[str | None, typer.Argument(help="A quarter, such as 2026-27-Q2.")]


_open_engines: WeakSet[Engine] = WeakSet()


def read_settings() -> Settings:
    """The settings of this process, without opening what they name."""
    from cpsa.settings import from_environment

    return from_environment(os.environ)


def read_environment() -> dict[str, str]:
    """The variables of this shell."""
    return dict(os.environ)


def open_context(ready: bool = True) -> AppContext:
    """The context of a command; ``close_stores`` closes its store."""
    from cpsa.services.app_context import AppContext

    context = AppContext.from_settings(read_settings(), ready=ready)
    _open_engines.add(context.engine)
    return context


def close_stores() -> None:
    """Close what commands have opened: SQLite then has its whole store in one file."""
    for engine in _open_engines:
        engine.dispose()


def now() -> datetime:
    """The instant a command was given: the one place where the command line reads the clock."""
    return datetime.now(UTC)


def read_person() -> str:
    import getpass

    return os.environ.get("CPSA_USER") or getpass.getuser()


def read_role() -> StaffRole:
    """The role of the person at this shell; RequestError for an unknown role."""
    value = os.environ.get("CPSA_ROLE") or StaffRole.ADMIN
    if value not in set(StaffRole):
        raise RequestError("cli.no_such_role", value=value, roles=", ".join(StaffRole))
    return StaffRole(value)


def configure_logging() -> None:
    """Write the program's log to stderr; ``CPSA_LOG_LEVEL`` says from which level on."""
    value = os.environ.get("CPSA_LOG_LEVEL") or LOG_LEVELS[0]
    if value not in LOG_LEVELS:
        raise RequestError("cli.no_such_log_level", value=value, levels=", ".join(LOG_LEVELS))
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("cpsa").setLevel(value.upper())


def language() -> str:
    return select_language(os.environ.get("CPSA_LANGUAGE", ""), DEFAULT_LANGUAGE)


def parse_optional_quarter(key: str | None) -> Quarter | None:
    return None if key is None else Quarter.parse(key)


def parse_instant(text: str | None) -> datetime | None:
    """An instant as typed; without a zone it is India's time."""
    if text is None:
        return None
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError as error:
        raise RequestError("collect.bad_instant", value=text) from error
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=IST)


def parse_day(text: str) -> date:
    """A day as typed, 2026-11-05 or 05.11.2026."""
    parts = re.split(r"[.-]", text.strip())
    try:
        numbers = [int(part) for part in (parts if len(parts[0]) == 4 else parts[::-1])]
        return date(*numbers)
    except (ValueError, TypeError) as error:
        raise RequestError("collect.bad_day", value=text) from error


def require_admin(command: str) -> None:
    """RequestError for a role below admin."""
    own = read_role()
    if not own.covers(StaffRole.ADMIN):
        raise RequestError("cli.not_your_role", command=command, role=own, needed=StaffRole.ADMIN)


def end_command(is_incomplete: bool) -> None:
    """End the command with the status for whether something was returned or not sent."""
    if is_incomplete:
        raise typer.Exit(INCOMPLETE)
