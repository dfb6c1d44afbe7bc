"""Attachments as parts of a mail: proven to be what was planned, encoded once, named for all readers.

What belongs here: files, their types and how their names are written. What must not: the rest of the
mail (``compose``).

A name outside ASCII is written twice. ``filename*`` (RFC 2231, in numbered pieces, so that no line
grows too long) is what the standard asks for and what Gmail, Thunderbird, Apple Mail and Outlook of
today read; ``name`` as encoded words (RFC 2047) is against the letter of the standard, and the only
form that older Outlooks and many webmails know. Thunderbird and Gmail write both in the same way.
"""

from __future__ import annotations

import binascii
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from cpsa.deliver.message import Attachment

_OPEN = "application/vnd.oasis.opendocument"
_OFFICE = "application/vnd.openxmlformats-officedocument"
TYPES = {
    ".pdf": "application/pdf",
    ".html": "text/html",
    ".csv": "text/csv",
    ".ods": f"{_OPEN}.spreadsheet",
    ".xlsx": f"{_OFFICE}.spreadsheetml.sheet",
    ".docx": f"{_OFFICE}.wordprocessingml.document",
}
_PIECE = 50  # of an escaped name in one header line
_LINE = 57  # bytes that make a line of 76 signs in base64
_CACHED_FILES = 16
_CACHED_AT_MOST = 4_000_000  # bytes of one file: the same documents go to many, and big ones to few


class UnsendableError(Exception):
    """The message cannot be built as planned. ``reason`` names a text below ``deliver.why``."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


def part(file: Attachment) -> bytes:
    """The MIME part of a file, headers and all, lines ended by CRLF."""
    content = _proven(file)
    encode = _encoded_once if len(content) <= _CACHED_AT_MOST else _encoded
    return b"\r\n".join([*_headers(file.name), b"", encode(content)])


def _proven(file: Attachment) -> bytes:
    if Path(file.name).suffix not in TYPES:
        raise UnsendableError("document_kind", file.name)
    try:
        content = file.path.read_bytes()
    except OSError as error:
        raise UnsendableError("document_missing", f"{file.name}: {error.strerror}") from None
    if sha256(content).hexdigest() != file.sha256:
        raise UnsendableError("document_changed", file.name)
    return content


def _encoded(content: bytes) -> bytes:
    lines = (
        binascii.b2a_base64(content[start : start + _LINE], newline=False)
        for start in range(0, len(content), _LINE)
    )
    return b"\r\n".join([*lines, b""])


_encoded_once = lru_cache(_CACHED_FILES)(_encoded)


def _headers(name: str) -> list[bytes]:
    kind = TYPES[Path(name).suffix]
    charset = ["charset=utf-8"] if kind.startswith("text/") else []
    if name.isascii():
        shown = name.replace("\\", "").replace('"', "")
        named, filed = [f'name="{shown}"'], [f'filename="{shown}"']
    else:
        named, filed = [f'name="{_encoded_words(name)}"'], _in_pieces("filename", name)
    lines = [
        ";\r\n ".join([f"Content-Type: {kind}", *charset, *named]),
        "Content-Transfer-Encoding: base64",
        ";\r\n ".join(["Content-Disposition: attachment", *filed]),
    ]
    return [line.encode("ascii") for line in lines]


def _in_pieces(parameter: str, value: str) -> list[str]:
    """RFC 2231: ``filename*0*=utf-8''…; filename*1*=…``, no escape cut in two."""
    pieces = [""]
    for sign in value:
        escaped = quote(sign, safe="")
        if len(pieces[-1]) + len(escaped) > _PIECE:
            pieces.append("")
        pieces[-1] += escaped
    pieces[0] = f"utf-8''{pieces[0]}"
    return [f"{parameter}*{number}*={piece}" for number, piece in enumerate(pieces)]


def _encoded_words(value: str) -> str:
    """RFC 2047, each word whole signs and short enough for one line."""
    words, word = [], b""
    for sign in value:
        if len(word) + len(sign.encode()) > 36:
            words.append(word)
            word = b""
        word += sign.encode()
    return "\r\n ".join(
        f"=?utf-8?b?{binascii.b2a_base64(one, newline=False).decode()}?=" for one in [*words, word]
    )
