"""Collecting files of a folder, of the inbox, and of one path that a person names."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from cpsa.calendar import is_quarter_key
from cpsa.collect.arrival import Arrival
from cpsa.collect.channels.channel import FileUse, IncomingFile
from cpsa.collect.channels.folder import Folder, Found
from cpsa.cycle.action_reports import department_named
from cpsa.cycle.channel_rounds import FolderRound
from cpsa.cycle.digests import Digests
from cpsa.cycle.folder_channel import CHANNEL, FolderChannel
from cpsa.cycle.import_arrivals import import_arrivals, import_file
from cpsa.cycle.office import Office
from cpsa.cycle.results import Collected
from cpsa.errors import RequestError
from cpsa.store import rounds
from cpsa.store.database import reading


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

    channel = FolderChannel(office, Folder(str(path)), now, arrived_at)
    return import_arrivals(office, channel, now)


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
        inbox = open_inbox(office)
        digests = Digests(office)
        channel = FolderChannel(office, inbox, now, scan.arrived_at, digests, scan)
        collected = import_arrivals(office, channel, now)
    except Exception as error:
        scan.fail(error)
        raise
    scan.complete()
    digests.keep()
    return collected


def open_inbox(office: Office) -> Folder:
    """Return the inbox; RequestError, with its path, where it is not there or cannot be listed.

    The default inbox is made by ``make_default_inbox`` when a store is set up, and here where it was
    never scanned; once scanned, an inbox that is gone is an error.
    """
    inbox = Folder(office.settings.inbox)
    with reading(office.engine) as connection:
        newest = rounds.newest(connection, CHANNEL, office.settings.inbox)
    if newest is None:
        make_default_inbox(office)
    inbox.require()
    return inbox


def make_default_inbox(office: Office) -> None:
    """Make the inbox below the home folder; a configured one belongs to whoever configured it."""
    default = office.settings.home / "inbox"
    if office.settings.inbox == str(default):
        default.mkdir(parents=True, exist_ok=True)


def load_entries(office: Office, path: Path, now: datetime) -> Collected:
    """Take in one entries file, for whichever agencies and quarters its rows name."""
    if not path.is_file():
        raise RequestError("collect.no_path", path=path)
    arrival = Arrival(CHANNEL, str(path.absolute()), path.name, path.read_bytes(), "", "", now)
    return Collected((import_file(office, IncomingFile(arrival, FileUse.ENTRIES), now),))
