"""What one seat gets: a message, its attachments, and the names derived from them.

What belongs here: the value and its identity (digest, Message-ID). A message never has a control
character, so no name or subject can add a header or a file path. What must not: wording (``cpsa.letters``)
and MIME (``mail_composer``).
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

MAIL_DOMAIN = "cpsa.example.org"

# Control characters, halves of a pair, separators of lines and paragraphs. Joiners are format
# characters too, and Hindi needs them; only what turns the direction goes.
_UNFIT = re.compile(
    r"[\0-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_UNFIT_IN_FILE_NAMES = str.maketrans(dict.fromkeys('/\\:*?"<>|', " "))
_MAX_FILE_NAME_BYTES = (
    200  # bytes: file systems allow 255, and it must fit escaped into a header line
)


def one_line(text: str) -> str:
    """``text`` for a header: no control characters, no line breaks, single spaces."""
    return " ".join(_UNFIT.sub(" ", text).split())


def _clean_lines(text: str) -> str:
    """``text`` for a body: its lines and tabs kept, other control characters gone."""
    return _UNFIT.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


class AttachmentUse(StrEnum):
    """What the reader does with a file; the mail names it."""

    READ = "read"
    EDIT = "edit"
    CALCULATE = "reckon"
    FILL_IN = "fill_in"
    CHECK = "check"  # the digests of the others


@dataclass(frozen=True)
class Attachment:
    """A file to send: where it is, what the reader sees it called, and what it must contain.

    With a ``link`` it is not in the mail: the words of the mail say where it is fetched.
    """

    path: Path
    name: str
    sha256: str
    link: str = ""
    use: AttachmentUse = field(default=AttachmentUse.READ, compare=False)

    def __post_init__(self) -> None:
        plain = Path(one_line(self.name.translate(_UNFIT_IN_FILE_NAMES)).lstrip(". "))
        room = _MAX_FILE_NAME_BYTES - len(plain.suffix.encode())
        stem = plain.stem.encode()[:room].decode(errors="ignore").strip()
        object.__setattr__(self, "name", stem + plain.suffix)
        object.__setattr__(self, "use", AttachmentUse(self.use))
        object.__setattr__(self, "path", Path(self.path))


@dataclass(frozen=True)
class MailMessage:
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
            object.__setattr__(self, name, _clean_lines(getattr(self, name)))
        object.__setattr__(self, "attachments", tuple(self.attachments))

    @property
    def enclosed(self) -> tuple[Attachment, ...]:
        """What travels in the mail itself."""
        return tuple(file for file in self.attachments if not file.link)

    @property
    def digest(self) -> str:
        """What the message delivers: its documents; without any, its text.

        The text around documents, and the list of their digests, may be corrected without making
        it another delivery.
        """
        documents = [file for file in self.attachments if file.use is not AttachmentUse.CHECK]
        parts = [file.sha256 for file in documents] or [self.text]
        return _compute_digest(*parts)

    def make_message_id(self, revision: int, secret: bytes = b"") -> str:
        """The same for the same delivery, however often it is built.

        With a ``secret`` its first part is made with that key: who has one mail of a pack knows the
        documents and the seats of the others, and could else write a report that one came back.
        """
        identity = _compute_digest(
            self.digest, self.recipient, self.cycle, self.slot, str(revision)
        )
        if secret:
            identity = hmac.new(secret, f"Message-ID {identity}".encode(), sha256).hexdigest()
        # A longer one would be folded onto a line of its own.
        return f"<{identity[:40]}@{MAIL_DOMAIN}>"


def _compute_digest(*parts: str) -> str:
    # Each part's length is part of the digest: ("ab", "c") is not ("a", "bc").
    return sha256("".join(f"{len(part)}:{part}" for part in parts).encode()).hexdigest()
