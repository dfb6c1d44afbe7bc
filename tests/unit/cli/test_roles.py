"""Every command has its role, and asks for it before it does anything."""

from __future__ import annotations

import typer

from cpsa.cli import permissions
from cpsa.cli.command_line import app
from cpsa.cli.session import StaffRole


def test_every_command_is_some_roles() -> None:
    known = set(permissions.list_commands(typer.main.get_command(app)))
    told = [path for paths in permissions.COMMANDS_BY_ROLE.values() for path in paths]
    assert sorted(told) == sorted(known)


def test_a_role_covers_those_below_it() -> None:
    covers = {(one, other) for one in StaffRole for other in StaffRole if one.covers(other)}
    assert covers == {
        *((StaffRole.ADMIN, other) for other in StaffRole),
        (StaffRole.OPS, StaffRole.OPS),
        (StaffRole.OPS, StaffRole.VIEWER),
        (StaffRole.VIEWER, StaffRole.VIEWER),
    }
