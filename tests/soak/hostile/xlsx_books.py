"""Templates whose workbook, names, relations or content types lead nowhere, or everywhere."""

from __future__ import annotations

import re
from random import Random

from tests.soak.hostile.packing import Parts, loosened, packed, parts_of

_BOOK, _TYPES = "xl/workbook.xml", "[Content_Types].xml"
_RELATIONS, _TOP = "xl/_rels/workbook.xml.rels", "_rels/.rels"
_NAME = re.compile(rb"(<definedName [^>]*>)([^<]*)(</definedName>)")
_TARGETS = (
    *(b"#REF!", b"Nowhere!$A$1", b"Output!$A:$XFD", b"Output!$1:$1048576", b"", b"$A$1"),
    *(b"[1]Output!$A$1", b"'[http://127.0.0.1:9/a.xlsx]S'!$A$1", b"INDIRECT(&quot;A1&quot;)"),
    *(b"Output!$A$1,Output!$B$2", b"Output!$ZZ$10000", b"Output!$A$1:$ZZ$10000", b"1+1"),
    *(b"Output!$D$9:$D$7", b"OUTPUT!$D$9", b"'Output'!$D$0", b"x" * 100_000, b"''!$A$1"),
    *(b"Output!$A$1:Start!$B$2", b"Output!R1C1", b"'" * 3000, b"Output!$A$1048576"),
)
_DTD = (
    b'<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">%s]>'
    % b"".join(b'<!ENTITY b%d "%s">' % (one, b"&b%d;" % (one - 1) * 9) for one in range(1, 12)),
    b'<!DOCTYPE r SYSTEM "http://127.0.0.1:9/a.dtd">',
    b'<!DOCTYPE r [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>',
    b"<!DOCTYPE r [<!ENTITY a SYSTEM 'file:///etc/hostname'>]>",
    b"<!doctype r>",
)


def spoiled(content: bytes, chance: Random, turn: int) -> bytes:
    return packed(loosened(WAYS[turn % len(WAYS)](parts_of(content), chance), chance))


def names_elsewhere(parts: Parts, chance: Random) -> Parts:
    share, one = chance.choice((0.05, 1.0)), chance.choice(_TARGETS)

    def other(match: re.Match[bytes]) -> bytes:
        if chance.random() > share:
            return match[0]
        return match[1] + (one if share == 1.0 else chance.choice(_TARGETS)) + match[3]

    return {**parts, _BOOK: _NAME.sub(other, parts[_BOOK])}


def names_swapped(parts: Parts, chance: Random) -> Parts:
    """Every input points at the seal, or at one single cell, or at another's."""
    targets = [match[2] for match in _NAME.finditer(parts[_BOOK])]
    way, one = chance.randrange(2), chance.choice(targets)

    def other(match: re.Match[bytes]) -> bytes:
        return match[1] + (chance.choice(targets), one)[way] + match[3]

    return {**parts, _BOOK: _NAME.sub(other, parts[_BOOK])}


def many_names(parts: Parts, chance: Random) -> Parts:
    made = (
        b'<definedName name="in_X%d_total">Output!$ZZ$%d</definedName>',
        b'<definedName name="note_X%d">Output!$A$%d</definedName>',
        b'<definedName name="entry_k%d_text">Lessons!$A$%d:$A$9999</definedName>',
        b'<definedName name="other%d">Output!$A$%d</definedName>',
        b'<definedName name="in_OP2_total" hidden="%d">Output!$A$%d</definedName>',
    )
    kind = chance.choice(made)
    many = b"".join(kind % (one, one % 9000 + 1) for one in range(12_000))
    book = parts[_BOOK].replace(b"</definedNames>", many + b"</definedNames>")
    return {**parts, _BOOK: book[:1_040_000] if len(book) > 1_100_000 else book}


def odd_names(parts: Parts, chance: Random) -> Parts:
    book = parts[_BOOK]
    match chance.randrange(5):
        case 0:
            book = book.replace(b"<definedName ", b'<definedName localSheetId="999" ')
        case 1:
            book = book.replace(b"<definedName ", b'<definedName localSheetId="-1" ', 5)
        case 2:
            book = re.sub(rb'(<definedName [^>]*?name=")', rb"\1" + b"n" * 3000, book, count=60)
        case 3:
            book = re.sub(rb'name="in_', b'name="IN_', book)
        case _:
            book = re.sub(rb'(<definedName [^>]*?name=)"[^"]*"', rb'\1""', book)
    return {**parts, _BOOK: book}


def odd_sheets(parts: Parts, chance: Random) -> Parts:
    book = parts[_BOOK]
    match chance.randrange(7):
        case 0:
            book = re.sub(rb'(<sheet name=)"[^"]*"', rb'\1"Output"', book)
        case 1:
            book = re.sub(rb'r:id="[^"]*"', b'r:id="rId1"', book)
        case 2:
            book = re.sub(rb'r:id="[^"]*"', b"", book)
        case 3:
            many = b"".join(
                b'<sheet name="n%d" sheetId="%d" r:id="rId1"/>' % (one, one) for one in range(9000)
            )
            book = book.replace(b"</sheets>", many + b"</sheets>")
        case 4:
            book = re.sub(
                rb'(<sheet name=)"[^"]*"', rb'\1"%s"' % (b"\xe0\xa4\x95" * 9000), book, count=3
            )
        case 5:
            book = re.sub(rb"<sheets>.*</sheets>", b"<sheets/>", book, flags=re.DOTALL)
        case _:
            book = re.sub(rb'activeTab="\d+"', b'activeTab="-9999"', book).replace(
                b"<workbookPr", b'<workbookPr date1904="7"'
            )
    return {**parts, _BOOK: book}


