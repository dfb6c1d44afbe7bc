"""Words in the head of a mail: subjects and file names in whatever encoding they came.

RFC 2047 and RFC 2231 say how; real programs also mix the two, use charsets that do not exist, or
send raw bytes. Nothing here raises.
"""

from __future__ import annotations

import re
import unicodedata
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.utils import collapse_rfc2231_value

from cpsa.intake.channels.mail_limits import HEADER_LENGTH

_NAME_LENGTH = 150
_WORD = r"=\?[^?\s]+\?[bBqQ]\?[^?]*\?="
# Encoded words that follow each other are read as one: many programs cut letters in two.
_WORDS = re.compile(rf"{_WORD}(?:\s*{_WORD})*")
# Characters that turn the direction of writing make "xslx.exe" of "exe.xlsx".
_TURNING = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F])


def get_header(message: Message, name: str) -> str:
    """The first header of a name as it was written, blank where there is none.

    Raw bytes are read as UTF-8, else as Latin-1; read in the usual way, the message would give
    question marks.
    """
    return next(iter(get_headers(message, name)), "")


def get_headers(message: Message, name: str) -> list[str]:
    """The same for every header of a name."""
    return [
        _unescape(str(value)[:HEADER_LENGTH])
        for key, value in message.raw_items()
        if key.casefold() == name.casefold()
    ]


def decode_header_text(text: str) -> str:
    """A header as a person reads it, on one line, composed (NFC)."""
    text = _WORDS.sub(_decode_words, text)
    printable = "".join(
        character if character.isprintable() or character in "\u200c\u200d" else " "
        for character in text.translate(_TURNING)
    )
    return unicodedata.normalize("NFC", " ".join(printable.split()))


def get_file_name(part: Message) -> str:
    """Return the name of an attachment without any folder; blank where it has none."""
    for name, key in (("Content-Disposition", "filename"), ("Content-Type", "name")):
        found = re.split(r"[/\\]", decode_header_text(get_parameter(part, name, key)))[-1].strip(
            " ."
        )
        if found:
            return _shorten(found)
    return ""


def get_parameter(part: Message, name: str, key: str) -> str:
    """A parameter of a header, such as the ``filename`` of a Content-Disposition; blank if none."""
    single = Message()
    single[name] = get_header(part, name).replace("\r", " ").replace("\n", " ")
    try:
        found = single.get_param(key, None, name)
        return collapse_rfc2231_value(found) if found else ""
    except (ValueError, LookupError, TypeError):
        return ""


def _shorten(name: str) -> str:
    """A name that any file system takes, with its suffix."""
    stem, dot, suffix = name.rpartition(".")
    room = _NAME_LENGTH - len(suffix) - 1
    return f"{stem[:room]}.{suffix}" if dot and room > 0 else name[:_NAME_LENGTH]


def _unescape(text: str) -> str:
    raw = text.encode("utf-8", "surrogateescape")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _decode_words(found: re.Match[str]) -> str:
    try:
        return "".join(_decode_charset(*piece) for piece in decode_header(found[0]))
    except (ValueError, TypeError, MessageError):  # no base64 after all
        return found[0]


def _decode_charset(content: str | bytes, charset: str | None) -> str:
    if isinstance(content, str):
        return content
    try:
        return content.decode(charset or "ascii")
    except (LookupError, UnicodeError):
        return content.decode("utf-8", "replace")
