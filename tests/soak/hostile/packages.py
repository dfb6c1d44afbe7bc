"""Templates whose zip lies: of sizes, names, counts, places, kinds of entries."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from random import Random

from tests.soak.hostile.packing import Parts, entry, packed, parts_of, sheets_of

_LOCAL, _CENTRAL, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_NAMES = (
    *("../../../../tmp/cpsa-escaped", "/tmp/cpsa-escaped", "..\\..\\cpsa-escaped", "C:\\a.xml"),
    *("xl//workbook.xml", "./xl/workbook.xml", "xl/workbook.xml/", "xl/workbook.xml\0.png", ""),
    *("a" * 60_000, "\u202exml.koobkrow/lx", "xl/work\nbook.xml", "XL/WORKBOOK.XML", "con", "~/x"),
    *("xl/कार्यपुस्तिका.xml", "file:///etc/passwd", "xl/workbook.xml ", "é.xml", "e\u0301.xml"),
)


def spoiled(content: bytes, chance: Random, turn: int) -> bytes:
    return WAYS[turn % len(WAYS)](content, chance)


def odd_entry_names(content: bytes, chance: Random) -> bytes:
    parts = list(parts_of(content).items())
    return packed([*parts, (_NAMES[chance.randrange(len(_NAMES))], b"root:x:0:0")])


def symbolic_links(content: bytes, chance: Random) -> bytes:
    """Entries that a careless unpacker makes into links, or into devices."""
    parts = parts_of(content)
    name = chance.choice((*sheets_of(parts), "xl/sharedStrings.xml", "xl/media/link.xml"))
    mode = chance.choice((0o120777, 0o060666, 0o010666, 0o040777, 0o104777))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        for one, data in parts.items():
            if one != name:
                package.writestr(entry(one), data)
        package.writestr(entry(name, mode), b"/etc/passwd")
    return buffer.getvalue()


def parts_twice(content: bytes, chance: Random) -> bytes:
    parts = list(parts_of(content).items())
    name, data = chance.choice(parts)
    again = chance.choice((name, name.upper(), name.title()))
    return packed([*parts, (again, chance.choice((data, b"", b"<a/>")))])


def many_parts(content: bytes, chance: Random) -> bytes:
    number = chance.choice((300, 500, 70_000))
    more = [(f"xl/media/{one}.xml", b"<a/>") for one in range(number)]
    return packed([*parts_of(content).items(), *more])


def _central(content: bytes, chance: Random) -> int:
    """Where the record of one part stands in the list of parts."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        places = [package.start_dir]
    at = content.find(_CENTRAL, places[0] + 4)
    while at >= 0:
        places.append(at)
        at = content.find(_CENTRAL, at + 4)
    return chance.choice(places)


def lies_in_the_list(content: bytes, chance: Random) -> bytes:
    """One field of one record changed: flags, method, CRC, sizes, lengths, offset."""
    raw = bytearray(content)
    at = _central(content, chance)
    field, size = chance.choice(
        ((8, 2), (10, 2), (16, 4), (20, 4), (24, 4), (28, 2), (30, 2), (32, 2), (34, 2), (42, 4))
    )
    value = chance.choice((0, 1, 8, 99, 2**15, 2**16 - 1, 2**31, 2**32 - 1)) % 256**size
    raw[at + field : at + field + size] = value.to_bytes(size, "little")
    return bytes(raw)


def lies_in_the_header(content: bytes, chance: Random) -> bytes:
    """The same in a part's own header, which need not agree with the list."""
    raw = bytearray(content)
    places = [one.header_offset for one in zipfile.ZipFile(io.BytesIO(content)).infolist()]
    at = chance.choice(places)
    field, size = chance.choice(((6, 2), (8, 2), (14, 4), (18, 4), (22, 4), (26, 2), (28, 2)))
    value = chance.choice((0, 1, 9, 12, 2**15, 2**16 - 1, 2**32 - 1)) % 256**size
    raw[at + field : at + field + size] = value.to_bytes(size, "little")
    return bytes(raw)


