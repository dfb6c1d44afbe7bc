"""What a mail is: whom it is from, what kind it is, and the files it brings.

What belongs here: walking MIME parts as they really come, broken ones too. What must not: deciding
whose a file is (``sender``), and reading a file.

How much of a mail is read at all, ``mail_limits`` says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from enum import StrEnum

from cpsa.intake.channels.mail_headers import (
    decode_header_text,
    get_file_name,
    get_header,
    get_headers,
    get_parameter,
)
from cpsa.intake.channels.mail_limits import STATUS_TEXT, list_addresses, parse_head, parse_mail

_KEY_LENGTH = 300
_TEXT_TYPES = ("text/plain", "text/html")
_MAX_LETTER_LENGTH = 500_000
_AUTOMATIC_REPLIES = ("auto-replied", "auto-generated", "auto-notified")
# What is read as the letter, not kept as a file, unless it has a name or is called an attachment.
_LETTER_TYPES = (
    *("text/plain", "text/html", "text/enriched", "text/rfc822-headers", "text/calendar"),
    STATUS_TEXT,
)
# What a mail that is only words is made as.
_TYPES_WITHOUT_FILES = ("text/plain", "text/html", "multipart/alternative", "multipart/related")


class MailKind(StrEnum):
    """Who wrote it: a person, a mail server that could not deliver, or another program."""

    WRITTEN = "written"
    BOUNCE = "bounce"
    AUTOMATIC = "automatic"


@dataclass(frozen=True)
class MailHead:
    """What a mail says of itself.

    ``message_id`` is blank where it has none, ``sender`` unless it names exactly one address.
    """

    message_id: str
    sender: str
    subject: str
    kind: MailKind


@dataclass(frozen=True)
class IncomingAttachment:
    """A file of a mail. ``name`` is blank where it has none; ``type`` is what the mail calls it."""

    name: str
    type: str
    content: bytes = field(repr=False)


def read_mail_head(content: bytes) -> MailHead:
    """The head of a mail, from the whole of it or from its beginning. Never raises."""
    message = parse_head(content)
    return MailHead(
        "".join(decode_header_text(get_header(message, "Message-ID")).split())[:_KEY_LENGTH],
        _find_sender(message),
        decode_header_text(get_header(message, "Subject")),
        _classify_mail(message),
    )


def read_attachments(content: bytes) -> tuple[IncomingAttachment, ...]:
    """The files of a whole mail; RequestError when it is made as no mail program makes it."""
    return tuple(_iter_files(parse_mail(content)))


def read_letter_text(content: bytes) -> str:
    """What a whole mail says in words, its HTML with it; RequestError as for ``read_attachments``."""
    parts = [part for part in parse_mail(content).walk() if part.get_content_type() in _TEXT_TYPES]
    return "\n".join(_decode_content(part).decode("utf-8", "replace") for part in parts)[
        :_MAX_LETTER_LENGTH
    ]


def _find_sender(message: Message) -> str:
    """The one address it says it is from, in lower case."""
    from_headers = get_headers(message, "From")
    found = set(list_addresses(from_headers))
    return found.pop() if len(found) == 1 and len(from_headers) == 1 else ""


def _classify_mail(message: Message) -> MailKind:
    is_report = message.get_content_type() == "multipart/report"
    report = get_parameter(message, "Content-Type", "report-type").casefold()
    nobody = decode_header_text(get_header(message, "Return-Path")).replace(" ", "") == "<>"
    if (is_report and report == "delivery-status") or nobody or _is_daemon(_find_sender(message)):
        return MailKind.BOUNCE
    automatic = (
        decode_header_text(get_header(message, "Auto-Submitted"))
        .casefold()
        .startswith(_AUTOMATIC_REPLIES)
    )
    answered = decode_header_text(get_header(message, "Precedence")).casefold() == "auto_reply"
    if is_report or automatic or answered or "X-Autoreply" in message or _is_suppressed(message):
        return MailKind.AUTOMATIC
    return MailKind.WRITTEN


def _is_suppressed(message: Message) -> bool:
    """Whether it asks that no program answers it, and cannot bring a file.

    Some absence notices of Exchange say of themselves no more than that. Programs in offices that
    send a workbook on a person's behalf ask the same, and their mail is read.
    """
    suppression = decode_header_text(get_header(message, "X-Auto-Response-Suppress")).casefold()
    is_requested = suppression not in ("", "none")
    return is_requested and message.get_content_type() in _TYPES_WITHOUT_FILES


def _is_daemon(sender: str) -> bool:
    return sender.partition("@")[0] in ("mailer-daemon", "postmaster")


def _iter_files(mail: Message) -> Iterator[IncomingAttachment]:
    """Every part that is a file: it has a name, is called an attachment, or is no letter.

    Mails within mails are opened too: that is how some forward a colleague's update.
    """
    for part in mail.walk():
        if part.is_multipart():
            continue
        name, kind = get_file_name(part), part.get_content_type()
        disposition = decode_header_text(get_header(part, "Content-Disposition")).casefold()
        if name or disposition.startswith("attachment") or kind not in _LETTER_TYPES:
            yield IncomingAttachment(name, kind, _decode_content(part))


def _decode_content(part: Message) -> bytes:
    """The bytes of a part; what its transfer encoding spoils stays as it came."""
    try:
        content = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError):
        content = None
    if isinstance(content, bytes):
        return content
    return str(part.get_payload()).encode("utf-8", "surrogateescape")
