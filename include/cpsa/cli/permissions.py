"""Which role may give which command, as the board's people have them: viewer, ops, admin.

A role is given with the shell, by ``CPSA_ROLE`` in the environment that the machine's administrator
sets; without one it is admin, as it is for who holds the database's password. It keeps people from
what is not theirs to do by mistake; the database's own login protects against those who mean harm.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

import typer
from typer.core import TyperCommand

from cpsa.cli.session import StaffRole, read_role
from cpsa.errors import RequestError

COMMANDS_BY_ROLE: dict[StaffRole, tuple[str, ...]] = {
    StaffRole.VIEWER: (
        *("status", "findings", "scores", "reporting", "actions", "arrivals", "audit"),
        *("pipeline", "applications", "money"),
        *("check", "rebuild", "trace", "outbox list", "replies", "verify"),
        *("programme check", "programme schemas", "clusters changes", "clusters file"),
    ),
    StaffRole.OPS: (
        *("template", "open", "collect", "entries load", "close", "explain", "build", "publish"),
        *("request", "query"),
        *("letters", "remind", "send", "outbox resolve", "outbox retry", "outbox bounces"),
        *("atr-form", "atr", "decide", "portal", "link", "confirm"),
        *("reply-file", "reply-done", "doctor"),
    ),
    StaffRole.ADMIN: (
        *("registry load", "extend", "reopen", "waive", "backfill", "export", "import", "retain"),
        *("programme additions", "db upgrade", "clusters confirm", "clusters refuse"),
    ),
}
"""Viewers change nothing; ops do each day's work; admins change what was decided."""


def require_roles(app: typer.Typer) -> Callable[[], Any]:
    """The application, in which each command first checks the role it needs."""
    command = typer.main.get_command(app)
    needs = {path: needed for needed, paths in COMMANDS_BY_ROLE.items() for path in paths}
    for path, subcommand in list_commands(command).items():
        subcommand.callback = _require_role(path, needs[path], subcommand.callback)
    return command


def list_commands(command: Any, path: tuple[str, ...] = ()) -> Mapping[str, TyperCommand]:
    """Every command by its words, such as ``outbox list``."""
    if not hasattr(command, "commands"):
        return {" ".join(path): command}
    found: dict[str, TyperCommand] = {}
    for name, inner in command.commands.items():
        found |= list_commands(inner, (*path, name))
    return found


def _require_role(
    path: str, needed: StaffRole, work: Callable[..., Any] | None
) -> Callable[..., Any]:
    assert work is not None, path

    @wraps(work)
    def check_role(*words: Any, **options: Any) -> Any:
        own_role = read_role()
        if not own_role.covers(needed):
            raise RequestError("cli.not_your_role", command=path, role=own_role, needed=needed)
        return work(*words, **options)

    return check_role
