"""Imports new files from every channel; one that cannot be read does not stop the others.

Closing and reminding begin with it, so that nobody is called late or reminded whose file is there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cpsa.cycle.channel_rounds import FOLDER, MAILBOX
from cpsa.cycle.collecting import collect_inbox
from cpsa.cycle.confirm_arrival import settle_arrivals
from cpsa.cycle.defects import report_defect
from cpsa.cycle.mailbox import collect_mailbox
from cpsa.cycle.office import Office
from cpsa.cycle.results import Collected
from cpsa.errors import RequestError

_IMPORT: Mapping[str, Callable[[Office, datetime], Collected]] = {
    FOLDER: collect_inbox,
    MAILBOX: collect_mailbox,
}
CHANNELS = tuple(_IMPORT)


@dataclass(frozen=True)
class Imported:
    """What came by each channel; ``unread``: the channels that could not be read, and why."""

    collected: Mapping[str, Collected] = field(default_factory=dict)
    unread: Mapping[str, RequestError] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """Counts by channel, for a log."""
        return {
            **{channel: found.as_json() for channel, found in self.collected.items()},
            "unread": {channel: error.key for channel, error in self.unread.items()},
        }


def channels(office: Office) -> tuple[str, ...]:
    """The channels that this installation has."""
    mailbox = () if office.settings.imap_url is None else (MAILBOX,)
    return (FOLDER, *mailbox)


def import_new_files(
    office: Office, now: datetime, worker: str = "", without: Collection[str] = ()
) -> Imported:
    """Import new files from every channel but those in ``without``.

    ``worker`` names the process in the caller's log; importing needs none.
    """
    settle_arrivals(office, now)
    return import_channels(office, now, [one for one in channels(office) if one not in without])


def import_channels(office: Office, now: datetime, names: Collection[str]) -> Imported:
    """Import new files from these channels; what stops one of them stops no other."""
    collected: dict[str, Collected] = {}
    unread: dict[str, RequestError] = {}
    for channel in names:
        try:
            collected[channel] = _IMPORT[channel](office, now)
        except RequestError as error:
            unread[channel] = error
        except Exception as error:
            report = report_defect(office, error)
            unread[channel] = RequestError(
                "channels.channel_defect", channel=channel, report=report
            )
    return Imported(collected, unread)
