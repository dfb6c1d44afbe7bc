"""Whose update is due for a quarter, and recording it. Sending the request is the letters' part."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection

from cpsa.calendar import Quarter
from cpsa.registry.agency_register import AgencyRegister
from cpsa.services.app_context import AppContext
from cpsa.store.database import read_transaction, write_transaction
from cpsa.store.queries import (
    closing_queries,
    obligation_queries,
    quarter_queries,
    registry_queries,
    submission_queries,
)

LATE_ADDITION = timedelta(days=14)  # before the window ends: first due for the next quarter


def list_forms_due(
    connection: Connection, register: AgencyRegister, quarter: Quarter
) -> Mapping[str, str]:
    """List the agencies whose update is due for a quarter, each with its form, in the registry's order.

    Those active in it, but one that was added late, after the quarter was opened: only where it has
    an obligation by hand, or sent a file.
    """
    forms = register.forms_in(quarter.key)
    opening = quarter_queries.find_opening(connection, quarter.key)
    if opening is None or opening.replayed:
        return forms
    added = registry_queries.load_added_at(connection)
    since = max(opening.opened_at, quarter.window_ends - LATE_ADDITION)
    late = {agency for agency in forms if added[agency] >= since}
    if late:
        late -= set(obligation_queries.load_obligations(connection, quarter.key))
        late -= submission_queries.list_agencies_with_submissions(connection, quarter.key)
    return {agency: form for agency, form in forms.items() if agency not in late}


def record_missing_obligations(context: AppContext, now: datetime) -> dict[str, int]:
    """Record missing obligations of agencies added to open quarters; return how many, by quarter."""
    new: dict[str, int] = {}
    with read_transaction(context.engine) as connection:
        open_quarters = [
            Quarter.parse(key)
            for key, opening in quarter_queries.load_openings(connection).items()
            if not opening.replayed
            and now < Quarter.parse(key).window_ends
            and closing_queries.find_first_closing(connection, key) is None
        ]
    for quarter in open_quarters:
        with write_transaction(context.engine) as connection:
            forms = list_forms_due(connection, context.load_register(connection), quarter)
            if count := obligation_queries.record_obligations(connection, quarter.key, forms, now):
                new[quarter.key] = count
    return new
