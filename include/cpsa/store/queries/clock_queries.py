"""The newest instant that the program itself has written, by the clock of its machines.

Not the ledger's, which keeps the database's time, and nothing that came from outside.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select

from cpsa.store.tables.arrival_tables import arrival
from cpsa.store.tables.audit_tables import audit
from cpsa.store.tables.awaiting_arrival_tables import arrival_settlement, awaiting_arrival
from cpsa.store.tables.channel_scan_tables import channel_round
from cpsa.store.tables.closing_tables import closing
from cpsa.store.tables.examination_tables import examination
from cpsa.store.tables.obligation_tables import obligation
from cpsa.store.tables.quarter_tables import quarter_opening
from cpsa.store.tables.registry_tables import registry_load
from cpsa.store.tables.submission_tables import submission

_WRITTEN_COLUMNS = (
    registry_load.c.loaded_at,
    quarter_opening.c.opened_at,
    obligation.c.recorded_at,
    arrival.c.collected_at,
    awaiting_arrival.c.recorded_at,
    arrival_settlement.c.settled_at,
    submission.c.collected_at,
    examination.c.examined_at,
    channel_round.c.started_at,
    closing.c.closed_at,
    audit.c.at,
)


def find_newest_instant(connection: Connection) -> datetime | None:
    """The newest of these instants; None in an empty store."""
    found = (connection.execute(select(func.max(column))).scalar() for column in _WRITTEN_COLUMNS)
    return max((instant for instant in found if instant is not None), default=None)
