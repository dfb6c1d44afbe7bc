"""The steps of one file, whatever the channel: unpacked, identified, imported or refused.

A defect with one delivery or file refuses that one. What must not go here: the order of deliveries, and
what is recorded together (``import_arrivals``, ``import_batch``).
"""

from __future__ import annotations

from datetime import datetime

from cpsa.errors import RequestError
from cpsa.intake.arrival import Arrival
from cpsa.intake.channels.channel import Channel, Contents, Delivery, FileUse, IncomingFile
from cpsa.intake.channels.mail_authentication import UnprovenSender
from cpsa.services.app_context import AppContext
from cpsa.services.arrival_records import make_defect_refusal, refuse_file
from cpsa.services.collection.import_entries import import_entries
from cpsa.services.collection.import_update import import_update
from cpsa.services.collection.mail_trust import await_sender_confirmation
from cpsa.services.decisions.department_replies import record_reply
from cpsa.services.decisions.import_report import import_report
from cpsa.services.service_results import IntakeResult
from cpsa.store.database import StoreUnreachableError

# Not the fault of the file: the disk, the database. The delivery stays where it is and is tried again.
ENVIRONMENT_ERRORS = (OSError, StoreUnreachableError)


def unpack_delivery(
    context: AppContext, channel: Channel, delivery: Delivery, whole: Arrival
) -> Contents:
    """Return what a delivery brings; an error in it refuses the whole."""
    try:
        return channel.unpack(delivery, whole)
    except ENVIRONMENT_ERRORS:
        raise
    except RequestError as error:
        return Contents(whole, refusal=error)
    except Exception as error:
        return Contents(whole, refusal=make_defect_refusal(context, error))


def identify_file(
    context: AppContext, channel: Channel, contents: Contents, file: IncomingFile
) -> tuple[IncomingFile, RequestError | None]:
    """Return a file with its use, agency and quarter, and why it is refused where it is."""
    try:
        return channel.identify(contents, file), None
    except ENVIRONMENT_ERRORS:
        raise
    except RequestError as error:
        return file, error
    except Exception as error:
        return file, make_defect_refusal(context, error)


def import_or_refuse(
    context: AppContext,
    file: IncomingFile,
    refusal: RequestError | None,
    now: datetime,
    unproven: UnprovenSender | None = None,
) -> IntakeResult:
    """Import one file and return its result; an error in it refuses this file alone.

    ``unproven``: its sender, who may have to confirm it first.
    """
    if refusal is not None:
        return refuse_file(context, file.arrival, refusal, now)
    try:
        awaiting = unproven and await_sender_confirmation(context, file, unproven, now)
        return awaiting or import_file(context, file, now)
    except ENVIRONMENT_ERRORS:
        raise
    except RequestError as error:
        return refuse_file(context, file.arrival, error, now)
    except Exception as error:
        return refuse_file(context, file.arrival, make_defect_refusal(context, error), now)


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
