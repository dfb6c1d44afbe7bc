"""The files of the inbox that a backfill would take in: of its quarters, its agencies, not known yet.

Read before the transaction begins: a slow file system holds up nobody. What must not go here:
taking them in, which is for ``arriving``.
"""

from __future__ import annotations

from datetime import datetime

from cpsa.collect.arrival import Arrival
from cpsa.collect.channels.files import ENTRIES_SUFFIX
from cpsa.collect.channels.folder import Folder, Found
from cpsa.cycle.arriving import known
from cpsa.cycle.backfilling.order import Order
from cpsa.cycle.collecting import CHANNEL
from cpsa.cycle.office import Office
from cpsa.registry import Roll
from cpsa.store.database import reading


def arrivals(office: Office, order: Order, now: datetime) -> list[Arrival]:
    """Updates with their owner, entries files without; RequestError when a file cannot be read."""
    inbox = Folder(office.settings.inbox)
    inbox.make()
    with reading(office.engine) as connection:
        roll = office.roll(connection)
    found = []
    for file in inbox.files():
        owner = _owner(file, roll)
        if owner is None or not _asked_for(order, owner, file.quarter):
            continue
        received_at = min(file.written_at or now, now)
        arrival = Arrival(CHANNEL, file.key, file.name, inbox.read(file), "", "", received_at)
        if known(office, CHANNEL, file.key, arrival.sha256) is None:
            found.append(arrival.of(owner, file.quarter))
    return found


def is_entries(arrival: Arrival) -> bool:
    return arrival.file_name.casefold().endswith(ENTRIES_SUFFIX)


def _owner(file: Found, roll: Roll) -> str | None:
    """The agency a file's name says, or "" for an entries file of several; None for another's."""
    entries = file.name.casefold().endswith(ENTRIES_SUFFIX)
    code = roll.code_named(file.name[: -len(ENTRIES_SUFFIX)] if entries else file.stem)
    if code in set(roll.agencies["code"]):
        return code
    return "" if entries else None


def _asked_for(order: Order, agency: str, quarter: str) -> bool:
    if agency:
        return order.concerns(agency, quarter)
    return not order.agencies and order.concerns("", quarter)
