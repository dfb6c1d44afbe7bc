"""Whose update is due for a quarter, and recording it. Sending the request is the letters' part."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection

from cpsa.calendar import Quarter
from cpsa.cycle.office import Office
from cpsa.registry import Roll
from cpsa.store import closings, intake, quarters
from cpsa.store import registry as registries
from cpsa.store.database import reading, writing

LATE_ADDITION = timedelta(days=14)  # before the window ends: first due for the next quarter


def forms_due(connection: Connection, roll: Roll, quarter: Quarter) -> Mapping[str, str]:
    """The agencies whose update is due for a quarter, each with its form, in the registry's order.

    Those active in it, but one that was added late, after the quarter was opened: only where it has
    an obligation by hand, or sent a file.
    """
    forms = roll.forms_in(quarter.key)
    opening = quarters.opening(connection, quarter.key)
    if opening is None or opening.replayed:
        return forms
    added = registries.added_at(connection)
    since = max(opening.opened_at, quarter.window_ends - LATE_ADDITION)
    late = {agency for agency in forms if added[agency] >= since}
    if late:
        late -= set(intake.obligations(connection, quarter.key))
        late -= intake.agencies_with_submissions(connection, quarter.key)
    return {agency: form for agency, form in forms.items() if agency not in late}


def record_missing(office: Office, now: datetime) -> dict[str, int]:
    """Record the obligations that agencies added since lack in open quarters; how many, by quarter."""
    new: dict[str, int] = {}
    with reading(office.engine) as connection:
        open_quarters = [
            Quarter.parse(key)
            for key, opening in quarters.openings(connection).items()
            if not opening.replayed
            and now < Quarter.parse(key).window_ends
            and closings.first_closing(connection, key) is None
        ]
    for quarter in open_quarters:
        with writing(office.engine) as connection:
            forms = forms_due(connection, office.roll(connection), quarter)
            if count := intake.record_obligations(connection, quarter.key, forms, now):
                new[quarter.key] = count
    return new
