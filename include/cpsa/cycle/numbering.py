"""Giving requests for policy support their numbers, once their quarter is closed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from cpsa import actions
from cpsa.calendar import Quarter
from cpsa.cycle.departments import with_present_codes
from cpsa.cycle.office import Office
from cpsa.store import actions as shelf
from cpsa.store import intake


def number_actions(office: Office, connection: Connection, quarter: Quarter, now: datetime) -> None:
    """Number what is asked in a quarter and has no number yet; a number is given once."""
    entries = with_present_codes(office, intake.entries_until(connection, quarter.key))
    known = with_present_codes(office, shelf.actions(connection, quarter.key))
    new = actions.number(
        entries[entries["quarter"] == quarter.key],
        known[known["quarter"] == quarter.key],
        quarter,
    )
    shelf.add_actions(connection, [{**row, "raised_at": now} for row in new])
