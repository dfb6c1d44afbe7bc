"""What a reply says: the mails it answers, its own words, and the actions that these name.

What belongs here: reading a mail that ``incoming_mail.read_attachments`` has passed. What must not: deciding
whose reply it is. Nothing here raises; words that cannot be read are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from email.message import Message
from html import unescape

from cpsa.intake.channels.mail_headers import decode_header_text, get_file_name, get_headers
from cpsa.intake.channels.mail_limits import TEXT_LENGTH, parse_head, parse_mail

MAX_REFERENCES = 50  # a long exchange has a few dozen
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,250}>")
_NUMBER = re.compile(r"\bPA-\d{4}-\d{2}-Q[1-4]-\d{3,6}\b", re.ASCII)

_TAG = re.compile(r"<[^<>]{0,2000}>")
_LINE_ENDS = re.compile(r"(?i)<(?:br|/p|/div|/tr|/li)\b[^<>]{0,200}>")
_QUOTE_BEGINS = re.compile(r"(?i)<blockquote\b|<div[^<>]{0,200}(?:gmail_quote|divRplyFwdMsg)")
# Below such a line is the mail that is answered.
_QUOTED_BELOW = re.compile(
    r"(?im)^[ \t]*(?:-{2,}[ \t]*(?:Original|Forwarded) Message\b|_{20,}\s*$)"
)


def find_answered_mails(content: bytes) -> tuple[str, ...]:
    """Return the Message-IDs that a mail says it answers, newest first; from its head alone."""
    message = parse_head(content)
    found = [
        *(
            message_id
            for value in get_headers(message, "In-Reply-To")
            for message_id in _MESSAGE_ID.findall(value)
        ),
        *(
            message_id
            for value in get_headers(message, "References")
            for message_id in reversed(_MESSAGE_ID.findall(value))
        ),
    ]
    return tuple(dict.fromkeys(found))[:MAX_REFERENCES]


def find_action_numbers(content: bytes) -> tuple[str, ...]:
    """Return the actions that a mail names in its subject, its own words or its files' names, in order.

    Not those in what it quotes: a pack names the most urgent actions, and many replies quote it.
    """
    message = parse_mail(content)
    texts = [decode_header_text(value) for value in get_headers(message, "Subject")]
    texts += [words for part in message.walk() for words in _iter_words(part)]
    return _find_numbers(texts)


def _find_numbers(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(number for text in texts for number in _NUMBER.findall(text)))


def _iter_words(part: Message) -> Iterator[str]:
    """A part's own words, and the name of a file."""
    if part.is_multipart():
        return
    yield get_file_name(part)
    kind = part.get_content_type()
    if kind in ("text/plain", "text/html") and not get_file_name(part):
        text = _decode_text(part)
        yield _drop_quoted(_strip_html(text) if kind == "text/html" else text)


def _decode_text(part: Message) -> str:
    try:
        content = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError):
        return ""
    if not isinstance(content, bytes):
        return ""
    try:
        return content[:TEXT_LENGTH].decode(part.get_content_charset() or "utf-8", "replace")
    except (LookupError, UnicodeError):
        return content[:TEXT_LENGTH].decode("utf-8", "replace")


def _strip_html(html: str) -> str:
    if quote := _QUOTE_BEGINS.search(html):
        html = html[: quote.start()]
    return unescape(_TAG.sub(" ", _LINE_ENDS.sub("\n", html)))


def _drop_quoted(text: str) -> str:
    if below := _QUOTED_BELOW.search(text):
        text = text[: below.start()]
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith(">"))
