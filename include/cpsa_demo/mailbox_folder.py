"""The demo's mailbox: folders of ``.eml`` files, as a mail server keeps them; files here, no protocol.

A mail's number is its file's name and never changes; it is one above all others when it is put in or moved.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

INBOX = "INBOX"
_LENGTH = 6


@dataclass(frozen=True)
class StoredMail:
    """One mail in a folder. ``received``: when it came, in seconds since 1970."""

    number: int
    path: Path

    @property
    def content(self) -> bytes:
        return self.path.read_bytes()

    @property
    def received(self) -> float:
        return self.path.stat().st_mtime


@dataclass(frozen=True)
class MailboxFolders:
    """All folders of one mailbox, below ``root``."""

    root: Path

    def list_folders(self) -> list[str]:
        return sorted({INBOX, *(path.name for path in self.root.glob("*/"))})

    def create_folder(self, name: str) -> None:
        self._get_path(name).mkdir(parents=True, exist_ok=True)

    def list_mails(self, folder: str) -> list[StoredMail]:
        """The mails of a folder by their numbers."""
        files = self._get_path(folder).glob("*.eml")
        return sorted(
            (StoredMail(int(path.stem), path) for path in files), key=lambda mail: mail.number
        )

    def put_mail(self, content: bytes, folder: str = INBOX) -> None:
        """Put in a mail that has just been received."""
        self.create_folder(folder)
        path = self._get_path(folder) / f"{self._next_number():0{_LENGTH}}.eml"
        part = path.with_suffix(".part")
        part.write_bytes(content)
        part.replace(path)

    def has_mail(self, message_id: str) -> bool:
        """Whether a mail with this Message-ID is in any folder."""
        line = f"Message-ID: {message_id}".encode()
        return any(line in path.read_bytes() for path in self.root.glob("*/*.eml"))

    def move_mail(self, mail: StoredMail, folder: str) -> None:
        """Move a mail; when it was received stays."""
        self.create_folder(folder)
        os.replace(mail.path, self._get_path(folder) / f"{self._next_number():0{_LENGTH}}.eml")

    def _next_number(self) -> int:
        return max((int(path.stem) for path in self.root.glob("*/*.eml")), default=0) + 1

    def _get_path(self, folder: str) -> Path:
        """The path of a folder; a name that would lead elsewhere is no folder."""
        if folder in ("", ".", "..") or Path(folder).name != folder:
            raise ValueError(folder)
        return self.root / folder
