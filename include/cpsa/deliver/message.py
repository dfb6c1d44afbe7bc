"""What one seat gets: a message, its attachments, and the names derived from them.

What belongs here: the value and its identity (digest, Message-ID). A message never holds a control
character, so no name or subject can add a header or a file path. What must not: wording (``pack``)
and MIME (``compose``).
"""

from __future__ import annotations

import hmac
import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

MAIL_DOMAIN = "cpsa.example.org"

# Joiners are format characters too, and Hindi needs them; only what turns the direction goes.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNFIT_IN_FILE_NAMES = str.maketrans(dict.fromkeys('/\\:*?"<>|', " "))
_LONGEST_FILE_NAME = 200  # bytes: file systems allow 255, and a header line must hold it escaped


def one_line(text: str) -> str:
    """``text`` for a header: no control characters, no line breaks, single spaces."""
    return " ".join("".join(" " if _is_unfit(sign) else sign for sign in text).split())


def _lines(text: str) -> str:
    """``text`` for a body: its lines and tabs kept, other control characters gone."""
    kept = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(sign for sign in kept if sign in "\n\t" or not _is_unfit(sign))


def _is_unfit(sign: str) -> bool:
    return sign in _TURNING or unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"}


class Use(StrEnum):
    """What its reader does with a file; the words of a mail say so."""

    READ = "read"
    EDIT = "edit"
    RECKON = "reckon"
    FILL_IN = "fill_in"


@dataclass(frozen=True)
class Attachment:
    """A file to send: where it is, what the reader sees it called, and what it must contain.

    With a ``link`` it is not in the mail: the words of the mail say where it is fetched.
    """

    path: Path
    name: str
    sha256: str
    link: str = ""
    use: Use = field(default=Use.READ, compare=False)

    def __post_init__(self) -> None:
        plain = Path(one_line(self.name.translate(_UNFIT_IN_FILE_NAMES)).lstrip(". "))
        room = _LONGEST_FILE_NAME - len(plain.suffix.encode())
        stem = plain.stem.encode()[:room].decode(errors="ignore").strip()
        object.__setattr__(self, "name", stem + plain.suffix)
        object.__setattr__(self, "path", Path(self.path))


@dataclass(frozen=True)
class Message:
    """One mail to one seat. ``recipient`` names the seat, such as ``DOMSME:to:1``."""

    cycle: str
    slot: str
    recipient: str
    to_name: str
    to_email: str
    language: str
    subject: str
    html: str
    text: str
    attachments: tuple[Attachment, ...] = ()

    def __post_init__(self) -> None:
        for name in ("to_name", "to_email", "subject"):
            object.__setattr__(self, name, one_line(getattr(self, name)))
        for name in ("html", "text"):
            object.__setattr__(self, name, _lines(getattr(self, name)))
        object.__setattr__(self, "attachments", tuple(self.attachments))

    @property
    def enclosed(self) -> tuple[Attachment, ...]:
        """What travels in the mail itself."""
        return tuple(file for file in self.attachments if not file.link)

    @property
    def digest(self) -> str:
        """What the message delivers: its documents; without any, its text.

        The words around documents may be mended without making it another delivery.
        """
        parts = [attachment.sha256 for attachment in self.attachments] or [self.text]
        return _digest(*parts)

    def message_id(self, revision: int, secret: bytes = b"") -> str:
        """The same for the same delivery, whoever builds it and however often.

        With a ``secret`` its first part is made with that key: who has one mail of a pack knows the
        documents and the seats of the others, and could else write a report that one came back.
        """
        identity = _digest(self.digest, self.recipient, self.cycle, self.slot, str(revision))
        if secret:
            identity = hmac.new(secret, f"Message-ID {identity}".encode(), sha256).hexdigest()
        # A longer one would be folded onto a line of its own.
        return f"<{identity[:40]}@{MAIL_DOMAIN}>"


def _digest(*parts: str) -> str:
    # Each part's length is part of the digest: ("ab", "c") is not ("a", "bc").
    return sha256("".join(f"{len(part)}:{part}" for part in parts).encode()).hexdigest()
