"""Words in the head of a mail: subjects and file names in whatever encoding they came.

RFC 2047 and RFC 2231 say how; real programs also mix the two, use charsets that do not exist, or
send raw bytes. Nothing here raises.
"""

from __future__ import annotations

import re
import unicodedata
from email.errors import MessageError
from email.header import Header, decode_header
from email.message import Message
from email.utils import collapse_rfc2231_value

_NAME_LENGTH = 150
_LONGEST = 4_000  # of a header there is no use for more
_WORD = r"=\?[^?\s]+\?[bBqQ]\?[^?]*\?="
# Encoded words that follow each other are read as one: many programs cut letters in two.
_WORDS = re.compile(rf"{_WORD}(?:\s*{_WORD})*")
# Characters that turn the direction of writing make "xslx.exe" of "exe.xlsx".
_TURNING = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F])


def decoded(value: object) -> str:
    """A header as a person reads it, on one line, composed (NFC)."""
    if value is None:
        return ""
    text = _WORDS.sub(_decoded_words, _unescaped(str(_raw(value))[:_LONGEST]))
    printable = "".join(
        character if character.isprintable() or character in "\u200c\u200d" else " "
        for character in text.translate(_TURNING)
    )
    return unicodedata.normalize("NFC", " ".join(printable.split()))


def file_name(part: Message) -> str:
    """The name of an attachment without any folder; blank where it has none."""
    for parameter, header in (("filename", "Content-Disposition"), ("name", "Content-Type")):
        try:
            said = part.get_param(parameter, None, header)
            text = collapse_rfc2231_value(said) if said else ""
        except (ValueError, LookupError, TypeError, IndexError):
            text = ""
        name = re.split(r"[/\\]", decoded(text))[-1].strip(" .")
        if name:
            stem, dot, suffix = name.rpartition(".")
            room = _NAME_LENGTH - len(suffix) - 1
            return f"{stem[:room]}.{suffix}" if dot and room > 0 else name[:_NAME_LENGTH]
    return ""


def _raw(value: object) -> object:
    """A header that holds raw bytes is given as a Header, which would show question marks."""
    if isinstance(value, Header):
        return "".join(str(text) for text, _ in value._chunks)  # type: ignore[attr-defined]
    return value


def _unescaped(text: str) -> str:
    """Raw bytes are read as UTF-8, else as Latin-1."""
    try:
        return text.encode("ascii").decode("ascii")
    except UnicodeError:
        pass
    raw = text.encode("utf-8", "surrogateescape")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _decoded_words(found: re.Match[str]) -> str:
    try:
        return "".join(_in_charset(*piece) for piece in decode_header(found[0]))
    except (ValueError, TypeError, MessageError):  # no base64 after all
        return found[0]


def _in_charset(content: str | bytes, charset: str | None) -> str:
    if isinstance(content, str):
        return content
    try:
        return content.decode(charset or "ascii")
    except (LookupError, UnicodeError):
        return content.decode("utf-8", "replace")