def odd_relations(parts: Parts, chance: Random) -> Parts:
    name = chance.choice((_RELATIONS, _RELATIONS, _TOP))
    targets = (
        *(b"../../../../etc/passwd", b"/etc/passwd", b"", b"missing.xml", b"workbook.xml"),
        *(
            b"file:///etc/passwd",
            b"http://127.0.0.1:9/",
            b"//server/share",
            b"_rels/workbook.xml.rels",
        ),
        *(b"worksheets/sheet1.xml", b"styles.xml", b"a" * 50_000, b"%00"),
    )
    one, share = chance.choice(targets), chance.choice((0.2, 1.0))

    def other(match: re.Match[bytes]) -> bytes:
        return b'Target="%s"' % one if chance.random() < share else match[0]

    return {**parts, name: re.sub(rb'Target="[^"]*"', other, parts[name])}


def many_relations(parts: Parts, chance: Random) -> Parts:
    made = b"".join(
        b'<Relationship Id="r%d" Type="urn:x" Target="worksheets/sheet1.xml"/>' % one
        for one in range(40_000)
    )
    return {
        **parts,
        _RELATIONS: parts[_RELATIONS].replace(b"</Relationships>", made + b"</Relationships>"),
    }


def odd_types(parts: Parts, chance: Random) -> Parts:
    xml = parts[_TYPES]
    match chance.randrange(5):
        case 0:
            return {name: data for name, data in parts.items() if name != _TYPES}
        case 1:
            xml = re.sub(rb"<Override .*?/>", b"", xml)
        case 2:
            xml = re.sub(rb'ContentType="[^"]*"', b'ContentType="text/html"', xml)
        case 3:
            xml = xml.replace(
                b"</Types>", re.findall(rb"<Override .*?/>", xml)[0] * 900 + b"</Types>"
            )
        case _:
            xml = re.sub(rb'PartName="[^"]*"', b'PartName="/xl/workbook.xml"', xml)
    return {**parts, _TYPES: xml}


def outside(parts: Parts, chance: Random) -> Parts:
    """Links to other files, in each of the places where one can stand."""
    match chance.randrange(4):
        case 0:
            return {**parts, "xl/externalLinks/externalLink1.xml": b"<externalLink/>"}
        case 1:
            return {**parts, "xl/connections.xml": b"<connections/>"}
        case 2:
            link = (
                b'<Relationship Id="rX" Type="urn:externalLinkPath" '
                b'Target="file:///c:/a.xlsx" TargetMode="External"/></Relationships>'
            )
            return {**parts, _RELATIONS: parts[_RELATIONS].replace(b"</Relationships>", link)}
    return {**parts, "xl/queryTables/queryTable1.xml": b"<queryTable/>"}


def declarations(parts: Parts, chance: Random) -> Parts:
    name = chance.choice([one for one in parts if one.endswith((".xml", ".rels"))])
    xml = parts[name]
    at = xml.find(b"?>") + 2 if xml.startswith(b"<?xml") else 0
    return {**parts, name: xml[:at] + chance.choice(_DTD) + xml[at:].replace(b"<t>", b"<t>&a;", 1)}


def other_encodings(parts: Parts, chance: Random) -> Parts:
    name = chance.choice([one for one in parts if one.endswith(".xml")])
    text = parts[name].decode("utf-8")
    body = text[text.find("?>") + 2 :] if text.startswith("<?xml") else text
    encoding = chance.choice(
        ("utf-16", "utf-16-le", "utf-32", "utf-7", "cp037", "latin-1", "cp1252", "hz", "utf-8-sig")
    )
    said = chance.choice((encoding, "utf-8", "UTF-16", "x-nothing"))
    whole = f'<?xml version="1.0" encoding="{said}"?>{body}'
    return {**parts, name: whole.encode(encoding, "xmlcharrefreplace")}


def macros(parts: Parts, chance: Random) -> Parts:
    name = chance.choice(
        (
            "xl/vbaProject.bin",
            "xl/VBAPROJECT.BIN",
            "xl/macrosheets/sheet1.xml",
            "customUI/vbaProject.bin",
        )
    )
    return {**parts, name: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + chance.randbytes(2000)}


def stray_parts(parts: Parts, chance: Random) -> Parts:
    made: tuple[tuple[str, bytes], ...] = (
        ("xl/embeddings/oleObject1.bin", chance.randbytes(999)),
        ("xl/comments1.xml", b"<comments>" + b"<comment ref='A1'/>" * 90_000 + b"</comments>"),
        ("xl/tables/table1.xml", b"<table ref='A1:XFD1048576'/>"),
        ("docProps/app.xml", b"<Properties>" + b"<a>" * 60_000),
        ("docProps/custom.xml", b"\0" * 10_000),
        ("xl/media/image1.png", chance.randbytes(3_000_000)),
        ("xl/worksheets/_rels/sheet1.xml.rels", b"<Relationships>" * 9000),
        ("customXml/item1.xml", b"not xml"),
    )
    name, data = chance.choice(made)
    return {**parts, name: data}


WAYS = (
    names_elsewhere,
    names_swapped,
    many_names,
    odd_names,
    odd_sheets,
    odd_relations,
    many_relations,
    odd_types,
    outside,
    declarations,
    declarations,
    other_encodings,
    macros,
    stray_parts,
)