def lies_at_the_end(content: bytes, chance: Random) -> bytes:
    """The last record: how many parts there are, where their list stands, a comment's length."""
    raw = bytearray(content)
    at = content.rfind(_END)
    field, size = chance.choice(((4, 2), (6, 2), (8, 2), (10, 2), (12, 4), (16, 4), (20, 2)))
    value = chance.choice((0, 1, 3, 2**16 - 1, 2**31 - 1, 2**32 - 1)) % 256**size
    raw[at + field : at + field + size] = value.to_bytes(size, "little")
    return bytes(raw)


def zip64_lies(content: bytes, chance: Random) -> bytes:
    """Sizes said to stand in the long form, and there said to be absurd, or not there at all."""
    if chance.random() < 0.5:
        raw = bytearray(content)
        at = _central(content, chance)
        raw[at + 24 : at + 28] = b"\xff" * 4
        extra = struct.pack("<HHQ", 1, 8, chance.choice((0, 2**40, 2**63, 2**64 - 1)))
        if chance.random() < 0.7:
            length = struct.unpack_from("<H", raw, at + 28)[0]
            before = struct.unpack_from("<H", raw, at + 30)[0]
            struct.pack_into("<H", raw, at + 30, before + len(extra))
            raw[at + 46 + length : at + 46 + length] = extra
            end = raw.rfind(_END)
            struct.pack_into(
                "<L", raw, end + 12, struct.unpack_from("<L", raw, end + 12)[0] + len(extra)
            )
        return bytes(raw)
    end = content.rfind(_END)
    many = chance.choice((0, 7, 2**32, 2**63))
    record = struct.pack("<4sQHHLLQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, many, many, many, many)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, chance.choice((end, 0, 2**63 - 1)), 1)
    return content[:end] + record + locator + content[end:]


def overlapping(content: bytes, chance: Random) -> bytes:
    """Many records of the list that all share one part's bytes."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        start = package.start_dir
    end = content.rfind(_END)
    first = content.find(_CENTRAL, start)
    second = content.find(_CENTRAL, first + 4)
    record = bytearray(content[first:second])
    length = struct.unpack_from("<H", record, 28)[0]
    many = chance.choice((5, 380, 20_000))
    made = bytearray()
    for one in range(many):
        record[46 : 46 + length] = f"{one:0{length}d}".encode()[:length]
        made += record
    tail = bytearray(content[end:])
    number = struct.unpack_from("<H", tail, 10)[0] + many
    struct.pack_into("<HH", tail, 8, number & 0xFFFF, number & 0xFFFF)
    struct.pack_into("<L", tail, 12, end - start + len(made))
    return content[:end] + bytes(made) + bytes(tail)


def other_packing(content: bytes, chance: Random) -> bytes:
    method = chance.choice((zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA))
    return packed(parts_of(content), method)


def something_around(content: bytes, chance: Random) -> bytes:
    """Bytes before the zip, after it, or as its comment."""
    before = chance.choice(
        (b"", b"MZ" + bytes(500), b"%PDF-1.4\n", b"GIF89a", b"<html></html>", b"\xef\xbb\xbf")
    )
    after = chance.choice(
        (b"", bytes(70_000), content, _END + bytes(18), b"PK\x06\x06" + bytes(52))
    )
    return before + content + after


def nothing_much(content: bytes, chance: Random) -> bytes:
    """Zips that hold no workbook, or hardly one."""
    workbook = parts_of(content)["xl/workbook.xml"]
    made: tuple[Parts, ...] = (
        {},
        {"xl/workbook.xml": b""},
        {"xl/workbook.xml": workbook},
        {"xl/workbook.xml": workbook, "[Content_Types].xml": b"<Types/>"},
        {"word/document.xml": b"<a/>"},
        {"xl/workbook.bin": b"x"},
        {"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<a/>"},
        {"EncryptedPackage": b"x" * 999, "xl/workbook.xml": workbook},
    )
    return packed(chance.choice(made))


def under_a_password(content: bytes, chance: Random) -> bytes:
    raw = bytearray(content)
    at = _central(content, chance)
    raw[at + 8] |= 1
    return bytes(raw)


WAYS: tuple[Callable[[bytes, Random], bytes], ...] = (
    odd_entry_names,
    symbolic_links,
    parts_twice,
    many_parts,
    lies_in_the_list,
    lies_in_the_header,
    lies_at_the_end,
    zip64_lies,
    overlapping,
    other_packing,
    something_around,
    nothing_much,
    under_a_password,
    odd_entry_names,
    lies_in_the_list,
    zip64_lies,
)
