"""What files of the inbox are known to hold, so that those that lie unchanged are not read again.

A cache: it may be lost or emptied at any time, and then everything is read once more. It says only
which bytes a file holds; whether they were taken in is the store's to say. So a store that was put
back, or another one, is served right.

A file counts as unchanged when everything its file system tells without reading is as it was:
size, instants of writing (on a local disk also that of any change of its record, which nobody can
set), entity tag, inode. A file written within the last seconds is never noted, because it could
be written again within the same tick of the file system's clock.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta

from cpsa.collect.channels.folder import Found
from cpsa.cycle.files import write_whole
from cpsa.cycle.office import Office

FILE = "inbox-digests.json"
AT_REST = timedelta(seconds=5)


class Digests:
    """Digests of files by their address, for one look into the inbox."""

    def __init__(self, office: Office) -> None:
        self._file = office.settings.home / FILE
        self._before = self._read()
        self._now: dict[str, list[str]] = {}

    def of(self, file: Found) -> str | None:
        """The SHA-256 of an unchanged file; None where it has to be read."""
        noted = self._before.get(file.key)
        if noted is None or noted[0] != _mark(file):
            return None
        self._now[file.key] = noted
        return noted[1]

    def note(self, file: Found, sha256: str, now: datetime) -> None:
        """Remember what a file holds that was just read, if it has been at rest."""
        if file.written_at is not None and file.written_at <= now - AT_REST:
            self._now[file.key] = [_mark(file), sha256]

    def keep(self) -> None:
        """Write down what this look has seen; files that are gone are forgotten."""
        if self._now != self._before:
            write_whole(self._file, json.dumps(self._now, ensure_ascii=False).encode())

    def _read(self) -> dict[str, list[str]]:
        try:
            noted = json.loads(self._file.read_bytes())
        except (OSError, ValueError):
            return {}
        return noted if isinstance(noted, dict) else {}


def _mark(file: Found) -> str:
    return hashlib.sha256(file.stamp.encode()).hexdigest()
