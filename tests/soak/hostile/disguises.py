"""Files under another's name, and files that are two things at once."""

from __future__ import annotations

from random import Random

from tests.soak.hostile.originals import Originals
from tests.soak.hostile.packing import packed, parts_of

# What an office sends, in whatever spelling.
_SUFFIXES = (
    ".xlsx",
    ".xls",
    ".ods",
    ".csv",
    ".XLSX",
    ".Csv",
    ".xlsm",
    ".xlsb",
    ".doc",
    ".pdf",
    ".zip",
    "",
)


def made(originals: Originals, chance: Random, turn: int) -> tuple[str, bytes]:
    """A suffix, and the bytes of something else."""
    contents = {suffix: chance.choice(files).content for suffix, files in originals.items()}
    kind = chance.choice(sorted(contents))
    content = contents[kind]
    match turn % 4:
        case 0 | 1:
            return chance.choice([one for one in _SUFFIXES if one != kind]), content
        case 2:
            return chance.choice(_SUFFIXES[:4]), _two_at_once(contents, chance)
    return chance.choice(_SUFFIXES[:4]), _something_else(chance)


def _two_at_once(contents: dict[str, bytes], chance: Random) -> bytes:
    """Whole as one kind from the front and as another from the back, or both in one zip."""
    front, back = (chance.choice(sorted(contents)) for _ in range(2))
    if chance.random() < 0.5 and ".ods" in contents:
        return packed({**parts_of(contents[".xlsx"]), **parts_of(contents[".ods"])})
    return contents[front] + contents[back]


def _something_else(chance: Random) -> bytes:
    noise = chance.randbytes(3000)
    made = (
        b"\x89PNG\r\n\x1a\n" + noise,
        b"\xff\xd8\xff\xe0" + noise,
        b"%PDF-1.7\n" + noise,
        b"Rar!\x1a\x07\x01\0" + noise,
        b"7z\xbc\xaf\x27\x1c" + noise,
        b"\x1f\x8b\x08\0" + noise,
        b"MZ" + noise,
        b"#!/bin/sh\ntouch /tmp/cpsa-escaped\n",
        b"{\\rtf1 " + b"{" * 9000,
        b"<html><body><table><tr><td>OP2</td></tr></table></body></html>",
        b"MIME-Version: 1.0\nContent-Type: multipart/related\n\n" + noise,
        b"PK\x05\x06" + bytes(18),
        b"PK\x03\x04" + noise,
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + noise,
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4000),
        noise,
        bytes(20_000),
        b"",
    )
    return chance.choice(made)
