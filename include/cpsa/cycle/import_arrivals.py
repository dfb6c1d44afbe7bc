"""The one flow by which files enter the store, whatever the channel.

For each delivery of a channel: fetch, unpack, identify whose and for when, take in or refuse or put
aside (or wait until an unproven sender is confirmed), acknowledge. Each file is recorded in one transaction before its delivery is acknowledged, so
that a process that dies loses and doubles nothing. A defect with one delivery or file refuses that
one, and the round goes on. What must not go here: any one channel (``folder_channel``, ``mailbox``,
``upload``), and judging figures.
"""

from __future__ import annotations

from datetime import datetime

from cpsa.collect.arrival import Arrival
from cpsa.collect.channels.channel import (
    Channel,
    Contents,
    Delivery,
    DeliveryUnavailableError,
    Destination,
    FileUse,
    IncomingFile,
)
from cpsa.cycle.action_reports import take_in_report
from cpsa.cycle.arriving import (
    known,
    record_automatic,
    refuse,
    refuse_defect,
    take_entries,
    take_in,
    unrecorded,
)
from cpsa.cycle.department_replies import keep_reply
from cpsa.cycle.mail_trust import wait_for_sender
from cpsa.cycle.office import Office
from cpsa.cycle.results import Collected, Item
from cpsa.errors import RequestError
from cpsa.store.database import StoreUnreachableError

# Not the fault of what came in: the disk, the database. It stays where it is and is tried again.
_ENVIRONMENT = (OSError, StoreUnreachableError)


def import_arrivals(office: Office, channel: Channel, now: datetime) -> Collected:
    """Take in all that lies in a channel; what became of each file, in order.

    RequestError when the channel or the store cannot be read. A delivery that cannot be written to
    the disk stays where it is; that is raised when all others were dealt with.
    """
    items: list[Item] = []
    failed: OSError | None = None
    for delivery in channel.list_deliveries():
        try:
            items += import_delivery(office, channel, delivery, now)
        except OSError as error:
            failed = failed or error
    if failed is not None:
        detail = failed.strerror or type(failed).__name__
        raise RequestError("channels.not_kept", detail=detail) from failed
    return Collected(tuple(items))


def import_delivery(
    office: Office, channel: Channel, delivery: Delivery, now: datetime
) -> list[Item]:
    """Take in one delivery and acknowledge it; one that cannot be read or moved now stays."""
    if item := _unchanged(office, channel, delivery):
        return [item]
    try:
        whole = channel.fetch(delivery)
        if whole is None:
            return []
        contents = _unpacked(office, channel, delivery, whole)
        items, destination = _imported(office, channel, contents, now)
        channel.acknowledge(delivery, destination)
    except DeliveryUnavailableError as error:
        return [unrecorded(office, delivery.key, error)]
    return items


def import_file(office: Office, file: IncomingFile, now: datetime) -> Item:
    """Take in one identified file by its use."""
    match file.use:
        case FileUse.REPORT:
            seat = file.reply.seat if file.reply else ""
            return take_in_report(office, file.arrival, now, file.departments, seat)
        case FileUse.REPLY:
            return keep_reply(office, file.arrival, file.reply, now)
        case FileUse.ENTRIES:
            return take_entries(office, file.arrival, now, file.agencies)
        case FileUse.UPDATE:
            return take_in(office, file.arrival, now)


def _unchanged(office: Office, channel: Channel, delivery: Delivery) -> Item | None:
    """A repeat that need not be read: its bytes are known, and are kept."""
    if not delivery.sha256 or not office.received_file(delivery.sha256).is_file():
        return None
    return known(office, channel.code, delivery.key, delivery.sha256)


def _unpacked(office: Office, channel: Channel, delivery: Delivery, whole: Arrival) -> Contents:
    try:
        return channel.unpack(delivery, whole)
    except _ENVIRONMENT:
        raise
    except RequestError as error:
        return Contents(whole, refusal=error)
    except Exception as error:
        return Contents(whole, refusal=refuse_defect(office, error))


def _imported(
    office: Office, channel: Channel, contents: Contents, now: datetime
) -> tuple[list[Item], Destination]:
    aside = [Item(contents.whole.key, "aside", reason=reason) for reason in contents.put_aside]
    if contents.destination is not None:
        if contents.destination is Destination.AUTOMATIC:
            record_automatic(office, contents.whole, now)
        return aside, contents.destination
    if contents.refusal is not None:
        return [refuse(office, contents.whole, contents.refusal, now), *aside], Destination.REFUSED
    items = [_import_one(office, channel, contents, file, now) for file in contents.files]
    is_refused = any(item.outcome == "refused" for item in items)
    return [*items, *aside], Destination.REFUSED if is_refused else Destination.DONE


def _import_one(
    office: Office, channel: Channel, contents: Contents, file: IncomingFile, now: datetime
) -> Item:
    """What became of one file; whatever is wrong with it refuses it alone."""
    try:
        file = channel.identify(contents, file)
        if contents.unproven is not None:
            item = wait_for_sender(office, file, contents.unproven, now)
            if item is not None:
                return item
        return import_file(office, file, now)
    except _ENVIRONMENT:
        raise
    except RequestError as error:
        return refuse(office, file.arrival, error, now)
    except Exception as error:
        return refuse(office, file.arrival, refuse_defect(office, error), now)
