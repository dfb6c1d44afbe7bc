"""Attachments as parts of a mail: verified to be what was planned, encoded once, named for all readers.

What belongs here: files, their types and how their names are written. What must not: the rest of the
mail (``mail_composer``).

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

from cpsa.delivery.mail_message import Attachment

_OPEN_DOCUMENT = "application/vnd.oasis.opendocument"
_OPEN_XML = "application/vnd.openxmlformats-officedocument"
MEDIA_TYPES = {
    ".pdf": "application/pdf",
    ".html": "text/html",
    ".csv": "text/csv",
    ".txt": "text/plain",
    ".ods": f"{_OPEN_DOCUMENT}.spreadsheet",
    ".xlsx": f"{_OPEN_XML}.spreadsheetml.sheet",
    ".docx": f"{_OPEN_XML}.wordprocessingml.document",
}
_MAX_PIECE_LENGTH = 50  # of an escaped name in one header line
_LINE_BYTES = 57  # bytes that make a line of 76 signs in base64
_CACHED_FILES = 16
_MAX_CACHED_BYTES = (
    4_000_000  # bytes of one file: the same documents go to many, and big ones to few
)


class UnsendableError(Exception):
    """The message cannot be built as planned. ``reason`` names a text below ``deliver.why``."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


def encode_attachment(file: Attachment) -> bytes:
    """The MIME part of a file, headers and all, lines ended by CRLF."""
    content = _read_verified(file)
    encode = _encode_cached if len(content) <= _MAX_CACHED_BYTES else _encode
    return b"\r\n".join([*_make_headers(file.name), b"", encode(content)])


def _read_verified(file: Attachment) -> bytes:
    if Path(file.name).suffix not in MEDIA_TYPES:
        raise UnsendableError("document_kind", file.name)
    try:
        content = file.path.read_bytes()
    except OSError as error:
        raise UnsendableError("document_missing", f"{file.name}: {error.strerror}") from None
    if sha256(content).hexdigest() != file.sha256:
        raise UnsendableError("document_changed", file.name)
    return content


def _encode(content: bytes) -> bytes:
    lines = (
        binascii.b2a_base64(content[start : start + _LINE_BYTES], newline=False)
        for start in range(0, len(content), _LINE_BYTES)
    )
    return b"\r\n".join([*lines, b""])


_encode_cached = lru_cache(_CACHED_FILES)(_encode)


def _make_headers(name: str) -> list[bytes]:
    media_type = MEDIA_TYPES[Path(name).suffix]
    charset = ["charset=utf-8"] if media_type.startswith("text/") else []
    if name.isascii():
        ascii_name = name.replace("\\", "").replace('"', "")
        name_parameters, filename_parameters = (
            [f'name="{ascii_name}"'],
            [f'filename="{ascii_name}"'],
        )
    else:
        name_parameters, filename_parameters = (
            [f'name="{_encode_words(name)}"'],
            _split_parameter("filename", name),
        )
    lines = [
        ";\r\n ".join([f"Content-Type: {media_type}", *charset, *name_parameters]),
        "Content-Transfer-Encoding: base64",
        ";\r\n ".join(["Content-Disposition: attachment", *filename_parameters]),
    ]
    return [line.encode("ascii") for line in lines]


def _split_parameter(parameter: str, value: str) -> list[str]:
    """RFC 2231: ``filename*0*=utf-8''…; filename*1*=…``, no escape cut in two."""
    pieces = [""]
    for sign in value:
        escaped = quote(sign, safe="")
        if len(pieces[-1]) + len(escaped) > _MAX_PIECE_LENGTH:
            pieces.append("")
        pieces[-1] += escaped
    pieces[0] = f"utf-8''{pieces[0]}"
    return [f"{parameter}*{number}*={piece}" for number, piece in enumerate(pieces)]


def _encode_words(value: str) -> str:
    """RFC 2047, each word whole signs and short enough for one line."""
    words, word = [], b""
    for sign in value:
        if len(word) + len(sign.encode()) > 36:
            words.append(word)
            word = b""
        word += sign.encode()
    return "\r\n ".join(
        f"=?utf-8?b?{binascii.b2a_base64(chunk, newline=False).decode()}?="
        for chunk in [*words, word]
    )
