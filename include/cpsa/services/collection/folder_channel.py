"""A folder as a channel: the path names a file's owner and quarter.

What must not go here: reaching a file system (``intake.channels.folder``) and the flow itself
(``import_arrivals``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import PurePath

from cpsa.calendar import Quarter, is_quarter_key
from cpsa.errors import RequestError
from cpsa.framework.agency_table import TABLE_CODE
from cpsa.intake.arrival import Arrival
from cpsa.intake.channels.channel import (
    Contents,
    Delivery,
    DeliveryUnavailableError,
    Destination,
    FileUse,
    IncomingFile,
)
from cpsa.intake.channels.classify_attachment import ENTRIES_SUFFIX
from cpsa.intake.channels.folder import FolderFile, InboxFolder
from cpsa.intake.readers.table_csv_reader import split_by_agency, split_table_name
from cpsa.nearest_code import find_nearest_code
from cpsa.registry.agency_register import AgencyRegister
from cpsa.services.app_context import AppContext
from cpsa.services.collection.channel_rounds import FOLDER, FolderRound
from cpsa.services.collection.inbox_digests import InboxDigests
from cpsa.services.decisions.import_report import parse_department_code
from cpsa.store.database import read_transaction
from cpsa.store.queries import registry_queries
from cpsa.submissions.update import Unreadable

CHANNEL = FOLDER


class FolderChannel:
    """A folder laid out ``<quarter>/<agency>.<ext>``; its deliveries are files.

    ``<quarter>/<table>.csv`` has the rows of a table of several agencies, and brings a file for each.

    ``received_at`` says when a file arrived. ``digests`` and ``scan``: of the inbox, whose unchanged
    files are not read again.
    """

    code = CHANNEL
    batch_size = 250

    def __init__(
        self,
        context: AppContext,
        folder: InboxFolder,
        now: datetime,
        received_at: Callable[[FolderFile], datetime],
        digests: InboxDigests | None = None,
        scan: FolderRound | None = None,
    ) -> None:
        self._context = context
        self._folder = folder
        self._now = now
        self._received_at = received_at
        self._digests = digests
        self._scan = scan
        # Of each quarter that a framework can judge, the codes of its tables.
        self._tables: dict[str, frozenset[str]] = {}
        with read_transaction(context.engine) as connection:
            self._register: AgencyRegister = context.load_register(connection)

    def list_deliveries(self) -> Iterator[Delivery]:
        files = self._folder.list_files()
        # Tables of all come after every update of their quarter.
        for file in sorted(files, key=lambda file: (file.quarter, self.is_table_of_all(file))):
            digest = (self._digests.find(file) if self._digests else None) or ""
            if digest and self._scan:
                self._scan.note_file(file, digest)
            yield Delivery(file.key, file, digest)

    def fetch(self, delivery: Delivery) -> Arrival:
        file: FolderFile = delivery.source
        try:
            content = self._folder.read_file(file)
        except RequestError as error:
            if self._scan:
                self._scan.note_file(file, None)
            raise DeliveryUnavailableError(error.key, **error.params) from error
        arrival = Arrival(CHANNEL, file.key, file.name, content, "", "", self._now)
        if self._scan:
            self._scan.note_file(file, arrival.sha256)
        if self._digests:
            self._digests.note(file, arrival.sha256, self._now)
        is_first = self._scan is not None and self._scan.is_first
        return replace(arrival, received_at=self._received_at(file), may_be_moved=is_first)

    def unpack(self, delivery: Delivery, whole: Arrival) -> Contents:
        if parse_department_code(self._context, whole.file_name) is not None:
            use = FileUse.REPORT
        elif whole.file_name.casefold().endswith(ENTRIES_SUFFIX):
            use = FileUse.ENTRIES
        else:
            use = FileUse.UPDATE
        files: tuple[IncomingFile, ...] = (IncomingFile(whole, use),)
        if use is FileUse.UPDATE and self.is_table_of_all(delivery.source):
            files = tuple(map(IncomingFile, _split_table(whole)))
        return Contents(whole, files, sender=delivery.source)

    def identify(self, contents: Contents, file: IncomingFile) -> IncomingFile:
        found: FolderFile = contents.sender
        if file.use is FileUse.REPORT:
            department = parse_department_code(self._context, found.name) or ""
            return replace(file, arrival=file.arrival.for_agency(department, found.quarter))
        if not is_quarter_key(found.quarter):
            raise RequestError("collect.misplaced", path=found.key)
        # A file that no framework can judge is not imported: it would block every later check.
        self._list_tables(found.quarter)
        owner = self.get_owner_name(file.arrival.file_name, found.quarter)
        if file.use is FileUse.ENTRIES:
            return file
        agency = self._find_agency_code(found, owner)
        return replace(file, arrival=file.arrival.for_agency(agency, found.quarter))

    def _list_tables(self, quarter: str) -> frozenset[str]:
        """The codes of a quarter's tables. RequestError where no framework can judge it."""
        if quarter not in self._tables:
            framework = self._context.load_framework(Quarter.parse(quarter))
            self._tables[quarter] = frozenset(table.code for table in framework.requested_tables)
        return self._tables[quarter]

    def get_owner_name(self, file_name: str, quarter: str) -> str:
        """What a file's name says before its ending, and before the code of a table of the quarter."""
        owner, table = split_table_name(file_name)
        return owner if owner and table in self._list_tables(quarter) else PurePath(file_name).stem

    def is_table_of_all(self, file: FolderFile) -> bool:
        """Whether a file has the rows of a table of several agencies."""
        owner, table = split_table_name(file.name)
        if owner or not TABLE_CODE.fullmatch(table) or not is_quarter_key(file.quarter):
            return False
        try:
            return table in self._list_tables(file.quarter)
        except RequestError:
            return False  # said of the file itself, when it is identified

    def _find_agency_code(self, found: FolderFile, owner: str) -> str:
        """Find the agency that a file's name means: of the newest register, of its quarter's, or of the
        store's history, where an older version let it be dropped from the register."""
        newest = self._register.find_code(owner)
        if self._register.has_agency(newest):
            return newest
        with read_transaction(self._context.engine) as connection:
            register = self._context.load_register_of_quarter(
                connection, Quarter.parse(found.quarter)
            )
            code = register.find_code(owner)
            former = registry_queries.list_agencies_with_history(connection, [code])
        if not register.has_agency(code) and not former:
            near = find_nearest_code(owner, sorted(self._register.agencies["code"]))
            raise RequestError("collect.no_such_agency", path=found.key, code=owner, nearest=near)
        return code

    def acknowledge(self, delivery: Delivery, destination: Destination) -> None:
        """Do nothing: files stay in their folder, which belongs to the people who put them there."""


def _split_table(whole: Arrival) -> Iterator[Arrival]:
    """The rows of each agency as a file of its own; RequestError where the whole cannot be read."""
    parts = split_by_agency(whole.content)
    if isinstance(parts, Unreadable):
        raise RequestError(
            "collect.table_unreadable", path=whole.key, cause=parts.cause, detail=parts.detail
        )
    for agency, content in parts.items():
        name = f"{agency}.{whole.file_name}" if agency else whole.file_name
        yield whole.part(name, content).with_key(f"{whole.key}#{agency}")
