"""What a mail is: whom it is from, what kind it is, and the files it brings.

What belongs here: walking MIME parts as they really come, broken ones too. What must not: deciding
whose a file is (``owner``), and reading a file.

The parser of the standard library forgives everything, but a mail can be made that keeps it busy
for hours or fills the memory. What no program of an office writes is refused before it is parsed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import getaddresses
from enum import StrEnum

from cpsa.collect.channels.mail_words import decoded, file_name, header, headers, parameter
from cpsa.errors import RequestError

# Enough of a mail to say whose and which it is; a longer head is not worth its bytes.
HEAD_BYTES = 64 * 1024
# An agency's mail has a handful of parts within three or four wrappers. Of 20 MB in base64 there
# are 280,000 lines.
PARTS, WRAPPERS, BOUNDARIES, LINES = 300, 30, 2_000, 600_000
_WRAPPER = re.compile(rb"(?i)\bboundary(?:\*\d*\*?)?\s*=")
_BOUNDARY = re.compile(rb"[\r\n]--")
_LONG_HEADER = re.compile(rb"(?im)^content-(?:type|disposition)[ \t]*:(?:[^\r\n]|\r?\n[ \t]){4000}")
_KEY_LENGTH = 300
_ANSWERS_ITSELF = ("auto-replied", "auto-generated", "auto-notified")
# What is read as the letter, not kept as a file, unless it has a name or is called an attachment.
_LETTERS = ("text/plain", "text/html", "text/enriched", "text/rfc822-headers", "text/calendar")


class Kind(StrEnum):
    """Who wrote it: a person, a mail server that could not deliver, or another program."""

    WRITTEN = "written"
    BOUNCE = "bounce"
    AUTOMATIC = "automatic"


@dataclass(frozen=True)
class Head:
    """What a mail says of itself.

    ``message_id`` is blank where it has none, ``sender`` unless it names exactly one address.
    """

    message_id: str
    sender: str
    subject: str
    kind: Kind


@dataclass(frozen=True)
class Attachment:
    """A file of a mail. ``name`` is blank where it has none; ``type`` is what the mail calls it."""

    name: str
    type: str
    content: bytes = field(repr=False)


def head(content: bytes) -> Head:
    """The head of a mail, from the whole of it or from its beginning. Never raises."""
    message = BytesHeaderParser(policy=policy.compat32).parsebytes(content[:HEAD_BYTES])
    return Head(
        "".join(decoded(header(message, "Message-ID")).split())[:_KEY_LENGTH],
        _sender(message),
        decoded(header(message, "Subject")),
        _kind(message),
    )


def attachments(content: bytes) -> tuple[Attachment, ...]:
    """The files of a whole mail; RequestError when it is made as no office's mail is."""
    if not _is_plausible(content):
        raise RequestError("channels.too_many_parts", count=PARTS)
    message = message_from_bytes(content, policy=policy.compat32)
    parts = list(message.walk())
    if len(parts) > PARTS:
        raise RequestError("channels.too_many_parts", count=PARTS)
    return tuple(_files(parts))


def _is_plausible(content: bytes) -> bool:
    if max(content.count(b"\n"), content.count(b"\r")) > LINES:
        return False
    few_wrappers = _at_most(WRAPPERS, _WRAPPER.finditer(content))
    few_boundaries = _at_most(BOUNDARIES, _BOUNDARY.finditer(content))
    return few_wrappers and few_boundaries and _LONG_HEADER.search(content) is None


def _at_most(limit: int, found: Iterator[object]) -> bool:
    return sum(1 for _ in zip(range(limit + 1), found, strict=False)) <= limit


def _sender(message: Message) -> str:
    """The one address it says it is from, in lower case."""
    said = headers(message, "From")
    found = {address.strip().casefold() for _, address in getaddresses(said) if address}
    return found.pop() if len(found) == 1 and len(said) == 1 else ""


def _kind(message: Message) -> Kind:
    is_report = message.get_content_type() == "multipart/report"
    report = parameter(message, "Content-Type", "report-type").casefold()
    nobody = decoded(header(message, "Return-Path")).replace(" ", "") == "<>"
    if (is_report and report == "delivery-status") or nobody or _is_daemon(_sender(message)):
        return Kind.BOUNCE
    automatic = decoded(header(message, "Auto-Submitted")).casefold().startswith(_ANSWERS_ITSELF)
    answered = decoded(header(message, "Precedence")).casefold() == "auto_reply"
    if is_report or automatic or answered or "X-Autoreply" in message:
        return Kind.AUTOMATIC
    return Kind.WRITTEN


def _is_daemon(sender: str) -> bool:
    return sender.partition("@")[0] in ("mailer-daemon", "postmaster")


def _files(parts: list[Message]) -> Iterator[Attachment]:
    """Every part that is a file: it has a name, is called an attachment, or is no letter.

    Mails within mails are opened too: that is how some forward a colleague's update.
    """
    for part in parts:
        if part.is_multipart():
            continue
        name, kind = file_name(part), part.get_content_type()
        disposition = decoded(header(part, "Content-Disposition")).casefold()
        if name or disposition.startswith("attachment") or kind not in _LETTERS:
            yield Attachment(name, kind, _content(part))


def _content(part: Message) -> bytes:
    """The bytes of a part; what its transfer encoding spoils stays as it came."""
    try:
        content = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError):
        content = None
    if isinstance(content, bytes):
        return content
    return str(part.get_payload()).encode("utf-8", "surrogateescape")
