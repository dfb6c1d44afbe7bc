"""Old Excel workbooks (.xls) whose records or whose container of sectors lie."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from random import Random

_SECTOR = 512
_BOF, _SHEET, _NAME, _SST, _CONTINUE = 0x0809, 0x0085, 0x0018, 0x00FC, 0x003C
_DIMENSIONS, _LABELSST, _MULRK, _ROW, _FORMAT, _XF = 0x0200, 0x00FD, 0x00BD, 0x0208, 0x041E, 0x00E0
_NUMBER, _FORMULA, _EXTERNSHEET, _FILEPASS, _RK = 0x0203, 0x0006, 0x0017, 0x002F, 0x027E
_TELLING = (
    *(_BOF, _SHEET, _NAME, _SST, _CONTINUE, _DIMENSIONS, _LABELSST, _MULRK, _ROW, _FORMAT, _XF),
    *(_NUMBER, _FORMULA, _EXTERNSHEET, _RK),
)


def spoiled(content: bytes, chance: Random, turn: int) -> bytes:
    return WAYS[turn % len(WAYS)](bytearray(content), chance)


def _records(raw: bytearray) -> Iterator[tuple[int, int, int]]:
    """Where each record stands, its kind and its size; the stream lies in one piece."""
    at = raw.find(struct.pack("<HH", _BOF, 16))
    while 0 <= at <= len(raw) - 4:
        kind, size = struct.unpack_from("<HH", raw, at)
        if not kind or at + 4 + size > len(raw):
            return
        yield at, kind, size
        at += 4 + size


def _some(raw: bytearray, chance: Random, *kinds: int) -> list[tuple[int, int, int]]:
    found = [one for one in _records(raw) if not kinds or one[1] in kinds]
    return chance.sample(found, min(len(found), chance.choice((1, 3, 40))))


def sizes(raw: bytearray, chance: Random) -> bytes:
    for at, _, _ in _some(raw, chance):
        struct.pack_into("<H", raw, at + 2, chance.choice((0, 1, 3, 8225, 0x7FFF, 0xFFFF)))
    return bytes(raw)


def kinds(raw: bytearray, chance: Random) -> bytes:
    for at, _, _ in _some(raw, chance):
        struct.pack_into("<H", raw, at, chance.choice((*_TELLING, 0, 0xFFFF, _FILEPASS, 0x000A)))
    return bytes(raw)


def contents(raw: bytearray, chance: Random) -> bytes:
    for at, _, size in _some(raw, chance, *_TELLING):
        raw[at + 4 : at + 4 + size] = chance.choice(
            (chance.randbytes(size), b"\xff" * size, bytes(size))
        )
    return bytes(raw)


def names(raw: bytearray, chance: Random) -> bytes:
    """The codes by which a name tells its cells: shuffled, endless, of other sheets."""
    for at, _, size in _some(raw, chance, _NAME):
        for _ in range(chance.randint(1, 6)):
            raw[at + 4 + chance.randrange(size)] = chance.choice(
                (0, 1, 0x3A, 0x3B, 0x23, 0x29, 255)
            )
    return bytes(raw)


def sheet_places(raw: bytearray, chance: Random) -> bytes:
    """Sheets said to begin in the middle of one another, or behind the end."""
    places = [0, 4, 2**31 - 1, 2**32 - 1, len(raw) - 2]
    for at, _, _ in _some(raw, chance, _SHEET):
        struct.pack_into("<L", raw, at + 4, chance.choice(places))
    return bytes(raw)


def extents(raw: bytearray, chance: Random) -> bytes:
    for at, kind, size in _some(raw, chance, _DIMENSIONS, _ROW, _MULRK):
        body = b"\xff" * size if kind != _ROW else struct.pack("<H", 65_535) + b"\xff" * (size - 2)
        raw[at + 4 : at + 4 + size] = body
    return bytes(raw)


def far_cells(raw: bytearray, chance: Random) -> bytes:
    for at, _, _ in _some(raw, chance, _NUMBER, _LABELSST, _RK, _FORMULA):
        struct.pack_into("<HH", raw, at + 4, 65_535, chance.choice((0, 255, 65_535)))
    return bytes(raw)


def strings(raw: bytearray, chance: Random) -> bytes:
    """How many texts there are, and how long they are said to be."""
    for at, kind, size in _some(raw, chance, _SST, _LABELSST, _CONTINUE):
        if kind == _SST:
            struct.pack_into(
                "<LL", raw, at + 4, *chance.choice(((0, 0), (2**32 - 1,) * 2, (1, 2**31)))
            )
        elif kind == _LABELSST:
            struct.pack_into("<L", raw, at + 10, chance.choice((2**32 - 1, 99_999)))
        elif size:
            raw[at + 4 + chance.randrange(size)] ^= 0xFF
    return bytes(raw)


def numbers(raw: bytearray, chance: Random) -> bytes:
    made = (float("nan"), float("inf"), 1e308, -1e308, 5e-324, 2.0**63)
    for at, kind, _ in _some(raw, chance, _NUMBER, _FORMULA):
        struct.pack_into("<d", raw, at + 10, chance.choice(made))
        if kind == _FORMULA and chance.random() < 0.5:
            raw[at + 10 : at + 18] = bytes([chance.randrange(5), 0, 42, 0, 0, 0, 255, 255])
    return bytes(raw)


def formats(raw: bytearray, chance: Random) -> bytes:
    """Cells said to be dates, by formats of no sense."""
    for at, kind, size in _some(raw, chance, _XF, _FORMAT):
        if kind == _XF:
            struct.pack_into("<H", raw, at + 6, chance.choice((14, 22, 47, 9999)))
        elif size > 5:
            struct.pack_into("<H", raw, at + 6, chance.choice((0, 255, 65_535)))
    return bytes(raw)


def other_version(raw: bytearray, chance: Random) -> bytes:
    for at, _, _ in _some(raw, chance, _BOF):
        struct.pack_into(
            "<HH",
            raw,
            at + 4,
            chance.choice((0, 0x200, 0x500, 0x700)),
            chance.choice((5, 0x10, 0x40)),
        )
    return bytes(raw)


def password(raw: bytearray, chance: Random) -> bytes:
    """The mark of a workbook under a password, put in place of a record near the beginning."""
    first = list(_records(raw))[1:9]
    at, _, _ = chance.choice(first)
    struct.pack_into("<H", raw, at, _FILEPASS)
    return bytes(raw)


def header(raw: bytearray, chance: Random) -> bytes:
    """The container's own fields: sizes of sectors, numbers of tables, where they begin."""
    field, size = chance.choice(
        (
            (24, 2),
            (26, 2),
            (28, 2),
            (30, 2),
            (32, 2),
            (44, 4),
            (48, 4),
            (56, 4),
            (60, 4),
            (64, 4),
            (68, 4),
            (72, 4),
        )
    )
    value = chance.choice((0, 1, 2, 31, 0xFE, 2**31, 2**32 - 1, 2**32 - 2)) % 256**size
    raw[field : field + size] = value.to_bytes(size, "little")
    return bytes(raw)


