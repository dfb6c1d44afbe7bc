"""Giving requests for policy support their numbers, once their quarter is closed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from cpsa.actions.action_numbers import assign_numbers
from cpsa.calendar import Quarter
from cpsa.services.app_context import AppContext
from cpsa.services.department_codes import replace_former_codes
from cpsa.store.queries import action_queries, entry_queries


def number_actions(
    context: AppContext, connection: Connection, quarter: Quarter, now: datetime
) -> None:
    """Number the requests of a quarter that have no number yet; a number is given once."""
    entries = replace_former_codes(context, entry_queries.load_entries(connection, quarter.key))
    known = replace_former_codes(context, action_queries.load_actions(connection, quarter.key))
    new = assign_numbers(
        entries[entries["quarter"] == quarter.key],
        known[known["quarter"] == quarter.key],
        quarter,
    )
    action_queries.add_actions(connection, [{**row, "raised_at": now} for row in new])
