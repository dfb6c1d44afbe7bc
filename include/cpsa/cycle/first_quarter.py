"""The programme's first quarter, which decides from when on quarters and half-years are whole."""

from __future__ import annotations

from sqlalchemy import Connection

from cpsa.calendar import HalfYear, Quarter
from cpsa.store import intake, quarters


def first_quarter(connection: Connection) -> Quarter | None:
    """The first quarter as it was set, else the oldest in the store; None in an empty one."""
    key = quarters.setting(connection, quarters.FIRST_QUARTER)
    known = [key] if key else intake.quarters_known(connection)
    return Quarter.parse(known[0]) if known else None


def wanted_quarters(half: HalfYear, first: Quarter | None) -> tuple[Quarter, ...]:
    """The quarters that a half-year is compiled from: those since the programme's first."""
    return tuple(quarter for quarter in half.quarters if first is None or quarter >= first)
