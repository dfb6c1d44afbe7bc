"""OpenDocument sheets that repeat without end, nest without end, or lie of what a cell is."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

from tests.soak.hostile.packing import loosened, packed, parts_of

_CONTENT, _MANIFEST = "content.xml", "META-INF/manifest.xml"
_CELL = b"<table:table-cell"
_TABLES_END = b"</table:table>"
_ADDRESS = re.compile(rb'table:cell-range-address="[^"]*"')
_VALUE = re.compile(rb'office:value="[^"]*"')
_ADDRESSES = (
    *(b"#REF!", b"$Nowhere.$A$1", b"$Output.$A:$AMJ", b"$Output.$A$1:.$ZZ$10000", b"", b"$A$1"),
    *(b"'file:///c:/a.ods'#$S.$A$1", b"$Output.$A$1048576", b"$Output.$D$9:$D$7", b"x" * 90_000),
    *(b"$Output.$ZZ$10000", b"$''.$A$1", b"Output!$A$1", b"." * 3000),
)


def spoiled(content: bytes, chance: Random, turn: int) -> bytes:
    parts = parts_of(content)
    made = WAYS[turn % len(WAYS)](parts[_CONTENT], chance)
    more = made if isinstance(made, dict) else {_CONTENT: made}
    return packed(loosened({**parts, **more}, chance))


def repeated_cells(xml: bytes, chance: Random) -> bytes:
    """Few bytes that stand for more cells than any sheet has."""
    columns = chance.choice((b"16384", b"1048576", b"999999999999", b"-5", b"1.5", b"x"))
    rows = chance.choice((b"1048576", b"999999999", b"0", b"1"))
    row = (
        b'<table:table-row table:number-rows-repeated="%s"><table:table-cell '
        b'table:number-columns-repeated="%s" office:value-type="float" office:value="7">'
        b"<text:p>7</text:p></table:table-cell></table:table-row>" % (rows, columns)
    )
    return xml.replace(_TABLES_END, row * chance.choice((1, 3, 4000)) + _TABLES_END)


def everything_repeated(xml: bytes, chance: Random) -> bytes:
    number = chance.choice((b"2", b"9000", b"16384"))
    return xml.replace(_CELL + b" ", _CELL + b' table:number-columns-repeated="%s" ' % number)


def repeated_long_text(xml: bytes, chance: Random) -> bytes:
    """One long text, said to stand in every cell."""
    text = b"x" * chance.choice((2_000, 60_000))
    row = (
        b'<table:table-row table:number-rows-repeated="9999"><table:table-cell '
        b'table:number-columns-repeated="700"><text:p>%s</text:p></table:table-cell>'
        b"</table:table-row>" % text
    )
    at = xml.find(b"<table:table-row")
    return xml[:at] + row + xml[at:]


def many_spaces(xml: bytes, chance: Random) -> bytes:
    spaces = b'<text:p><text:s text:c="%s"/></text:p>' % chance.choice(
        (b"999999999", b"-1", b"1e9")
    )
    return xml.replace(b"<text:p>", spaces + b"<text:p>", chance.choice((1, 3000)))


def names_elsewhere(xml: bytes, chance: Random) -> bytes:
    share, one = chance.choice((0.1, 1.0)), chance.choice(_ADDRESSES)

    def other(match: re.Match[bytes]) -> bytes:
        if chance.random() > share:
            return match[0]
        return b'table:cell-range-address="%s"' % (
            one if share == 1.0 else chance.choice(_ADDRESSES)
        )

    return _ADDRESS.sub(other, xml)


def many_names(xml: bytes, chance: Random) -> bytes:
    many = b"".join(
        b'<table:named-range table:name="in_X%d_total" table:cell-range-address="$Output.$ZZ$%d"/>'
        % (one, one % 9000 + 1)
        for one in range(30_000)
    )
    return xml.replace(b"</table:named-expressions>", many + b"</table:named-expressions>")


def odd_values(xml: bytes, chance: Random) -> bytes:
    values = (
        b"1e400",
        b"nan",
        b"",
        b"-0",
        b"9" * 5000,
        b"1,5",
        b"inf",
        b"0x10",
        b"true",
        b"1e-400",
    )
    return _VALUE.sub(lambda _: b'office:value="%s"' % chance.choice(values), xml)


def odd_kinds(xml: bytes, chance: Random) -> bytes:
    kinds = (b"date", b"time", b"boolean", b"void", b"string", b"percentage", b"currency", b"")
    return re.sub(
        rb'office:value-type="[^"]*"',
        lambda _: b'office:value-type="%s"' % chance.choice(kinds),
        xml,
    )


def odd_dates(xml: bytes, chance: Random) -> bytes:
    date = chance.choice((b"2026-99-99", b"", b"0000-00-00", b"9" * 3000, b"-4000-01-01T99:99"))
    made = b'office:value-type="date" office:date-value="%s"' % date
    return xml.replace(b'office:value-type="float"', made)


def nested_deep(xml: bytes, chance: Random) -> bytes:
    tag = chance.choice(
        (b"table:table", b"table:table-cell", b"text:p", b"text:span", b"table:table-row")
    )
    depth = chance.choice((300, 20_000, 100_000))
    closing = (b"</%s>" % tag) * depth if chance.random() < 0.7 else b""
    return xml.replace(b"</text:p>", (b"<%s>" % tag) * depth + closing + b"</text:p>", 1)


def sheets_in_cells(xml: bytes, chance: Random) -> bytes:
    inner = b'<table:table table:name="Output"><table:table-row><table:table-cell/></table:table-row></table:table>'
    return xml.replace(b"<text:p>", inner + b"<text:p>", chance.choice((1, 2000)))


def same_sheet_again(xml: bytes, chance: Random) -> bytes:
    start = xml.find(b"<table:table ")
    end = xml.find(_TABLES_END, start) + len(_TABLES_END)
    return xml[:end] + xml[start:end] * chance.choice((1, 20)) + xml[end:]


def many_paragraphs(xml: bytes, chance: Random) -> bytes:
    return xml.replace(b"<text:p>", b"<text:p/>" * 300_000 + b"<text:p>", 1)


def long_paragraph(xml: bytes, chance: Random) -> bytes:
    """A text in a hundred thousand pieces, which must not be put together piece by piece."""
    piece = chance.choice((b"a<text:s/>", b"<text:span>a</text:span>", b"a<text:line-break/>"))
    return xml.replace(b"<text:p>", b"<text:p>" + piece * (5_000_000 // len(piece)), 1)


def formulas(xml: bytes, chance: Random) -> bytes:
    made = (
        b'table:formula="of:=WEBSERVICE(&quot;http://127.0.0.1:9/&quot;)"',
        b"table:formula=\"of:='file:///c:/a.ods'#$S.A1\"",
        b'table:formula="' + b"+1" * 900_000 + b'"',
        b'table:formula=""',
        b'table:formula="msoxl:=1"',
    )
    return xml.replace(_CELL + b" ", _CELL + b" " + chance.choice(made) + b" ", 3)


def declarations(xml: bytes, chance: Random) -> bytes:
    made = (
        b'<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd">',
        b"<!DOCTYPE a [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>",
    )
    at = xml.find(b"?>") + 2
    return xml[:at] + chance.choice(made) + xml[at:].replace(b"<text:p>", b"<text:p>&a;", 1)


def other_encoding(xml: bytes, chance: Random) -> bytes:
    encoding = chance.choice(("utf-16", "utf-16-le", "utf-32", "cp037", "utf-7", "latin-1"))
    return xml.decode().replace("UTF-8", encoding, 1).encode(encoding, "xmlcharrefreplace")


def other_namespaces(xml: bytes, chance: Random) -> bytes:
    way = chance.randrange(3)
    if way == 0:
        return xml.replace(b"urn:oasis:names:tc:opendocument:xmlns:table:1.0", b"urn:x")
    if way == 1:
        return xml.replace(b"xmlns:table=", b"xmlns:t=")
    return xml.replace(b"table:", b"T:").replace(b"xmlns:T", b"xmlns:T")


def other_parts(xml: bytes, chance: Random) -> dict[str, bytes]:
    made: tuple[dict[str, bytes], ...] = (
        {_CONTENT: b""},
        {_CONTENT: b"<a/>"},
        {"Basic/Standard/Module1.xml": b"<a/>"},
        {"Scripts/python/a.py": b"import os"},
        {_MANIFEST: b"<m:manifest><m:encryption-data/></m:manifest>"},
        {"encrypted-package": b"x" * 4000},
        {"Object 1/content.xml": xml},
        {"mimetype": b"application/vnd.oasis.opendocument.text"},
        {"mimetype": b""},
        {_CONTENT: b"<a>" + b" " * 7_000_000 + b"</a>"},
        {"settings.xml": b"<a>" * 90_000},
    )
    return chance.choice(made)


WAYS: tuple[Callable[[bytes, Random], bytes | dict[str, bytes]], ...] = (
    repeated_cells,
    everything_repeated,
    repeated_long_text,
    many_spaces,
    names_elsewhere,
    many_names,
    odd_values,
    odd_kinds,
    odd_dates,
    nested_deep,
    sheets_in_cells,
    same_sheet_again,
    many_paragraphs,
    long_paragraph,
    formulas,
    declarations,
    other_encoding,
    other_namespaces,
    other_parts,
    repeated_cells,
    other_parts,
)
