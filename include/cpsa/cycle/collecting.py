"""Taking in files that lie in a folder, where the path says whose a file is and for when."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from cpsa.calendar import Quarter, is_quarter_key
from cpsa.collect.arrival import Arrival
from cpsa.collect.channels.files import ENTRIES_SUFFIX
from cpsa.collect.channels.folder import Folder, Found
from cpsa.cycle.action_reports import department_named, take_in_report
from cpsa.cycle.arriving import known, refuse, take_entries, take_in, unrecorded
from cpsa.cycle.channel_rounds import FOLDER, FolderRound
from cpsa.cycle.digests import Digests
from cpsa.cycle.office import Office
from cpsa.cycle.results import Collected, Item
from cpsa.errors import RequestError
from cpsa.registry import Roll
from cpsa.store.database import reading

CHANNEL = FOLDER


def collect(
    office: Office,
    path: Path,
    now: datetime,
    received_at: datetime | None = None,
    file_time: bool = False,
) -> Collected:
    """Take in a file, or a folder laid out ``<quarter>/<agency>.<ext>``.

    It arrived at ``received_at``, or with ``file_time`` when it was last written, else now; never
    after now.

    Reports of departments lie beside them as ``<half>/<department>.atr.<ext>``. Each file is taken
    in whole or not at all; identical bytes again are a repeat. RequestError when the path is not
    there or a single file's path does not say whose it is.
    """
    if not path.exists():
        raise RequestError("collect.no_path", path=path)
    if path.is_file() and department_named(office, path.name) is None:
        owner_of(path)

    def arrived_at(file: Found) -> datetime:
        stated = file.written_at if file_time else received_at
        return min(stated or now, now)

    look = _Look(office, Folder(str(path)), now, arrived_at)
    return Collected(tuple(look.items()))


def owner_of(path: Path) -> tuple[str, str]:
    """The agency and quarter a file's path names; RequestError when it is not there or names none."""
    if not path.is_file():
        raise RequestError("collect.no_path", path=path)
    quarter = path.absolute().parent.name
    if not is_quarter_key(quarter):
        raise RequestError("collect.misplaced", path=path)
    return path.stem, quarter


def collect_inbox(office: Office, now: datetime) -> Collected:
    """Take in what lies in the inbox, a folder of any file system.

    For when a file arrived see ``channel_rounds``. RequestError when the folder cannot be read.
    """
    scan = FolderRound(office, str(office.settings.inbox), now)
    try:
        inbox = Folder(office.settings.inbox)
        inbox.make()
        digests = Digests(office)
        look = _Look(office, inbox, now, scan.arrived_at, digests, scan)
        collected = Collected(tuple(look.items()))
    except RequestError as error:
        scan.fail(error)
        raise
    scan.complete()
    digests.keep()
    return collected


def load_entries(office: Office, path: Path, now: datetime) -> Collected:
    """Take in one entries file, for whichever agencies and quarters its rows name."""
    if not path.is_file():
        raise RequestError("collect.no_path", path=path)
    arrival = Arrival(CHANNEL, str(path.absolute()), path.name, path.read_bytes(), "", "", now)
    return Collected((take_entries(office, arrival, now),))


class _Look:
    """One look into a folder."""

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

    def items(self) -> Iterator[Item]:
        with reading(self._office.engine) as connection:
            roll = self._office.roll(connection)
        for file in self._folder.files():
            yield self._known(file) or self._read(file, roll)

    def _known(self, file: Found) -> Item | None:
        """What became of an unchanged file, without reading it."""
        digest = self._digests.of(file) if self._digests else None
        if digest and self._scan:
            self._scan.show(file, digest)
        return known(self._office, CHANNEL, file.key, digest) if digest else None

    def _read(self, file: Found, roll: Roll) -> Item:
        try:
            content = self._folder.read(file)
        except RequestError as error:
            if self._scan:
                self._scan.show(file, None)
            return unrecorded(self._office, file.key, error)
        digest = sha256(content).hexdigest()
        if self._scan:
            self._scan.show(file, digest)
        if self._digests:
            self._digests.note(file, digest, self._now)
        arrived = self._received_at(file)
        arrival = Arrival(CHANNEL, file.key, file.name, content, "", "", arrived)
        if (department := department_named(self._office, file.name)) is not None:
            report = arrival.of(department, file.quarter)
            return take_in_report(self._office, report, self._now)
        try:
            if not is_quarter_key(file.quarter):
                raise RequestError("collect.misplaced", path=file.key)
            # What no framework can judge is not taken in: it would block every later check.
            self._office.framework(Quarter.parse(file.quarter))
        except RequestError as error:
            return refuse(self._office, arrival, error, self._now)
        if file.name.casefold().endswith(ENTRIES_SUFFIX):
            return take_entries(self._office, arrival, self._now)
        agency = roll.code_named(file.stem)
        return take_in(self._office, arrival.of(agency, file.quarter), self._now)
