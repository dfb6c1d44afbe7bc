"""Collects files of a folder, of the inbox, and of one path that a person names."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from cpsa.calendar import is_quarter_key
from cpsa.errors import RequestError
from cpsa.intake.arrival import Arrival
from cpsa.intake.channels.channel import FileUse, IncomingFile
from cpsa.intake.channels.folder import FolderFile, InboxFolder
from cpsa.services.app_context import AppContext
from cpsa.services.collection.channel_rounds import FolderRound
from cpsa.services.collection.folder_channel import CHANNEL, FolderChannel
from cpsa.services.collection.import_arrivals import import_arrivals, import_file
from cpsa.services.collection.inbox_digests import InboxDigests
from cpsa.services.decisions.import_report import parse_department_code
from cpsa.services.service_results import CollectSummary
from cpsa.store.database import read_transaction
from cpsa.store.queries import channel_scan_queries


def collect_updates(
    context: AppContext,
    path: Path,
    now: datetime,
    received_at: datetime | None = None,
    file_time: bool = False,
) -> CollectSummary:
    """Import a file, or a folder laid out ``<quarter>/<agency>.<ext>``.

    It arrived at ``received_at``, or with ``file_time`` when it was last written, else now; never
    after now.

    Reports of departments are beside them as ``<half>/<department>.atr.<ext>``. Each file is imported
    completely or not at all; identical bytes again are a repeat. RequestError when the path is not
    there or a single file's path does not name its agency.
    """
    if not path.exists():
        raise RequestError("collect.no_path", path=path)
    if path.is_file() and parse_department_code(context, path.name) is None:
        parse_owner(path)

    def arrived_at(file: FolderFile) -> datetime:
        stated = file.written_at if file_time else received_at
        return min(stated or now, now)

    channel = FolderChannel(context, InboxFolder(str(path)), now, arrived_at)
    return import_arrivals(context, channel, now)


def parse_owner(path: Path) -> tuple[str, str]:
    """The agency and quarter a file's path names; RequestError when it is not there or names none."""
    if not path.is_file():
        raise RequestError("collect.no_path", path=path)
    quarter = path.absolute().parent.name
    if not is_quarter_key(quarter):
        raise RequestError("collect.misplaced", path=path)
    return path.stem, quarter


def collect_inbox(context: AppContext, now: datetime) -> CollectSummary:
    """Import what is in the inbox, a folder of any file system.

    For when a file arrived see ``channel_rounds``. RequestError when the folder cannot be read.
    """
    scan = FolderRound(context, str(context.settings.inbox), now)
    try:
        inbox = open_inbox(context)
        digests = InboxDigests(context)
        channel = FolderChannel(context, inbox, now, scan.arrived_at, digests, scan)
        collected = import_arrivals(context, channel, now)
    except Exception as error:
        scan.fail(error)
        raise
    scan.complete()
    digests.save()
    return collected


def open_inbox(context: AppContext) -> InboxFolder:
    """Return the inbox; RequestError, with its path, where it is not there or cannot be listed.

    The default inbox is made by ``make_default_inbox`` when a store is set up, and here where it was
    never scanned; once scanned, an inbox that is gone is an error.
    """
    inbox = InboxFolder(context.settings.inbox)
    with read_transaction(context.engine) as connection:
        newest = channel_scan_queries.find_newest_scan(connection, CHANNEL, context.settings.inbox)
    if newest is None:
        make_default_inbox(context)
    inbox.require_listable()
    return inbox


def make_default_inbox(context: AppContext) -> None:
    """Make the inbox below the home folder; a configured one belongs to the person who configured it."""
    default = context.settings.home / "inbox"
    if context.settings.inbox == str(default):
        default.mkdir(parents=True, exist_ok=True)


def load_entries(context: AppContext, path: Path, now: datetime) -> CollectSummary:
    """Import one entries file, for whichever agencies and quarters its rows name."""
    if not path.is_file():
        raise RequestError("collect.no_path", path=path)
    arrival = Arrival(CHANNEL, str(path.absolute()), path.name, path.read_bytes(), "", "", now)
    return CollectSummary((import_file(context, IncomingFile(arrival, FileUse.ENTRIES), now),))
