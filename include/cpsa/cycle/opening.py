"""What comes before updates: a quarter's window is opened."""

from __future__ import annotations

from datetime import datetime

from cpsa.calendar import Quarter
from cpsa.cycle.office import Office
from cpsa.cycle.results import Opened
from cpsa.store import intake
from cpsa.store.database import reading, writing


def open_quarter(office: Office, quarter: Quarter, now: datetime) -> Opened:
    """Record who owes an update for a quarter. Again, it adds only agencies that are new."""
    office.framework(quarter)  # a quarter before the first framework cannot be opened
    with reading(office.engine) as connection:
        forms = office.roll(connection).forms_in(quarter.key)
    with writing(office.engine) as connection:
        new = intake.record_obligations(connection, quarter.key, forms, now)
    return Opened(quarter.key, len(forms), new)
