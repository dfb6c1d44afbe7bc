"""The limits within which every mail is read, whatever reads it: updates, replies, status reports.

What belongs here: how large a head, an address or a header may be, how many parts and recipients a
mail may have, and parsing within these limits. What must not: what any of it means (``incoming_mail``,
``delivery.bounce_reports``).

The parser of the standard library forgives everything, but a mail can be made that keeps it busy
for hours, fills the memory or exhausts the stack. What no mail program writes is refused
before it is parsed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import policy
from email.message import Message
from email.parser import BytesHeaderParser, BytesParser
from email.utils import getaddresses

from cpsa.errors import RequestError

# Enough of a mail to say whose and which it is; a longer head is not worth its bytes.
HEAD_BYTES = 64 * 1024
# Of a header there is no use for more.
HEADER_LENGTH = 4_000
# An address with its name; and what may be in it of the signs that the parser calls itself for.
ADDRESS_LENGTH, ADDRESS_NESTING = 1_000, 20
# An agency's mail has a handful of parts within three or four wrappers. Of 20 MB in base64 there
# are 280,000 lines.
PARTS, WRAPPERS, BOUNDARIES, LINES = 300, 30, 2_000, 600_000
# Mails within a mail; each is a step deeper.
MAILS_WITHIN = 100
# A report about one of our mails names one recipient; one to a list a handful.
RECIPIENTS = 100
# Of a letter's or a report's words, enough for every reason that a server has given.
TEXT_LENGTH = 256 * 1024

# What the parser would take apart group by group, without a limit; here it is one text.
STATUS_TYPE = "message/delivery-status"
STATUS_TEXT = "text/x-delivery-status"

_WRAPPER = re.compile(rb"(?i)\bboundary(?:\*\d*\*?)?\s*=")
_BOUNDARY = re.compile(rb"[\r\n]--")
_MAIL_WITHIN = re.compile(rb"(?i)\bmessage/")
_LONG_HEADER = re.compile(rb"(?im)^content-(?:type|disposition)[ \t]*:(?:[^\r\n]|\r?\n[ \t]){4000}")
_NESTING = re.compile(r"[(:]")


class _Part(Message):
    """A part whose status groups stay one text."""

    def get_content_type(self) -> str:
        found = super().get_content_type()
        return STATUS_TEXT if found == STATUS_TYPE else found


def parse_head(content: bytes) -> Message:
    """The headers of a mail, of the whole of it or of its beginning. Never raises."""
    return BytesHeaderParser(policy=policy.compat32).parsebytes(content[:HEAD_BYTES])


def parse_mail(content: bytes) -> Message:
    """A whole mail. A status report's groups are one part of type ``STATUS_TEXT``.

    RequestError when it is made as no mail program makes it.
    """
    if not _is_plausible(content):
        raise RequestError("channels.too_many_parts", count=PARTS)
    return BytesParser(_CountedPart(), policy=policy.compat32).parsebytes(content)


def list_addresses(values: list[str]) -> list[str]:
    """The addresses in headers of addresses, in lower case; none where one cannot be read.

    Never raises. A header that is too long, or nested as no address is, names nobody.
    """
    for value in values:
        if len(value) > ADDRESS_LENGTH or len(_NESTING.findall(value)) > ADDRESS_NESTING:
            return []
    try:
        return [address.strip().casefold() for _, address in getaddresses(values) if address]
    except (RecursionError, ValueError, LookupError, TypeError):
        return []


class _CountedPart:
    """Makes the parts of one mail, and stops its parsing at one too many."""

    def __init__(self) -> None:
        self._count = 0

    def __call__(self, policy: policy.Policy = policy.compat32) -> Message:
        self._count += 1
        if self._count > PARTS:
            raise RequestError("channels.too_many_parts", count=PARTS)
        return _Part(policy=policy)


def _is_plausible(content: bytes) -> bool:
    if max(content.count(b"\n"), content.count(b"\r")) > LINES:
        return False
    limits = ((WRAPPERS, _WRAPPER), (BOUNDARIES, _BOUNDARY), (MAILS_WITHIN, _MAIL_WITHIN))
    few = all(_is_at_most(limit, kind.finditer(content)) for limit, kind in limits)
    return few and _LONG_HEADER.search(content) is None


def _is_at_most(limit: int, found: Iterator[object]) -> bool:
    return sum(1 for _ in zip(range(limit + 1), found, strict=False)) <= limit
