"""Collects what is in the inbox."""

from __future__ import annotations

from datetime import datetime

from cpsa.intake.channels.folder import InboxFolder
from cpsa.services.app_context import AppContext
from cpsa.services.collection.channel_rounds import FolderRound
from cpsa.services.collection.folder_channel import CHANNEL, FolderChannel
from cpsa.services.collection.import_arrivals import import_arrivals
from cpsa.services.collection.inbox_digests import InboxDigests
from cpsa.services.run_log import log_use_case
from cpsa.services.service_results import CollectSummary
from cpsa.store.database import read_transaction
from cpsa.store.queries import channel_scan_queries


@log_use_case
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
