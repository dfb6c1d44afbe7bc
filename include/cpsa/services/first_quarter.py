"""The programme's first quarter, which decides from when on quarters and half-years are whole."""

from __future__ import annotations

from sqlalchemy import Connection

from cpsa.calendar import HalfYear, Quarter
from cpsa.reference.programme_in_use import get_programme
from cpsa.store.queries import quarter_queries, submission_queries


def find_first_quarter(connection: Connection) -> Quarter | None:
    """Return the first quarter as it was set, else the programme's, else the oldest in the store, if any."""
    key = quarter_queries.find_setting(connection, quarter_queries.FIRST_QUARTER)
    if not key and (first := get_programme().first_quarter):
        return first
    known = [key] if key else submission_queries.list_known_quarters(connection)
    return Quarter.parse(known[0]) if known else None


def list_wanted_quarters(half: HalfYear, first: Quarter | None) -> tuple[Quarter, ...]:
    """List the quarters that a half-year is compiled from: those since the programme's first."""
    return tuple(quarter for quarter in half.quarters if first is None or quarter >= first)
