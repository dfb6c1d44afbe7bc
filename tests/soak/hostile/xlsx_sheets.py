"""Templates whose sheets, strings or styles say what no office program writes."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

from tests.soak.hostile.packing import Parts, loosened, packed, parts_of, sheets_of

_CELL = re.compile(rb'<c r="([A-Z]+)(\d+)"([^>]*?)(/>|>)')
_NUMBER = re.compile(rb"<v>[^<]*</v>")
_STRING = re.compile(rb't="s"([^>]*)><v>\d+</v>')
_REFERENCES = (
    *(b"XFD1048576", b"A1048576", b"AAA1", b"A0", b"7", b"", b"D", b"D7D7", b"d-7", b"$D$7"),
    *(
        b"AAAAAAAAAAAAAAAA1",
        b"D99999999999999999999",
        b"D7:E9",
        b"\xe0\xa4\x95\xe0\xa5\xa7",
        b"R1C1",
    ),
)
_VALUES = (
    *(b"1e400", b"-1e400", b"1e-400", b"NaN", b"INF", b"-0", b"0x10", b"", b" ", b"--1", b"1,5"),
    *(b"9" * 5000, b"0." + b"0" * 5000 + b"1", b"1e308", b"#REF!", b"&#x1F4A9;", b"2958466", b"-1"),
)
_KINDS = (b"b", b"e", b"n", b"d", b"s", b"str", b"inlineStr", b"z", b"", b"\xe0\xa4\x95")
_CALENDAR = (b"2026-99-99", b"0000-00-00T00:00", b"9999-12-31T99:99:99Z", b"P1Y", b"yesterday")


def spoiled(content: bytes, chance: Random, turn: int) -> bytes:
    parts = parts_of(content)
    return packed(loosened(WAYS[turn % len(WAYS)](parts, chance), chance))


def _in_sheets(parts: Parts, change: Callable[[bytes], bytes]) -> Parts:
    return {**parts, **{name: change(parts[name]) for name in sheets_of(parts)}}


def _in_one(parts: Parts, chance: Random, tag: bytes, insert: bytes) -> Parts:
    """Something put in before a closing tag of one sheet."""
    name = chance.choice([one for one in sheets_of(parts) if tag in parts[one]])
    return {**parts, name: parts[name].replace(tag, insert + tag, 1)}


def odd_references(parts: Parts, chance: Random) -> Parts:
    share = chance.choice((0.02, 1.0))

    def other(match: re.Match[bytes]) -> bytes:
        if chance.random() > share:
            return match[0]
        return b'<c r="%s"%s%s' % (chance.choice(_REFERENCES), match[3], match[4])

    return _in_sheets(parts, lambda xml: _CELL.sub(other, xml))


def cells_twice_and_backwards(parts: Parts, chance: Random) -> Parts:
    def shuffled(xml: bytes) -> bytes:
        rows = re.findall(rb"<row .*?</row>", xml, re.DOTALL)
        chance.shuffle(rows)
        start = xml.find(b"<sheetData>") + len(b"<sheetData>")
        end = xml.find(b"</sheetData>")
        return xml[:start] + b"".join(rows + rows) + xml[end:] if rows else xml

    return _in_sheets(parts, shuffled)


def odd_rows(parts: Parts, chance: Random) -> Parts:
    numbers = (b"0", b"-5", b"1048577", b"9" * 30, b"x", b"", b"1.5", b"NaN", b"1e3")

    def change(xml: bytes) -> bytes:
        return re.sub(rb'<row r="\d+"', lambda _: b'<row r="%s"' % chance.choice(numbers), xml)

    return _in_sheets(parts, change)


def odd_extent(parts: Parts, chance: Random) -> Parts:
    said = chance.choice((b"A1:XFD1048576", b"", b"nonsense", b"XFD1048576:A1", b"A1:A1"))
    return _in_sheets(
        parts, lambda xml: re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="%s"' % said, xml)
    )


def odd_values(parts: Parts, chance: Random) -> Parts:
    def other(match: re.Match[bytes]) -> bytes:
        return b"<v>%s</v>" % chance.choice(_VALUES) if chance.random() < 0.4 else match[0]

    return _in_sheets(parts, lambda xml: _NUMBER.sub(other, xml))


def odd_kinds(parts: Parts, chance: Random) -> Parts:
    def other(match: re.Match[bytes]) -> bytes:
        value = chance.choice((*_VALUES, *_CALENDAR))
        return b't="%s"%s><v>%s</v>' % (chance.choice(_KINDS), match[1], value)

    return _in_sheets(parts, lambda xml: _STRING.sub(other, xml))


def strings_out_of_range(parts: Parts, chance: Random) -> Parts:
    numbers = (b"-1", b"999999999", b"1e9", b"", b"x", b"4294967296", b"0.5", b"9" * 5000)

    def other(match: re.Match[bytes]) -> bytes:
        number = chance.choice(numbers) if chance.random() < 0.1 else b"3"
        return b't="s"%s><v>%s</v>' % (match[1], number)

    return _in_sheets(parts, lambda xml: _STRING.sub(other, xml))


def odd_strings(parts: Parts, chance: Random) -> Parts:
    name = "xl/sharedStrings.xml"
    xml = parts.get(name, b"<sst></sst>")
    match chance.randrange(7):
        case 0:
            return {one: data for one, data in parts.items() if one != name}
        case 1:
            xml = re.sub(rb"<si>.*?</si>", b"<si/>", xml)
        case 2:
            xml = xml.replace(b"<si>", b"<si>" + b"<r><t>a</t></r>" * 30, 400)
        case 3:
            deep = b"<r>" * 20_000 + b"<t>x</t>" + b"</r>" * 20_000
            xml = xml.replace(b"</sst>", b"<si>" + deep + b"</si></sst>")
        case 4:
            xml = xml.replace(b"</sst>", b"<si><t>" + b"a" * 1_900_000 + b"</t></si></sst>")
        case 5:
            xml = re.sub(rb'(count|uniqueCount)="\d+"', b'\\1="4294967295"', xml)
        case _:
            xml = xml.replace(b"<t>", b"<t>&#1;&#x0B;&#xFFFF;", 3)
    return {**parts, name: xml}


def odd_styles(parts: Parts, chance: Random) -> Parts:
    name = "xl/styles.xml"
    match chance.randrange(6):
        case 0:
            return {one: data for one, data in parts.items() if one != name}
        case 1:
            return _in_sheets(parts, lambda xml: re.sub(rb' s="\d+"', b' s="99999999"', xml))
        case 2:
            return _in_sheets(parts, lambda xml: re.sub(rb' s="\d+"', b' s="-1"', xml))
        case 3:
            xml = parts[name].replace(b"<cellXfs", b"<cellXfs><xf/></cellXfs>" * 3 + b"<cellXfs", 1)
        case 4:
            formats = b"".join(
                b'<numFmt numFmtId="%d" formatCode="[h]:mm;@&quot;%s"/>' % (one, b"y" * 200)
                for one in range(3000)
            )
            xml = parts[name].replace(b"<fonts", b"<numFmts>" + formats + b"</numFmts><fonts", 1)
        case _:
            xml = re.sub(
                rb'(numFmtId|fontId|fillId|borderId|xfId)="\d+"', rb'\1="-77"', parts[name]
            )
    return {**parts, name: xml}


def many_styles(parts: Parts, chance: Random) -> Parts:
    xml = parts["xl/styles.xml"]
    room = (1_000_000 - len(xml)) // 9
    return {
        **parts,
        "xl/styles.xml": xml.replace(b"</cellXfs>", b"<xf></xf>" * room + b"</cellXfs>"),
    }


def odd_formulas(parts: Parts, chance: Random) -> Parts:
    made = (
        b'<f t="shared" si="77"/>',
        b'<f t="shared" ref="A1:XFD1048576" si="0">A1</f>',
        b'<f t="array" ref="A1:XFD1048576">1</f>',
        b'<f t="dataTable" ref="A1:B9" dt2D="1" r1="A1" r2="#REF!"/>',
        b"<f>" + b"+1" * 200_000 + b"</f>",
        b"<f>" + b"(" * 30_000 + b")" * 30_000 + b"</f>",
        b"<f>WEBSERVICE(&quot;http://127.0.0.1:9/&quot;)</f>",
        b"<f>DDE(&quot;cmd&quot;,&quot;/c calc&quot;,&quot;x&quot;)</f>",
        b'<f t="nonsense" ref=""><f>1</f></f>',
    )
    formula = chance.choice(made)
    many = chance.choice((1, 40)) if len(formula) < 1000 else 1
    return _in_sheets(parts, lambda xml: xml.replace(b"<v>", formula + b"<v>", many))


def many_cells(parts: Parts, chance: Random) -> Parts:
    """As many cells as the size of a part lets through."""
    kinds = (
        b'<c r="E%d" t="inlineStr"><is><t>x</t></is></c>',
        b'<c r="E%d"><f>A1</f><v>1</v></c>',
        b'<c r="ZZ%d"/>',
        b'<c r="E%d" t="e"><v>#N/A</v></c>',
    )
    cell = chance.choice(kinds)
    row = b"".join(cell % number for number in range(1, 10))
    rows = b"".join(
        b'<row r="%d">%s</row>' % (number, row)
        for number in range(7, 7 + 5_000_000 // (len(row) + 22))
    )
    return _in_one(parts, chance, b"</sheetData>", rows)


def nested_deep(parts: Parts, chance: Random) -> Parts:
    tag = chance.choice((b"c", b"row", b"is", b"extLst", b"x"))
    depth = chance.choice((500, 20_000, 150_000))
    return _in_one(
        parts, chance, b"</sheetData>", (b"<%s>" % tag) * depth + (b"</%s>" % tag) * depth
    )


def long_attributes(parts: Parts, chance: Random) -> Parts:
    match chance.randrange(4):
        case 0:
            piece = b'<c r="A1" x="%s"/>' % (b"y" * 5_000_000)
        case 1:
            piece = b"<c %s/>" % b" ".join(b'a%d="1"' % one for one in range(300_000))
        case 2:
            piece = b"<c %s/>" % b" ".join(
                b'xmlns:n%d="urn:%d"' % (one, one) for one in range(100_000)
            )
        case _:
            piece = b'<c r="A1" r="A2"/>'
    return _in_one(parts, chance, b"</sheetData>", piece)


def odd_markup(parts: Parts, chance: Random) -> Parts:
    pieces = (
        b"<!--" + b"-" * 3 + b"x-->",
        b"<!--" + b"x" * 4_000_000 + b"-->",
        b"<![CDATA[" + b"]" * 1_000_000 + b"]]>",
        b"<?xml-stylesheet href='http://127.0.0.1:9/a.xsl'?>",
        b"<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='file:///etc/passwd'/>",
        b"<row r='9'><c r='E9' t='inlineStr'><is>"
        + b"<r><t>a</t></r>" * 200_000
        + b"</is></c></row>",
        b"&undefined;",
        b"&#0;",
        b"\xff\xfe\x00",
    )
    return _in_one(parts, chance, b"</sheetData>", chance.choice(pieces))


def many_rules(parts: Parts, chance: Random) -> Parts:
    """Merged cells, validations, conditional formats by the ten thousand."""
    pieces = (
        b"<mergeCells>" + b'<mergeCell ref="A1:XFD1048576"/>' * 50_000 + b"</mergeCells>",
        b"<dataValidations>"
        + b'<dataValidation sqref="A1:XFD1048576"/>' * 50_000
        + b"</dataValidations>",
        b"<cols>" + b'<col min="1" max="16384" width="9"/>' * 50_000 + b"</cols>",
        b'<conditionalFormatting sqref="A1:XFD1048576"><cfRule type="expression"/>'
        b"</conditionalFormatting>" * 30_000,
    )
    return _in_one(parts, chance, b"</worksheet>", chance.choice(pieces))


def other_namespaces(parts: Parts, chance: Random) -> Parts:
    main = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    to = chance.choice((b"urn:other", b"", main.upper(), b"http://purl.oclc.org/ooxml/x"))
    return _in_sheets(parts, lambda xml: xml.replace(main, to))


WAYS = (
    odd_references,
    odd_rows,
    odd_values,
    odd_kinds,
    strings_out_of_range,
    odd_strings,
    odd_styles,
    odd_formulas,
    many_cells,
    nested_deep,
    long_attributes,
    odd_markup,
    many_rules,
    odd_extent,
    cells_twice_and_backwards,
    many_styles,
    other_namespaces,
)
