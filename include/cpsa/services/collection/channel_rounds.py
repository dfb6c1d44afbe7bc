"""Records of completed scans of a channel, and the arrival times of a folder's files from them.

A folder's file arrived when it was last written, but not before the last completed scan that did
not show it, and not after now: a date that its sender set cannot make it older than that.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from cpsa.errors import RequestError
from cpsa.services.app_context import AppContext
from cpsa.store.database import read_transaction, write_transaction
from cpsa.store.queries import channel_scan_queries
from cpsa.store.queries.channel_scan_queries import ShownFile

if TYPE_CHECKING:
    from cpsa.intake.channels.folder import FolderFile

# The channels, as their scans are recorded.
FOLDER, MAILBOX, UNDELIVERED = "folder", "mail", "bounces"


@contextmanager
def record_round(context: AppContext, channel: str, place: str, now: datetime) -> Iterator[None]:
    """Record a scan: completed, or ended by the error, which is raised again."""
    try:
        yield
    except Exception as error:
        with write_transaction(context.engine) as connection:
            channel_scan_queries.add_scan(
                connection, channel, place, now, None, _find_error_key(error)
            )
        raise
    with write_transaction(context.engine) as connection:
        channel_scan_queries.add_scan(connection, channel, place, now, now)


class FolderRound:
    """One scan of a folder. ``place``: its address."""

    def __init__(self, context: AppContext, place: str, now: datetime) -> None:
        self._context = context
        self._place = place
        self._now = now
        with read_transaction(context.engine) as connection:
            last = channel_scan_queries.find_last_completed_scan(connection, FOLDER, place)
            self._before = channel_scan_queries.load_shown_files(connection, FOLDER, place)
        self._last_started_at = last.started_at if last else None
        self._shown: dict[str, ShownFile] = {}

    @property
    def is_first(self) -> bool:
        """Whether no scan of this folder was completed before."""
        return self._last_started_at is None

    def note_file(self, file: FolderFile, sha256: str | None) -> None:
        """Note a file that this scan shows; ``sha256`` is None where it could not be read."""
        unread = f"{file.size} {file.written_at.isoformat() if file.written_at else ''}"
        stamp = sha256 or unread
        before = self._before.get(file.key)
        if before is not None and before.stamp in (stamp, unread):
            self._shown[file.key] = ShownFile(stamp, before.absent_at)
        else:
            self._shown[file.key] = ShownFile(stamp, self._last_started_at)

    def arrived_at(self, file: FolderFile) -> datetime:
        """The arrival time of a file that was noted."""
        absent_at = self._shown[file.key].absent_at
        written_at = file.written_at or self._now
        arrived_at = written_at if absent_at is None else max(written_at, absent_at)
        return min(arrived_at, self._now)

    def complete(self) -> None:
        """Record that the folder was scanned to its end."""
        with write_transaction(self._context.engine, alone=True) as connection:
            before = channel_scan_queries.load_shown_files(connection, FOLDER, self._place)
            number = channel_scan_queries.add_scan(
                connection, FOLDER, self._place, self._now, self._now
            )
            channel_scan_queries.replace_shown_files(
                connection, FOLDER, self._place, before, self._shown, number
            )

    def fail(self, error: Exception) -> None:
        """Record that the folder could not be read."""
        with write_transaction(self._context.engine) as connection:
            channel_scan_queries.add_scan(
                connection, FOLDER, self._place, self._now, None, _find_error_key(error)
            )


def _find_error_key(error: Exception) -> str:
    """The key of the text that explains why a scan ended."""
    return error.key if isinstance(error, RequestError) else "channels.channel_defect"
