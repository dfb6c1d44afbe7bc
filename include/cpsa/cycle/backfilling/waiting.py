"""The files of the inbox that a backfill would take in: of its quarters, its agencies, not known yet.

Read before the transaction begins: a slow file system holds up nobody. What must not go here:
taking them in, which is for ``import_arrivals``.
"""

from __future__ import annotations

from datetime import datetime

from cpsa.collect.channels.channel import FileUse, IncomingFile
from cpsa.collect.channels.files import ENTRIES_SUFFIX
from cpsa.collect.channels.folder import Found
from cpsa.cycle.arriving import known
from cpsa.cycle.backfilling.order import Order
from cpsa.cycle.collecting import open_inbox
from cpsa.cycle.folder_channel import FolderChannel
from cpsa.cycle.office import Office
from cpsa.registry import Roll
from cpsa.store.database import reading


def incoming_files(office: Office, order: Order, now: datetime) -> list[IncomingFile]:
    """Updates with their owner, entries files without; RequestError when a file cannot be read."""
    inbox = open_inbox(office)
    with reading(office.engine) as connection:
        roll = office.roll(connection)

    def received_at(file: Found) -> datetime:
        return min(file.written_at or now, now)

    channel = FolderChannel(office, inbox, now, received_at)
    found = []
    for delivery in channel.list_deliveries():
        owner = _owner(delivery.source, roll)
        if owner is None or not _is_requested(order, owner, delivery.source.quarter):
            continue
        whole = channel.fetch(delivery)
        if known(office, channel.code, whole.key, whole.sha256) is not None:
            continue
        contents = channel.unpack(delivery, whole)
        found += [channel.identify(contents, file) for file in contents.files]
    return [file for file in found if file.use is not FileUse.REPORT]


def _owner(file: Found, roll: Roll) -> str | None:
    """The agency a file's name says, or "" for an entries file of several; None for another's."""
    entries = file.name.casefold().endswith(ENTRIES_SUFFIX)
    code = roll.code_named(file.name[: -len(ENTRIES_SUFFIX)] if entries else file.stem)
    if code in set(roll.agencies["code"]):
        return code
    return "" if entries else None


def _is_requested(order: Order, agency: str, quarter: str) -> bool:
    if agency:
        return order.concerns(agency, quarter)
    return not order.agencies and order.concerns("", quarter)
