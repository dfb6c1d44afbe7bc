"""CSV updates in wrong encodings, endless lines, odd quotes, and with values nobody should type."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from random import Random

from tests.factories import HEADER
from tests.soak.hostile.values import TYPED, as_text

_MEGABYTE = 1024 * 1024
_HEAD = ",".join(HEADER).encode() + b"\n"


def spoiled(content: bytes, chance: Random, turn: int) -> bytes:
    return WAYS[turn % len(WAYS)](content, chance)


def other_encoding(content: bytes, chance: Random) -> bytes:
    text = content.decode() + "IA-INDPH,2026-27-Q2,A1,,१,टिप्पणी é\n"
    encoding = chance.choice(
        ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-7", "latin-1", "cp1252", "cp037")
    )
    return text.encode(encoding, "replace")


def marks(content: bytes, chance: Random) -> bytes:
    """Byte order marks that are wrong, many, or in the middle."""
    mark = chance.choice(
        (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE)
    )
    made = (
        mark + content,
        mark * 3 + content,
        content.replace(b"\n", b"\n" + mark),
        content + mark,
    )
    return chance.choice(made)


def zero_bytes(content: bytes, chance: Random) -> bytes:
    made = (
        content.replace(b",", b"\0,", 9),
        content + b"\0" * chance.choice((1, 5000)),
        b"\0" + content,
        b"\0".join(content[at : at + 1] for at in range(len(content))),
    )
    return chance.choice(made)


def typed(content: bytes, chance: Random) -> bytes:
    lines = content.decode().splitlines()
    for place in chance.sample(range(1, len(lines)), chance.choice((1, 10, len(lines) - 1))):
        cells = lines[place].split(",")
        text = as_text(chance.choice(TYPED)).replace('"', '""')
        cells[4:] = [f'"{text}"', ""]
        lines[place] = ",".join(cells)
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def one_long_line(content: bytes, chance: Random) -> bytes:
    """As long as a file gets, without an end of line."""
    size = chance.choice((200_000, 9 * _MEGABYTE, 100 * _MEGABYTE))
    piece = chance.choice((b"a", b",", b'"', b"1,", "क".encode(), b"\r"))
    return content + piece * (size // len(piece))


def one_long_cell(content: bytes, chance: Random) -> bytes:
    size = chance.choice((200_000, 9 * _MEGABYTE))
    piece = chance.choice((b"9", b" ", b'""', "क".encode(), b"\n", "😀".encode()))
    places = (
        "{},2026-27-Q2,A1,,1,",
        "IA-INDPH,{},A1,,1,",
        "IA-INDPH,2026-27-Q2,{},,1,",
        "IA-INDPH,2026-27-Q2,A1,{},1,",
        "IA-INDPH,2026-27-Q2,A1,,{},",
        "IA-INDPH,2026-27-Q2,A1,,1,{}",
    )
    before, _, after = chance.choice(places).encode().partition(b"{}")
    return content + before + b'"' + piece * (size // len(piece)) + b'"' + after + b"\n"


def many_rows(content: bytes, chance: Random) -> bytes:
    kinds = (
        b"IA-INDPH,2026-27-Q2,X%d,,1,\n",
        b"IA-INDPH,2026-27-Q2,A1,,%d,\n",
        b"IA-INDPH,2026-27-Q2,A1,d%d,1,\n",
        b"A%d,2026-27-Q2,A1,,1,\n",
        b",,,,%d,\n",
        b"%d\n",
        b"IA-INDPH,2026-27-Q2,NIL,,yes,%d\n",
    )
    kind = chance.choice(kinds)
    number = chance.choice((3_000, 60_000, 9 * _MEGABYTE // (len(kind) + 4)))
    return content + b"".join(kind % one for one in range(number))


def many_columns(content: bytes, chance: Random) -> bytes:
    number = chance.choice((50, 300_000))
    match chance.randrange(3):
        case 0:
            return _HEAD.rstrip() + b",x" * number + b"\n" + content[len(_HEAD) :]
        case 1:
            return content + b"IA-INDPH,2026-27-Q2,A1,,1" + b",0" * number + b"\n"
    return b",".join([b"agency"] * number) + b"\n"


def odd_quotes(content: bytes, chance: Random) -> bytes:
    made = (
        content.replace(b",", b'","', 40),
        content.replace(b"\n", b'\n"', 3),
        content.replace(b",", b',"x"y', 20),
        content + b'"',
        b'"' * 99_999 + content,
        content.replace(b"\n", b"\r"),
        content.replace(b"\n", b"\r\r\n"),
        content.replace(b",", b";"),
        content.replace(b",", b"\t"),
        content.replace(b"\n", b"\x0b\x0c\x1c\n"),
    )
    return chance.choice(made)


def odd_header(content: bytes, chance: Random) -> bytes:
    body = content[len(_HEAD) :]
    heads = (
        b"",
        b"sep=,\n" + _HEAD,
        _HEAD.upper(),
        b"agency,agency,quarter,indicator,dimension,value,note\n",
        b"agency,quarter,indicator,value\n",
        b"\n" * 200_000 + _HEAD,
        ("h" * 200_000 + "\n").encode(),
        "एजेंसी,तिमाही,सूचक,आयाम,मान,टिप्पणी\n".encode(),
        _HEAD * 300,
    )
    return chance.choice(heads) + body


def in_disguise(content: bytes, chance: Random) -> bytes:
    """What is no CSV at all under that name."""
    made = (
        b"%PDF-1.7\n" + content,
        b"<html><table><tr><td>1</td></tr></table></html>",
        b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY a 'a'>]><a>&a;</a>",
        b"\x1f\x8b\x08" + chance.randbytes(900),
        b"\x7fELF" + chance.randbytes(900),
        b"\x89PNG\r\n\x1a\n" + chance.randbytes(900),
        b'{"agency": "IA-INDPH"}',
        b"From: a@example.org\nSubject: update\n\n" + content,
        chance.randbytes(4000),
        b" \r\n\t",
        b"",
    )
    return chance.choice(made)


WAYS: tuple[Callable[[bytes, Random], bytes], ...] = (
    other_encoding,
    marks,
    zero_bytes,
    typed,
    one_long_line,
    one_long_cell,
    many_rows,
    many_columns,
    odd_quotes,
    odd_header,
    in_disguise,
    typed,
    many_rows,
    one_long_cell,
)
