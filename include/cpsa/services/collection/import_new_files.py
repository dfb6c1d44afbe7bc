"""Imports new files from every channel; one that cannot be read does not stop the others.

Closing and reminding begin with it, so that no agency whose file is there is called late or reminded.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cpsa.errors import RequestError
from cpsa.services.app_context import AppContext
from cpsa.services.collection.channel_rounds import FOLDER, MAILBOX
from cpsa.services.collection.collect_inbox import collect_inbox
from cpsa.services.collection.collect_mailbox import collect_mailbox
from cpsa.services.collection.settle_arrivals import settle_arrivals
from cpsa.services.report_defect import report_defect
from cpsa.services.run_log import log_use_case
from cpsa.services.service_results import CollectSummary

_IMPORTER_OF_CHANNEL: Mapping[str, Callable[[AppContext, datetime], CollectSummary]] = {
    FOLDER: collect_inbox,
    MAILBOX: collect_mailbox,
}
CHANNELS = tuple(_IMPORTER_OF_CHANNEL)


@dataclass(frozen=True)
class ImportSummary:
    """What was imported by channel; ``unread``: the channels that could not be read, and why."""

    collected: Mapping[str, CollectSummary] = field(default_factory=dict)
    unread: Mapping[str, RequestError] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """Counts by channel, for a log."""
        return {
            **{channel: found.as_json() for channel, found in self.collected.items()},
            "unread": {channel: error.key for channel, error in self.unread.items()},
        }


def list_channels(context: AppContext) -> tuple[str, ...]:
    """List the channels that this installation has."""
    mailbox = () if context.settings.imap_url is None else (MAILBOX,)
    return (FOLDER, *mailbox)


@log_use_case
def import_new_files(
    context: AppContext, now: datetime, worker: str = "", without: Collection[str] = ()
) -> ImportSummary:
    """Import new files from every channel but those in ``without``.

    ``worker`` names the process in the caller's log; importing needs none.
    """
    settle_arrivals(context, now)
    return import_channels(
        context, now, [channel for channel in list_channels(context) if channel not in without]
    )


@log_use_case
def import_channels(context: AppContext, now: datetime, names: Collection[str]) -> ImportSummary:
    """Import new files from these channels; what stops one of them stops no other."""
    collected: dict[str, CollectSummary] = {}
    unread: dict[str, RequestError] = {}
    for channel in names:
        try:
            collected[channel] = _IMPORTER_OF_CHANNEL[channel](context, now)
        except RequestError as error:
            unread[channel] = error
        except Exception as error:
            report = report_defect(context, error)
            unread[channel] = RequestError(
                "channels.channel_defect", channels=(channel,), report=report
            )
    return ImportSummary(collected, unread)
