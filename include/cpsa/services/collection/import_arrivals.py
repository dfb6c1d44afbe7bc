"""The one flow by which files enter the store, whatever the channel.

For each delivery of a channel: fetch, unpack, identify its owner and quarter, then import it, refuse it,
put it aside or wait until an unproven sender is confirmed; then acknowledge. Each file is recorded in
one transaction before its delivery is acknowledged: a process that dies loses and doubles nothing. A
defect with one delivery or file refuses that one, and the round goes on. What must not go here: a single
channel (``folder_channel``, ``mailbox_channel``, ``import_upload``), and judging figures.
"""

from __future__ import annotations

from datetime import datetime

from cpsa.errors import RequestError
from cpsa.intake.arrival import Arrival
from cpsa.intake.channels.channel import (
    Channel,
    Contents,
    Delivery,
    DeliveryUnavailableError,
    Destination,
    FileUse,
    IncomingFile,
)
from cpsa.services.app_context import AppContext
from cpsa.services.arrival_records import (
    find_repeat,
    make_defect_refusal,
    record_automatic_mail,
    refuse_file,
    report_unreadable_file,
)
from cpsa.services.collection.import_entries import import_entries
from cpsa.services.collection.import_update import import_update
from cpsa.services.collection.mail_trust import await_sender_confirmation
from cpsa.services.decisions.department_replies import record_reply
from cpsa.services.decisions.import_report import import_report
from cpsa.services.service_results import CollectSummary, IntakeResult
from cpsa.store.database import StoreUnreachableError

# Not the fault of the file: the disk, the database. The delivery stays where it is and is tried again.
_ENVIRONMENT_ERRORS = (OSError, StoreUnreachableError)


def import_arrivals(context: AppContext, channel: Channel, now: datetime) -> CollectSummary:
    """Import everything in a channel; return the result of each file, in order.

    RequestError when the channel or the store cannot be read. A delivery that cannot be written to
    the disk stays where it is; that is raised when all others were dealt with.
    """
    items: list[IntakeResult] = []
    failed: OSError | None = None
    for delivery in channel.list_deliveries():
        try:
            items += import_delivery(context, channel, delivery, now)
        except OSError as error:
            failed = failed or error
    if failed is not None:
        detail = failed.strerror or type(failed).__name__
        raise RequestError("channels.not_kept", detail=detail) from failed
    return CollectSummary(tuple(items))


def import_delivery(
    context: AppContext, channel: Channel, delivery: Delivery, now: datetime
) -> list[IntakeResult]:
    """Import one delivery and acknowledge it; one that cannot be read or moved now stays."""
    if item := _find_unchanged(context, channel, delivery):
        return [item]
    try:
        whole = channel.fetch(delivery)
        if whole is None:
            return []
        contents = _unpack(context, channel, delivery, whole)
        items, destination = _import_contents(context, channel, contents, now)
        channel.acknowledge(delivery, destination)
    except DeliveryUnavailableError as error:
        return [report_unreadable_file(context, delivery.key, error)]
    return items


def import_file(context: AppContext, file: IncomingFile, now: datetime) -> IntakeResult:
    """Import one identified file by its use."""
    match file.use:
        case FileUse.REPORT:
            seat = file.reply.seat if file.reply else ""
            return import_report(context, file.arrival, now, file.departments, seat)
        case FileUse.REPLY:
            return record_reply(context, file.arrival, file.reply, now)
        case FileUse.ENTRIES:
            return import_entries(context, file.arrival, now, file.agencies)
        case FileUse.UPDATE:
            return import_update(context, file.arrival, now)


def _find_unchanged(
    context: AppContext, channel: Channel, delivery: Delivery
) -> IntakeResult | None:
    """Find a repeat that need not be read: its bytes are known and stored."""
    if not delivery.sha256 or not context.received_path(delivery.sha256).is_file():
        return None
    return find_repeat(context, channel.code, delivery.key, delivery.sha256)


def _unpack(context: AppContext, channel: Channel, delivery: Delivery, whole: Arrival) -> Contents:
    try:
        return channel.unpack(delivery, whole)
    except _ENVIRONMENT_ERRORS:
        raise
    except RequestError as error:
        return Contents(whole, refusal=error)
    except Exception as error:
        return Contents(whole, refusal=make_defect_refusal(context, error))


def _import_contents(
    context: AppContext, channel: Channel, contents: Contents, now: datetime
) -> tuple[list[IntakeResult], Destination]:
    aside = [
        IntakeResult(contents.whole.key, "aside", reason=reason) for reason in contents.put_aside
    ]
    if contents.destination is not None:
        if contents.destination is Destination.AUTOMATIC:
            record_automatic_mail(context, contents.whole, now)
        return aside, contents.destination
    if contents.refusal is not None:
        return [
            refuse_file(context, contents.whole, contents.refusal, now),
            *aside,
        ], Destination.REFUSED
    items = [_identify_and_import(context, channel, contents, file, now) for file in contents.files]
    is_refused = any(item.outcome == "refused" for item in items)
    return [*items, *aside], Destination.REFUSED if is_refused else Destination.DONE


def _identify_and_import(
    context: AppContext, channel: Channel, contents: Contents, file: IncomingFile, now: datetime
) -> IntakeResult:
    """Import one file and return its result; an error in it refuses this file alone."""
    try:
        file = channel.identify(contents, file)
        if contents.unproven is not None:
            item = await_sender_confirmation(context, file, contents.unproven, now)
            if item is not None:
                return item
        return import_file(context, file, now)
    except _ENVIRONMENT_ERRORS:
        raise
    except RequestError as error:
        return refuse_file(context, file.arrival, error, now)
    except Exception as error:
        return refuse_file(context, file.arrival, make_defect_refusal(context, error), now)
