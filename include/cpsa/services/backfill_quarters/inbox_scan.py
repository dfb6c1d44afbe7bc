"""The files of the inbox that a backfill imports: of its quarters and agencies, not known yet.

Read before the transaction begins: a slow file system blocks no other process. What must not go here:
importing them, which is for ``import_arrivals``.
"""

from __future__ import annotations

from datetime import datetime

from cpsa.intake.channels.channel import FileUse, IncomingFile
from cpsa.intake.channels.classify_attachment import ENTRIES_SUFFIX
from cpsa.intake.channels.folder import FolderFile
from cpsa.registry.agency_register import AgencyRegister
from cpsa.services.app_context import AppContext
from cpsa.services.arrival_records import find_repeat
from cpsa.services.backfill_quarters.backfill_request import BackfillRequest
from cpsa.services.collection.collect_inbox import open_inbox
from cpsa.services.collection.folder_channel import FolderChannel
from cpsa.store.database import read_transaction


def list_incoming_files(
    context: AppContext, request: BackfillRequest, now: datetime
) -> list[IncomingFile]:
    """Updates with their owner, entries files without; RequestError when a file cannot be read."""
    inbox = open_inbox(context)
    with read_transaction(context.engine) as connection:
        register = context.load_register(connection)

    def received_at(file: FolderFile) -> datetime:
        return min(file.written_at or now, now)

    channel = FolderChannel(context, inbox, now, received_at)
    incoming = []
    for delivery in channel.list_deliveries():
        owner = _find_owner(delivery.source, register)
        if owner is None or not _is_requested(request, owner, delivery.source.quarter):
            continue
        fetched = channel.fetch(delivery)
        if find_repeat(context, channel.code, fetched.key, fetched.sha256) is not None:
            continue
        contents = channel.unpack(delivery, fetched)
        incoming += [channel.identify(contents, file) for file in contents.files]
    return [file for file in incoming if file.use is not FileUse.REPORT]


def _find_owner(file: FolderFile, register: AgencyRegister) -> str | None:
    """The agency in a file's name, or "" for an entries file of several; None for an unknown one."""
    entries = file.name.casefold().endswith(ENTRIES_SUFFIX)
    code = register.find_code(file.name[: -len(ENTRIES_SUFFIX)] if entries else file.stem)
    if code in set(register.agencies["code"]):
        return code
    return "" if entries else None


def _is_requested(request: BackfillRequest, agency: str, quarter: str) -> bool:
    if agency:
        return request.includes_agency(agency, quarter)
    return not request.agencies and request.includes_agency("", quarter)
