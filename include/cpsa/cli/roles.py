"""Which role may give which command, as the board's people have them: viewer, ops, admin.

A role is given with the shell, by ``CPSA_ROLE`` in the environment that whoever keeps the machine
sets; without one it is admin, as it is for who holds the database's password. It keeps people from
what is not theirs to do by mistake; against those who mean harm stands the database's own login.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

import click
import typer

from cpsa.cli.session import role
from cpsa.errors import RequestError
from cpsa.roles import Role

NEEDS: dict[Role, tuple[str, ...]] = {
    Role.VIEWER: (
        *("status", "findings", "scores", "reporting", "actions", "arrivals", "audit"),
        *("check", "rebuild", "trace", "outbox list", "replies"),
    ),
    Role.OPS: (
        *("template", "open", "collect", "entries load", "close", "explain", "build", "publish"),
        *("request", "query"),
        *("letters", "remind", "send", "outbox resolve", "outbox retry", "outbox bounces"),
        *("atr-form", "atr", "decide", "portal", "link", "confirm"),
        *("reply-file", "reply-done"),
    ),
    Role.ADMIN: (
        *("registry load", "extend", "reopen", "waive", "backfill", "export", "import", "retain"),
        "db upgrade",
    ),
}
"""Looking changes nothing; ops do each day's work; admins change what holds."""


def guarded(app: typer.Typer) -> Callable[[], Any]:
    """The application, in which each command first asks for its role."""
    command = typer.main.get_command(app)
    needs = {path: needed for needed, paths in NEEDS.items() for path in paths}
    for path, one in commands(command).items():
        one.callback = _asking(path, needs[path], one.callback)
    return command


def commands(command: Any, path: tuple[str, ...] = ()) -> Mapping[str, click.Command]:
    """Every command by its words, such as ``outbox list``."""
    if not hasattr(command, "commands"):
        return {" ".join(path): command}
    found: dict[str, click.Command] = {}
    for name, inner in command.commands.items():
        found |= commands(inner, (*path, name))
    return found


def _asking(path: str, needed: Role, work: Callable | None) -> Callable:
    assert work is not None, path

    @wraps(work)
    def ask_first(*words: Any, **options: Any) -> Any:
        held = role()
        if not held.covers(needed):
            raise RequestError("cli.not_your_role", command=path, role=held, needed=needed)
        return work(*words, **options)

    return ask_first
