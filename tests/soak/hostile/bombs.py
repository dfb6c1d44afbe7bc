"""Small files that mean to become large, and files that come as near to the limits as they may."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from random import Random

from tests.soak.hostile.packing import Parts, entry, loosened, packed, parts_of, sheets_of

_MEGABYTE = 1024 * 1024


def made(content: bytes, chance: Random, turn: int) -> bytes:
    return WAYS[turn % len(WAYS)](parts_of(content), chance)


def one_large_part(parts: Parts, chance: Random) -> bytes:
    """A sheet that unpacks to far more than it is; written piece by piece."""
    name = chance.choice((sheets_of(parts)[0], "xl/sharedStrings.xml", "xl/media/image1.png"))
    filling = chance.choice((b" ", b"\0", b"<c/>"))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for one, data in parts.items():
            if one != name:
                package.writestr(entry(one), data)
        with package.open(entry(name), "w") as part:
            for _ in range(chance.choice((20, 100, 300))):
                part.write(filling * (_MEGABYTE // len(filling)))
    return buffer.getvalue()


def many_large_parts(parts: Parts, chance: Random) -> bytes:
    data = b"<a>" + b" " * _MEGABYTE
    return packed([*parts.items(), *((f"xl/media/{one}.xml", data) for one in range(60))])


def nested(parts: Parts, chance: Random) -> bytes:
    """A zip of zips of zips."""
    inner = packed({"0.xml": b"\0" * 10 * _MEGABYTE})
    for _ in range(chance.randint(1, 4)):
        inner = packed([(f"{one}.zip", inner) for one in range(12)])
    return packed({**parts, "xl/media/more.zip": inner})


def just_under_the_ratio(parts: Parts, chance: Random) -> bytes:
    """As tightly packed as nothing minds, because it is small."""
    size = 4 * _MEGABYTE - sum(map(len, parts.values())) - 9
    return packed({**parts, "xl/media/a.xml": b"<a>" + b" " * size})


def full_of_markup(parts: Parts, chance: Random) -> bytes:
    """Sheets that use all the room there is, in the dearest of ways."""
    cells = (
        b'<c r="E9" s="1" t="s"><v>1</v></c>',
        b"<c/>",
        b'<c t="inlineStr"><is><t>a</t></is></c>',
        b"<c><v>1</v></c>",
        b"<row/>",
    )
    cell = chance.choice(cells)
    grown = dict(parts)
    names = sheets_of(parts)[:2]
    for name in names:
        room = 6 * _MEGABYTE - len(parts[name]) - 100
        row = b'<row r="9">' + cell * (room // len(cell)) + b"</row></sheetData>"
        grown[name] = parts[name].replace(b"</sheetData>", row, 1)
    return packed(loosened(grown, chance))


def full_of_strings(parts: Parts, chance: Random) -> bytes:
    name = "xl/sharedStrings.xml"
    kind = chance.choice(
        (b"<si/>", b"<si><t>1</t></si>", b"<si><r><t>a</t></r><r><t>b</t></r></si>")
    )
    room = 2 * _MEGABYTE - len(parts[name]) - 100
    strings = parts[name].replace(b"</sst>", kind * (room // len(kind)) + b"</sst>")
    return packed(loosened({**parts, name: strings}, chance))


def noise(parts: Parts, chance: Random) -> bytes:
    """Large and not to be packed any further."""
    return packed({**parts, "xl/media/a.bin": chance.randbytes(chance.choice((8, 12)) * _MEGABYTE)})


def spread_out(parts: Parts, chance: Random) -> bytes:
    """Every input in a far corner of its own, so that a reader walks over all between."""
    book = parts["xl/workbook.xml"]
    many = b"".join(
        b'<definedName name="in_Z%d_total">Output!$%s$%d</definedName>' % (one, column, row)
        for one, (column, row) in enumerate(((b"A", 1), (b"ZZ", 700), (b"AX", 9_999)))
    )
    rows = b"".join(
        b'<row r="%d"><c r="A%d"><v>1</v></c><c r="ZY%d"><v>1</v></c></row>' % (row, row, row)
        for row in range(60, 9_999)
    )
    name = sheets_of(parts)[2]
    return packed(
        {
            **parts,
            "xl/workbook.xml": book.replace(b"</definedNames>", many + b"</definedNames>"),
            name: parts[name].replace(b"</sheetData>", rows + b"</sheetData>", 1),
        }
    )


WAYS: tuple[Callable[[Parts, Random], bytes], ...] = (
    one_large_part,
    many_large_parts,
    nested,
    just_under_the_ratio,
    full_of_markup,
    full_of_strings,
    noise,
    spread_out,
    full_of_markup,
    one_large_part,
)
