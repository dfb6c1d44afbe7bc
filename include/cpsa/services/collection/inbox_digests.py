"""The known digests of files in the inbox, so that unchanged files are not read again.

A cache: it may be lost or emptied at any time, and then everything is read once more. It says only
which bytes a file has; whether they were imported is known from the store alone. So a restored store
or another one works correctly.

A file counts as unchanged when everything that its file system shows without reading is unchanged:
size, instants of writing (on a local disk also that of any change of its record, which nobody can
set), entity tag, inode. A file written within the last seconds is never noted, because it could
be written again within the same tick of the file system's clock.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta

from cpsa.intake.channels.folder import FolderFile
from cpsa.services.app_context import AppContext
from cpsa.services.atomic_file import write_atomically

DIGESTS_FILE = "inbox-digests.json"
AT_REST = timedelta(seconds=5)


class InboxDigests:
    """Digests of files by their address, for one scan of the inbox."""

    def __init__(self, context: AppContext) -> None:
        self._file = context.settings.home / DIGESTS_FILE
        self._before = self._load()
        self._now: dict[str, list[str]] = {}

    def find(self, file: FolderFile) -> str | None:
        """The SHA-256 of an unchanged file; None where the file must be read."""
        noted = self._before.get(file.key)
        if noted is None or noted[0] != _compute_mark(file):
            return None
        self._now[file.key] = noted
        return noted[1]

    def note(self, file: FolderFile, sha256: str, now: datetime) -> None:
        """Note the digest of a file that was just read, if it was not written lately."""
        if file.written_at is not None and file.written_at <= now - AT_REST:
            self._now[file.key] = [_compute_mark(file), sha256]

    def save(self) -> None:
        """Save what this scan has noted; files that are gone are dropped."""
        if self._now != self._before:
            write_atomically(self._file, json.dumps(self._now, ensure_ascii=False).encode())

    def _load(self) -> dict[str, list[str]]:
        try:
            noted = json.loads(self._file.read_bytes())
        except (OSError, ValueError):
            return {}
        return noted if isinstance(noted, dict) else {}


def _compute_mark(file: FolderFile) -> str:
    return hashlib.sha256(file.stamp.encode()).hexdigest()
