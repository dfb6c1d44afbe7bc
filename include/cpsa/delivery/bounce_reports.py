"""Delivery status notifications: reports of later servers on mails that they could not deliver.

What belongs here: reading RFC 3464 reports, and their variants seen in the field, from bytes.
What must not: fetching mail (``intake``) and what follows from a bounce (``ledger.record_bounce``).

Servers differ in what they return of the original: all of it, its headers, or only its Message-ID
as what they reply to. Anybody can write such a mail, so nothing in it is trusted beyond being one,
and it is read within the same limits as any other (``mail_limits``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_string
from email.message import Message as Mime
from itertools import islice

from cpsa.delivery.mail_message import one_line
from cpsa.errors import RequestError
from cpsa.intake.channels.mail_limits import (
    HEADER_LENGTH,
    RECIPIENTS,
    STATUS_TEXT,
    TEXT_LENGTH,
    parse_mail,
)

_ENHANCED_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_PLAIN_CODE = re.compile(r"(?<!\d)([45]\d\d)(?!\d)")
_MESSAGE_ID = re.compile(r"<[^<>\s@]+@[^<>\s@]+>")
_MAX_LENGTH = 500
_GROUP_SEPARATOR = re.compile(r"\r?\n[ \t]*\r?\n")
_ESCAPED = re.compile(r"\+([0-9A-Fa-f]{2})")  # how an Original-Recipient writes a sign (RFC 3461)

# What says that the address itself is wrong, by subject and detail (RFC 3463). Of 5.1 not 7 and 8,
# which are about the sender; 5.4.1 and 5.4.310 are how Exchange says it of people and domains.
_DEAD_ADDRESS_STATUS = re.compile(r"5\.(1\.(?!7$|8$)\d+|2\.1|4\.1|4\.4|4\.310)")
_DEAD_ADDRESS_CODES = {550, 551, 553}  # where a server says no more than that


@dataclass(frozen=True)
class BounceReport:
    """The report on one recipient. ``message_id``: of the original, empty if it is not in the report.

    ``recipient``: the one the server could not reach; ``written_to``: the one the mail was sent to;
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
        addresses = (self.recipient, self.written_to, _unescape(self.written_to))
        return address.strip().casefold() in {
            candidate.casefold() for candidate in addresses if candidate
        }

    @property
    def is_permanent(self) -> bool:
        """Whether it did not arrive and a further attempt would not help."""
        return self.action == "failed" and self.status.startswith("5")

    @property
    def is_address_dead(self) -> bool:
        """Whether the address reaches nobody: it must be corrected before any further mail."""
        if not self.is_permanent:
            return False
        if not self.status.endswith(".0.0"):
            return _DEAD_ADDRESS_STATUS.fullmatch(self.status) is not None
        return self.code in _DEAD_ADDRESS_CODES

    @property
    def code(self) -> int | None:
        """The plain SMTP code in the diagnostic, if there is one."""
        match = _PLAIN_CODE.search(self.diagnostic)
        return int(match[1]) if match else None


def read_bounce_reports(content: bytes) -> tuple[BounceReport, ...]:
    """The reports in a mail on earlier ones, one per recipient; none if it is no report.

    RequestError when it is made as no mail server writes it, or names too many recipients.
    """
    mail = parse_mail(content)
    reports = [part for part in mail.walk() if part.get_content_type() == STATUS_TEXT]
    if reports:
        original = _find_original_id(mail)
        reported: Iterator[BounceReport] = (
            _parse_report(group, original)
            for part in reports
            for group in _list_recipient_groups(part)
        )
    else:
        reported = _parse_exim_reports(mail)
    bounces = tuple(islice(reported, RECIPIENTS + 1))
    if len(bounces) > RECIPIENTS:
        raise RequestError("channels.too_many_recipients", count=RECIPIENTS)
    return bounces


def _list_recipient_groups(part: Mime) -> Iterator[Mime]:
    """The groups of a status part that are about a recipient; the first is about the server."""
    for text in _GROUP_SEPARATOR.split(_get_text(part).strip()):
        group = message_from_string(text)
        if "Action" in group or "Final-Recipient" in group:
            yield group


