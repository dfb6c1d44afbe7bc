"""Every command has its role, and asks for it before it does anything."""

from __future__ import annotations

import typer

from cpsa.cli import roles
from cpsa.cli.app import app
from cpsa.roles import Role


def test_every_command_is_some_roles() -> None:
    known = set(roles.commands(typer.main.get_command(app)))
    told = [path for paths in roles.NEEDS.values() for path in paths]
    assert sorted(told) == sorted(known)


def test_a_role_covers_those_below_it() -> None:
    covers = {(one, other) for one in Role for other in Role if one.covers(other)}
    assert covers == {
        *((Role.ADMIN, other) for other in Role),
        (Role.OPS, Role.OPS),
        (Role.OPS, Role.VIEWER),
        (Role.VIEWER, Role.VIEWER),
    }
