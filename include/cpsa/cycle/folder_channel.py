"""A folder as a channel: the path says whose a file is and for when.

What must not go here: reaching a file system (``collect.channels.folder``) and the flow itself
(``import_arrivals``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime

from cpsa.calendar import Quarter, is_quarter_key
from cpsa.collect.arrival import Arrival
from cpsa.collect.channels.channel import (
    Contents,
    Delivery,
    DeliveryUnavailableError,
    Destination,
    FileUse,
    IncomingFile,
)
from cpsa.collect.channels.files import ENTRIES_SUFFIX
from cpsa.collect.channels.folder import Folder, Found
from cpsa.cycle.action_reports import department_named
from cpsa.cycle.channel_rounds import FOLDER, FolderRound
from cpsa.cycle.digests import Digests
from cpsa.cycle.office import Office
from cpsa.errors import RequestError
from cpsa.nearest import nearest
from cpsa.registry import Roll
from cpsa.store import registry as registries
from cpsa.store.database import reading

CHANNEL = FOLDER


class FolderChannel:
    """A folder laid out ``<quarter>/<agency>.<ext>``; its deliveries are files.

    ``received_at`` says when a file arrived. ``digests`` and ``scan``: of the inbox, whose unchanged
    files are not read again.
    """

    code = CHANNEL

    def __init__(
        self,
        office: Office,
        folder: Folder,
        now: datetime,
        received_at: Callable[[Found], datetime],
        digests: Digests | None = None,
        scan: FolderRound | None = None,
    ) -> None:
        self._office = office
        self._folder = folder
        self._now = now
        self._received_at = received_at
        self._digests = digests
        self._scan = scan
        with reading(office.engine) as connection:
            self._roll: Roll = office.roll(connection)

    def list_deliveries(self) -> Iterator[Delivery]:
        for file in self._folder.files():
            digest = (self._digests.of(file) if self._digests else None) or ""
            if digest and self._scan:
                self._scan.show(file, digest)
            yield Delivery(file.key, file, digest)

    def fetch(self, delivery: Delivery) -> Arrival:
        file: Found = delivery.source
        try:
            content = self._folder.read(file)
        except RequestError as error:
            if self._scan:
                self._scan.show(file, None)
            raise DeliveryUnavailableError(error.key, **error.params) from error
        arrival = Arrival(CHANNEL, file.key, file.name, content, "", "", self._now)
        if self._scan:
            self._scan.show(file, arrival.sha256)
        if self._digests:
            self._digests.note(file, arrival.sha256, self._now)
        is_first = self._scan is not None and self._scan.is_first
        return replace(arrival, received_at=self._received_at(file), may_be_moved=is_first)

    def unpack(self, delivery: Delivery, whole: Arrival) -> Contents:
        if department_named(self._office, whole.file_name) is not None:
            use = FileUse.REPORT
        elif whole.file_name.casefold().endswith(ENTRIES_SUFFIX):
            use = FileUse.ENTRIES
        else:
            use = FileUse.UPDATE
        return Contents(whole, (IncomingFile(whole, use),), sender=delivery.source)

    def identify(self, contents: Contents, file: IncomingFile) -> IncomingFile:
        found: Found = contents.sender
        if file.use is FileUse.REPORT:
            department = department_named(self._office, found.name) or ""
            return replace(file, arrival=file.arrival.of(department, found.quarter))
        if not is_quarter_key(found.quarter):
            raise RequestError("collect.misplaced", path=found.key)
        # What no framework can judge is not taken in: it would block every later check.
        self._office.framework(Quarter.parse(found.quarter))
        if file.use is FileUse.ENTRIES:
            return file
        agency = self._code_of(found)
        return replace(file, arrival=file.arrival.of(agency, found.quarter))

    def _code_of(self, found: Found) -> str:
        """The agency that a file's name means: of the newest register, of its quarter's, or of the
        store's history, where an older version let it be dropped from the register."""
        newest = self._roll.code_named(found.stem)
        if self._roll.has(newest):
            return newest
        with reading(self._office.engine) as connection:
            register = self._office.register_of_quarter(connection, Quarter.parse(found.quarter))
            code = register.code_named(found.stem)
            former = registries.agencies_with_history(connection, [code])
        if not register.has(code) and not former:
            near = nearest(found.stem, sorted(self._roll.agencies["code"]))
            raise RequestError(
                "collect.no_such_agency", path=found.key, code=found.stem, nearest=near
            )
        return code

    def acknowledge(self, delivery: Delivery, destination: Destination) -> None:
        """Nothing: files stay in their folder, which belongs to those who put them there."""
