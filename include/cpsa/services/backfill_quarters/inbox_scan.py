"""The files of the inbox that a backfill imports: of its quarters and agencies, not known yet.

Read before the transaction begins: a slow file system blocks no other process. What must not go here:
importing them, which is for ``import_arrivals``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from cpsa.errors import RequestError
from cpsa.intake.arrival import Arrival
from cpsa.intake.channels.channel import Delivery, FileUse, IncomingFile
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

    scan = _InboxScan(context, request, FolderChannel(context, inbox, now, received_at), register)
    return [file for file in scan.list_files() if file.use is not FileUse.REPORT]


@dataclass(frozen=True)
class _InboxScan:
    context: AppContext
    request: BackfillRequest
    channel: FolderChannel
    register: AgencyRegister

    def list_files(self) -> Iterator[IncomingFile]:
        for delivery in self.channel.list_deliveries():
            found: FolderFile = delivery.source
            if not self.request.includes_quarter(found.quarter):
                continue
            if self.channel.is_table_of_all(found):
                yield from self._list_parts(delivery)
                continue
            owner = self._find_owner(found)
            if owner is None or not self._is_requested(owner, found.quarter):
                continue
            fetched = self.channel.fetch(delivery)
            if not self._is_known(fetched):
                contents = self.channel.unpack(delivery, fetched)
                for file in contents.files:
                    yield self.channel.identify(contents, file)

    def _list_parts(self, delivery: Delivery) -> Iterator[IncomingFile]:
        """The rows of each requested agency in a table of several; a table that cannot be read has none:
        collecting it says why."""
        fetched = self.channel.fetch(delivery)
        try:
            contents = self.channel.unpack(delivery, fetched)
        except RequestError:
            return
        quarter = delivery.source.quarter
        for file in contents.files:
            name = self.channel.get_owner_name(file.arrival.file_name, quarter)
            owner = self.register.find_code(name)
            is_agency = self.register.has_agency(owner) and self._is_requested(owner, quarter)
            if is_agency and not self._is_known(file.arrival):
                yield self.channel.identify(contents, file)

    def _find_owner(self, file: FolderFile) -> str | None:
        """The agency in a file's name, or "" for an entries file of several; None for an unknown one."""
        entries = file.name.casefold().endswith(ENTRIES_SUFFIX)
        if entries:
            name = file.name[: -len(ENTRIES_SUFFIX)]
        else:
            name = self.channel.get_owner_name(file.name, file.quarter)
        code = self.register.find_code(name)
        if self.register.has_agency(code):
            return code
        return "" if entries else None

    def _is_requested(self, agency: str, quarter: str) -> bool:
        if agency:
            return self.request.includes_agency(agency, quarter)
        return not self.request.agencies and self.request.includes_agency("", quarter)

    def _is_known(self, arrival: Arrival) -> bool:
        known = find_repeat(self.context, self.channel.code, arrival.key, arrival.sha256)
        return known is not None
