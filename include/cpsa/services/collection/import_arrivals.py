"""The one flow by which files enter the store, whatever the channel.

For each delivery of a channel: fetch, unpack, identify its owner and quarter, then import it, refuse it,
put it aside or wait until an unproven sender is confirmed; then acknowledge. Each file is recorded in
one transaction before its delivery is acknowledged: a process that dies loses and doubles nothing. Files
of a folder, which nobody acknowledges, are recorded in batches (``import_batch``). A defect with one
delivery or file refuses that one, and the round goes on. What must not go here: a single channel
(``folder_channel``, ``mailbox_channel``, ``import_upload``), and judging figures.
"""

from __future__ import annotations

from datetime import datetime
from itertools import islice

from cpsa.errors import RequestError
from cpsa.intake.channels.channel import (
    Channel,
    Contents,
    Delivery,
    DeliveryUnavailableError,
    Destination,
    IncomingFile,
)
from cpsa.services.app_context import AppContext
from cpsa.services.arrival_records import (
    record_automatic_mail,
    refuse_file,
    report_unreadable_file,
)
from cpsa.services.collection.import_batch import import_batch
from cpsa.services.collection.import_file import identify_file, import_or_refuse, unpack_delivery
from cpsa.services.service_results import CollectSummary, IntakeResult


def import_arrivals(context: AppContext, channel: Channel, now: datetime) -> CollectSummary:
    """Import everything in a channel; return the result of each file, in order.

    RequestError when the channel or the store cannot be read. A delivery that cannot be written to
    the disk stays where it is; that is raised when all others were dealt with.
    """
    items: list[IntakeResult] = []
    failed: OSError | None = None
    deliveries = iter(channel.list_deliveries())
    while together := list(islice(deliveries, channel.batch_size)):
        if channel.batch_size > 1:
            results, error = import_batch(context, channel, together, now)
            items += results
            failed = failed or error
            continue
        try:
            items += _import_delivery(context, channel, together[0], now)
        except OSError as own:
            failed = failed or own
    if failed is not None:
        detail = failed.strerror or type(failed).__name__
        raise RequestError("channels.not_kept", detail=detail) from failed
    return CollectSummary(tuple(items))


def _import_delivery(
    context: AppContext, channel: Channel, delivery: Delivery, now: datetime
) -> list[IntakeResult]:
    """Import one delivery and acknowledge it; one that cannot be read or moved now stays."""
    try:
        whole = channel.fetch(delivery)
        if whole is None:
            return []
        contents = unpack_delivery(context, channel, delivery, whole)
        items, destination = _import_contents(context, channel, contents, now)
        channel.acknowledge(delivery, destination)
    except DeliveryUnavailableError as error:
        return [report_unreadable_file(context, delivery.key, error)]
    return items


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
    """Import one file, unless its sender is not proven and has to confirm it."""
    file, refusal = identify_file(context, channel, contents, file)
    return import_or_refuse(context, file, refusal, now, contents.unproven)