def _parse_report(group: Mime, message_id: str) -> BounceReport:
    diagnostic = _strip_type(_get_header(group, "Diagnostic-Code"))
    return BounceReport(
        message_id,
        _parse_address(_get_header(group, "Final-Recipient")),
        _get_header(group, "Action").partition(" ")[0].lower()[:_MAX_LENGTH],
        _choose_status(_get_header(group, "Status"), diagnostic),
        diagnostic,
        _parse_address(_get_header(group, "Original-Recipient")),
    )


def _choose_status(given: str, diagnostic: str) -> str:
    """The status as given, or the one in the diagnostic where it says more."""
    given_status, diagnostic_status = (
        _ENHANCED_STATUS.search(given),
        _ENHANCED_STATUS.search(diagnostic),
    )
    if diagnostic_status and (
        given_status is None
        or (given_status[0].endswith(".0.0") and given_status[1] == diagnostic_status[1])
    ):
        return diagnostic_status[0]
    if given_status:
        return given_status[0]
    plain = _PLAIN_CODE.search(diagnostic)
    return f"{plain[1][0]}.0.0" if plain else ""


def _find_original_id(mail: Mime) -> str:
    """The Message-ID of what came back: from its copy, its headers, or what is replied to."""
    for part in mail.walk():
        kind = part.get_content_type()
        if kind == "message/rfc822" and isinstance(part.get_payload(), list):
            message_ids = _find_message_ids(_get_header(part.get_payload(0), "Message-ID"))  # type: ignore[arg-type]
        elif kind in ("text/rfc822-headers", "message/rfc822-headers"):
            message_ids = _find_message_ids(
                _get_header(message_from_string(_get_text(part)), "Message-ID")
            )
        else:
            continue
        if message_ids:
            return message_ids[0]
    reply_ids = _find_message_ids(_get_header(mail, "In-Reply-To")) or _find_message_ids(
        _get_header(mail, "References", tail=True)
    )
    return reply_ids[-1] if reply_ids else ""


def _parse_exim_reports(mail: Mime) -> Iterator[BounceReport]:
    """Exim's before it wrote reports: recipients in a header, the reason and a copy in the text."""
    failed = _get_header(mail, "X-Failed-Recipients")
    if not failed:
        return
    text = "\n".join(
        _get_text(part) for part in mail.walk() if part.get_content_maintype() == "text"
    )[:TEXT_LENGTH]
    reason, _, copy = text.partition("------ This is a copy of")
    named = re.search(r"(?mi)^Message-ID:\s*(<[^<>\s]+>)", copy)
    ids = [named[1]] if named else _find_message_ids(_get_header(mail, "In-Reply-To"))
    for recipient in filter(None, (name.strip() for name in failed.split(","))):
        _, _, after_recipient = reason.partition(recipient)
        diagnostic = one_line((after_recipient or reason)[:HEADER_LENGTH])[:_MAX_LENGTH]
        status = _choose_status("", diagnostic) or "5.0.0"
        address = recipient.strip("<>")[:_MAX_LENGTH]
        yield BounceReport(ids[0] if ids else "", address, "failed", status, diagnostic)


def _get_header(part: Mime, name: str, *, tail: bool = False) -> str:
    """A header on one line, no longer than there is a use for: its beginning, or its ``tail``."""
    value = part.get(name)
    if value is None:
        return ""
    text = str(value)
    return one_line(text[-HEADER_LENGTH:] if tail else text[:HEADER_LENGTH])


def _strip_type(value: str) -> str:
    """``smtp; 550 no`` and ``rfc822; a@b`` without the type in front."""
    head, mark, rest = value.partition(";")
    return (rest if mark and re.fullmatch(r"\s*[\w-]+\s*", head) else value).strip()[:_MAX_LENGTH]


def _parse_address(value: str) -> str:
    """``rfc822; a@b`` and ``rfc822;<a@b>`` as the address alone."""
    return _strip_type(value).strip("<> ")[:_MAX_LENGTH]


def _unescape(address: str) -> str:
    """An Original-Recipient as it was before it was written in xtext (``+2B`` for ``+``)."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), address)


def _find_message_ids(value: str) -> list[str]:
    return _MESSAGE_ID.findall(value)


def _get_text(part: Mime) -> str:
    """The text of a part that has no parts; no more of it than there is a use for."""
    try:
        payload = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError):
        return ""
    return payload[:TEXT_LENGTH].decode("utf-8", "replace") if isinstance(payload, bytes) else ""