def sector_table(raw: bytearray, chance: Random) -> bytes:
    """Chains of sectors that run in circles or out of the file."""
    first = struct.unpack_from("<L", raw, 76)[0]
    at = _SECTOR * (first + 1)
    for _ in range(chance.choice((1, 5, 100))):
        place = at + 4 * chance.randrange(_SECTOR // 4)
        if place + 4 <= len(raw):
            struct.pack_into(
                "<L", raw, place, chance.choice((0, 1, 2, first, 2**32 - 2, 2**31, 77))
            )
    return bytes(raw)


def directory(raw: bytearray, chance: Random) -> bytes:
    at = _SECTOR * (struct.unpack_from("<L", raw, 48)[0] + 1)
    field, size = chance.choice(((64, 2), (66, 1), (68, 4), (72, 4), (76, 4), (116, 4), (120, 4)))
    place = at + 128 * chance.randrange(4) + field
    if place + size <= len(raw):
        value = chance.choice((0, 1, 2, 5, 0xFFFF, 2**31, 2**32 - 1)) % 256**size
        raw[place : place + size] = value.to_bytes(size, "little")
    return bytes(raw)


def repeated_records(raw: bytearray, chance: Random) -> bytes:
    """One record a hundred thousand times: rows, cells, names."""
    at, _, size = _some(raw, chance, _ROW, _LABELSST, _NAME, _FORMAT, _XF, _MULRK)[0]
    record = bytes(raw[at : at + 4 + size])
    many = chance.choice((50, 100_000))
    return bytes(raw[:at]) + record * min(many, 5_000_000 // len(record)) + bytes(raw[at:])


def macros(raw: bytearray, chance: Random) -> bytes:
    at = _SECTOR * (struct.unpack_from("<L", raw, 48)[0] + 1) + 128 * 3
    name = chance.choice(("_VBA_PROJECT_CUR", "_VBA_PROJECT")).encode("utf-16-le") + b"\0\0"
    raw[at : at + len(name)] = name
    return bytes(raw)


WAYS: tuple[Callable[[bytearray, Random], bytes], ...] = (
    sizes,
    kinds,
    contents,
    names,
    sheet_places,
    extents,
    far_cells,
    strings,
    numbers,
    formats,
    other_version,
    password,
    header,
    sector_table,
    directory,
    repeated_records,
    macros,
    header,
    sector_table,
    contents,
)
