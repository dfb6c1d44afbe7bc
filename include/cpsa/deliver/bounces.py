"""Delivery status notifications: what a later server says of a mail that it could not deliver.

What belongs here: reading RFC 3464 reports, and what came of reading them in the field, from bytes.
What must not: fetching mail (``collect``) and what follows from a bounce (``ledger.bounced``).

Servers differ in what they return of the original: all of it, its headers, or only its Message-ID
as what they reply to. Anybody can write such a mail, so nothing in it is trusted beyond being one,
and it is read within the same limits as any other (``collect.channels.mail_limits``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_string
from email.message import Message as Mime
from itertools import islice

from cpsa.collect.channels.mail_limits import (
    HEADER_LENGTH,
    RECIPIENTS,
    STATUS_TEXT,
    TEXT_LENGTH,
    parse_mail,
)
from cpsa.deliver.message import one_line
from cpsa.errors import RequestError

_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_PLAIN = re.compile(r"(?<!\d)([45]\d\d)(?!\d)")
_MESSAGE_ID = re.compile(r"<[^<>\s@]+@[^<>\s@]+>")
_LONGEST = 500
_GROUPS = re.compile(r"\r?\n[ \t]*\r?\n")
_ESCAPED = re.compile(r"\+([0-9A-Fa-f]{2})")  # how an Original-Recipient writes a sign (RFC 3461)

# What says that the address itself is wrong, by subject and detail (RFC 3463). Of 5.1 not 7 and 8,
# which are about the sender; 5.4.1 and 5.4.310 are how Exchange says it of people and domains.
_DEAD = re.compile(r"5\.(1\.(?!7$|8$)\d+|2\.1|4\.1|4\.4|4\.310)")
_DEAD_PLAIN = {550, 551, 553}  # where a server says no more than that


@dataclass(frozen=True)
class Returned:
    """What was said of one recipient. ``message_id`` of the original is empty if it was not told.

    ``recipient`` is whom the server could not reach, ``written_to`` whom the mail was written to,
    each blank where the report does not say it. ``action`` is failed, delayed, delivered, relayed or expanded; ``status`` such as 5.1.1.
    """

    message_id: str
    recipient: str
    action: str
    status: str
    diagnostic: str
    written_to: str = ""

    def is_about(self, address: str) -> bool:
        """Whether it is about the mail to this address, and not one that was forwarded from it."""
        said = (self.recipient, self.written_to, _unescaped(self.written_to))
        return address.strip().casefold() in {one.casefold() for one in said if one}

    @property
    def permanent(self) -> bool:
        """It did not arrive, and to try again would not help."""
        return self.action == "failed" and self.status.startswith("5")

    @property
    def address_dead(self) -> bool:
        """Nobody is reached at this address: it must be corrected before any further mail."""
        if not self.permanent:
            return False
        if not self.status.endswith(".0.0"):
            return _DEAD.fullmatch(self.status) is not None
        return self.code in _DEAD_PLAIN

    @property
    def code(self) -> int | None:
        """The plain SMTP code in the diagnostic, if there is one."""
        said = _PLAIN.search(self.diagnostic)
        return int(said[1]) if said else None


def read(content: bytes) -> tuple[Returned, ...]:
    """What a mail reports of earlier ones, recipient by recipient; nothing if it is no report.

    RequestError when it is made as no mail server writes it, or names too many recipients.
    """
    mail = parse_mail(content)
    reports = [part for part in mail.walk() if part.get_content_type() == STATUS_TEXT]
    if reports:
        original = _original_id(mail)
        found: Iterator[Returned] = (
            _returned(group, original) for part in reports for group in _recipients_of(part)
        )
    else:
        found = _old_style(mail)
    told = tuple(islice(found, RECIPIENTS + 1))
    if len(told) > RECIPIENTS:
        raise RequestError("channels.too_many_recipients", count=RECIPIENTS)
    return told


def _recipients_of(part: Mime) -> Iterator[Mime]:
    """The groups of a status part that are about a recipient; the first is about the server."""
    for text in _GROUPS.split(_text_of(part).strip()):
        group = message_from_string(text)
        if "Action" in group or "Final-Recipient" in group:
            yield group


def _returned(group: Mime, message_id: str) -> Returned:
    diagnostic = _after_type(_header(group, "Diagnostic-Code"))
    return Returned(
        message_id,
        _address(_header(group, "Final-Recipient")),
        _header(group, "Action").partition(" ")[0].lower()[:_LONGEST],
        _status(_header(group, "Status"), diagnostic),
        diagnostic,
        _address(_header(group, "Original-Recipient")),
    )


def _status(given: str, diagnostic: str) -> str:
    """The status as given, or the one in the diagnostic where it says more."""
    own, other = _ENHANCED.search(given), _ENHANCED.search(diagnostic)
    if other and (own is None or (own[0].endswith(".0.0") and own[1] == other[1])):
        return other[0]
    if own:
        return own[0]
    plain = _PLAIN.search(diagnostic)
    return f"{plain[1][0]}.0.0" if plain else ""


def _original_id(mail: Mime) -> str:
    """The Message-ID of what came back: from its copy, its headers, or what is replied to."""
    for part in mail.walk():
        kind = part.get_content_type()
        if kind == "message/rfc822" and isinstance(part.get_payload(), list):
            found = _ids(_header(part.get_payload(0), "Message-ID"))  # type: ignore[arg-type]
        elif kind in ("text/rfc822-headers", "message/rfc822-headers"):
            found = _ids(_header(message_from_string(_text_of(part)), "Message-ID"))
        else:
            continue
        if found:
            return found[0]
    replied = _ids(_header(mail, "In-Reply-To")) or _ids(_header(mail, "References", tail=True))
    return replied[-1] if replied else ""


def _old_style(mail: Mime) -> Iterator[Returned]:
    """Exim's before it wrote reports: recipients in a header, the reason and a copy in the text."""
    failed = _header(mail, "X-Failed-Recipients")
    if not failed:
        return
    text = "\n".join(
        _text_of(part) for part in mail.walk() if part.get_content_maintype() == "text"
    )[:TEXT_LENGTH]
    reason, _, copy = text.partition("------ This is a copy of")
    named = re.search(r"(?mi)^Message-ID:\s*(<[^<>\s]+>)", copy)
    ids = [named[1]] if named else _ids(_header(mail, "In-Reply-To"))
    for recipient in filter(None, (one.strip() for one in failed.split(","))):
        _, _, told = reason.partition(recipient)
        diagnostic = one_line((told or reason)[:HEADER_LENGTH])[:_LONGEST]
        status = _status("", diagnostic) or "5.0.0"
        address = recipient.strip("<>")[:_LONGEST]
        yield Returned(ids[0] if ids else "", address, "failed", status, diagnostic)


