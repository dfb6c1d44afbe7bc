"""Records of completed scans of a channel, and the arrival of a folder's files by them.

A folder's file arrived when it was last written, but not before the last completed scan that did
not show it, and not after now: a date that its sender set cannot make it older than that.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from cpsa.collect.channels.folder import Found
from cpsa.cycle.office import Office
from cpsa.errors import RequestError
from cpsa.store import rounds
from cpsa.store.database import reading, writing
from cpsa.store.rounds import ShownFile

FOLDER, MAILBOX = "folder", "mail"


@contextmanager
def recorded(office: Office, channel: str, place: str, now: datetime) -> Iterator[None]:
    """Record a scan: completed, or ended by the error that is raised on."""
    try:
        yield
    except Exception as error:
        with writing(office.engine) as connection:
            rounds.add_round(connection, channel, place, now, None, _key_of(error))
        raise
    with writing(office.engine) as connection:
        rounds.add_round(connection, channel, place, now, now)


class FolderRound:
    """One scan of a folder. ``place``: its address."""

    def __init__(self, office: Office, place: str, now: datetime) -> None:
        self._office = office
        self._place = place
        self._now = now
        with reading(office.engine) as connection:
            last = rounds.last_completed(connection, FOLDER, place)
            self._before = rounds.shown_files(connection, FOLDER, place)
        self._last_started_at = last.started_at if last else None
        self._shown: dict[str, ShownFile] = {}

    @property
    def is_first(self) -> bool:
        """Whether no scan of this folder was completed before."""
        return self._last_started_at is None

    def show(self, file: Found, sha256: str | None) -> None:
        """Note a file that this scan shows; ``sha256`` is None where it could not be read."""
        unread = f"{file.size} {file.written_at.isoformat() if file.written_at else ''}"
        stamp = sha256 or unread
        before = self._before.get(file.key)
        if before is not None and before.stamp in (stamp, unread):
            self._shown[file.key] = ShownFile(stamp, before.absent_at)
        else:
            self._shown[file.key] = ShownFile(stamp, self._last_started_at)

    def arrived_at(self, file: Found) -> datetime:
        """When a file that was shown arrived."""
        absent_at = self._shown[file.key].absent_at
        written_at = file.written_at or self._now
        arrived_at = written_at if absent_at is None else max(written_at, absent_at)
        return min(arrived_at, self._now)

    def complete(self) -> None:
        """Record that the folder was scanned to its end."""
        with writing(self._office.engine, alone=True) as connection:
            before = rounds.shown_files(connection, FOLDER, self._place)
            number = rounds.add_round(connection, FOLDER, self._place, self._now, self._now)
            rounds.keep_files(connection, FOLDER, self._place, before, self._shown, number)

    def fail(self, error: Exception) -> None:
        """Record that the folder could not be read."""
        with writing(self._office.engine) as connection:
            rounds.add_round(connection, FOLDER, self._place, self._now, None, _key_of(error))


def _key_of(error: Exception) -> str:
    """The text that says why a scan ended."""
    return error.key if isinstance(error, RequestError) else "channels.channel_defect"
