"""Giving requests for policy support their numbers, once their quarter is closed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from cpsa import actions
from cpsa.calendar import Quarter
from cpsa.cycle.departments import replace_former_codes
from cpsa.cycle.office import AppContext
from cpsa.store import actions as action_rows
from cpsa.store import intake


def number_actions(
    context: AppContext, connection: Connection, quarter: Quarter, now: datetime
) -> None:
    """Number the requests of a quarter that have no number yet; a number is given once."""
    entries = replace_former_codes(context, intake.load_entries(connection, quarter.key))
    known = replace_former_codes(context, action_rows.load_actions(connection, quarter.key))
    new = actions.assign_numbers(
        entries[entries["quarter"] == quarter.key],
        known[known["quarter"] == quarter.key],
        quarter,
    )
    action_rows.add_actions(connection, [{**row, "raised_at": now} for row in new])
