"""What a mail is: whom it is from, what kind it is, and the files it brings.

What belongs here: walking MIME parts as they really come, broken ones too. What must not: deciding
whose a file is (``owner``), and reading a file.

The parser is told of nothing but bytes and never trusted: a mail of thousands of parts or of parts
within parts is refused before it is parsed, and no header can make it raise.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import Message
from email.utils import getaddresses
from enum import StrEnum

from cpsa.collect.channels.mail_words import decoded, file_name
from cpsa.errors import RequestError

PARTS = 300
_KEY_LENGTH = 300
_MARKS = re.compile(rb"(?i)\bcontent-type\s*:|\bboundary\s*\*?\s*=")
_ANSWERS_ITSELF = ("auto-replied", "auto-generated", "auto-notified")
_REPORTS = ("delivery-status", "disposition-notification")


class Kind(StrEnum):
    """Who wrote it: a person, a mail server that could not deliver, or another program."""

    WRITTEN = "written"
    BOUNCE = "bounce"
    AUTOMATIC = "automatic"


@dataclass(frozen=True)
class Attachment:
    """A file of a mail. ``name`` is blank where it has none; ``type`` is what the mail calls it."""

    name: str
    type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Mail:
    """A mail as far as it concerns us. ``sender`` is blank unless it is exactly one address."""

    key: str
    sender: str
    subject: str
    kind: Kind
    attachments: tuple[Attachment, ...] = ()


def read(content: bytes) -> Mail:
    """Read a whole mail; RequestError when it has more parts than any mail of an agency."""
    if (
        sum(1 for _ in zip(_MARKS.finditer(content), range(2 * PARTS + 1), strict=False))
        > 2 * PARTS
    ):
        raise RequestError("channels.too_many_parts", count=PARTS)
    message = message_from_bytes(content, policy=policy.compat32)
    return _mail(message, content, tuple(_attachments(message)))


def read_head(head: bytes) -> Mail:
    """Read the beginning of a mail whose files are not fetched."""
    return _mail(message_from_bytes(head, policy=policy.compat32), head, ())


def _mail(message: Message, content: bytes, attachments: tuple[Attachment, ...]) -> Mail:
    return Mail(
        _key(message, content),
        _sender(message),
        decoded(message.get("Subject")),
        _kind(message),
        attachments,
    )


def _key(message: Message, content: bytes) -> str:
    """Its Message-ID; of a mail without one, what its bytes are."""
    told = "".join(decoded(message.get("Message-ID")).split())
    return told[:_KEY_LENGTH] or f"sha256:{hashlib.sha256(content).hexdigest()}"


def _sender(message: Message) -> str:
    """The one address it says it is from, in lower case."""
    said = [str(value) for value in message.get_all("From", [])]
    found = {address.strip().casefold() for _, address in getaddresses(said) if address}
    return found.pop() if len(found) == 1 and len(said) == 1 else ""


def _kind(message: Message) -> Kind:
    report = str(message.get_param("report-type", "")).casefold()
    is_report = message.get_content_type() == "multipart/report"
    if (is_report and report in _REPORTS[:1]) or _sender(message).startswith("mailer-daemon@"):
        return Kind.BOUNCE
    if "<>" in str(message.get("Return-Path", "")).replace(" ", ""):
        return Kind.BOUNCE
    automatic = str(message.get("Auto-Submitted", "")).strip().casefold()
    if is_report or automatic.startswith(_ANSWERS_ITSELF) or "X-Autoreply" in message:
        return Kind.AUTOMATIC
    if str(message.get("Precedence", "")).strip().casefold() == "auto_reply":
        return Kind.AUTOMATIC
    return Kind.WRITTEN


def _attachments(message: Message) -> Iterator[Attachment]:
    """Every part that is a file: it has a name, or it is no text, picture or wrapper.

    Mails within mails are opened too: that is how some forward a colleague's update.
    """
    for part in message.walk():
        if part.is_multipart():
            continue
        name, kind = file_name(part), part.get_content_type()
        disposition = str(part.get("Content-Disposition", "")).strip().casefold()
        if not name and not disposition.startswith("attachment") and kind in _BODIES:
            continue
        yield Attachment(name, kind, _content(part))


_BODIES = ("text/plain", "text/html", "text/enriched", "text/rfc822-headers", "text/calendar")


def _content(part: Message) -> bytes:
    """The bytes of a part; what its transfer encoding spoils stays as it came."""
    try:
        content = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError):
        content = None
    if isinstance(content, bytes):
        return content
    return str(part.get_payload()).encode("utf-8", "surrogateescape")