def _header(part: Mime, name: str, tail: bool = False) -> str:
    """A header on one line, no longer than there is a use for: its beginning, or its ``tail``."""
    value = part.get(name)
    if value is None:
        return ""
    text = str(value)
    return one_line(text[-HEADER_LENGTH:] if tail else text[:HEADER_LENGTH])


def _after_type(value: str) -> str:
    """``smtp; 550 no`` and ``rfc822; a@b`` without the type in front."""
    head, mark, rest = value.partition(";")
    return (rest if mark and re.fullmatch(r"\s*[\w-]+\s*", head) else value).strip()[:_LONGEST]


def _address(value: str) -> str:
    """``rfc822; a@b`` and ``rfc822;<a@b>`` as the address alone."""
    return _after_type(value).strip("<> ")[:_LONGEST]


def _unescaped(address: str) -> str:
    """An Original-Recipient as it was before it was written in xtext (``+2B`` for ``+``)."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), address)


def _ids(value: str) -> list[str]:
    return _MESSAGE_ID.findall(value)


def _text_of(part: Mime) -> str:
    """The text of a part that has no parts; no more of it than there is a use for."""
    try:
        payload = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError):
        return ""
    return payload[:TEXT_LENGTH].decode("utf-8", "replace") if isinstance(payload, bytes) else ""
