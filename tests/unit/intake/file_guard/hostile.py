"""Files made by hand that no reader may see, each with the cause it is refused for."""

from __future__ import annotations

import io
import random
import struct
import zipfile
from collections.abc import Iterator
from functools import cache

from tests.unit.intake.readers.workbook.samples import blank, changed, packed, parts_of, sheet_part

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_OUTSIDE = (
    b'<Relationship Id="rId99" Type="http://schemas.example.org/%s" '
    b'Target="file:///c:/other.xlsx" TargetMode="External"/></Relationships>'
)
_ODS = "application/vnd.oasis.opendocument.spreadsheet"
_ODS_ROOT = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
    "<office:body><office:spreadsheet>{}</office:spreadsheet></office:body>"
    "</office:document-content>"
)


def ole(*names: str) -> bytes:
    """The header of an OLE file and one sector of its directory."""
    entries = b"".join((name.encode("utf-16-le") + b"\0\0").ljust(128, b"\0") for name in names)
    return OLE.ljust(512, b"\0") + entries.ljust(512, b"\0") + b"\0" * 4096


def ods(tables: str, **more: bytes) -> bytes:
    parts = {"mimetype": _ODS.encode(), "content.xml": _ODS_ROOT.format(tables).encode()}
    return packed({**parts, **more})


def with_part(name: str, data: bytes = b"x") -> bytes:
    return packed({**parts_of(blank()), name: data})


def twice(name: str, again: str | None = None) -> bytes:
    buffer = io.BytesIO(blank())
    with zipfile.ZipFile(buffer, "a") as package:
        package.writestr(again or name, parts_of(blank())[name])
    return buffer.getvalue()


def with_cell(reference: bytes) -> bytes:
    cell = b'<row r="9000"><c r="%s"><v>1</v></c></row></sheetData>' % reference
    part = sheet_part(blank(), "Output")
    return changed(blank(), part, lambda xml: xml.replace(b"</sheetData>", cell))


def bomb(megabytes: int) -> bytes:
    """A sheet that unpacks to so much; packed piece by piece, never whole in memory here."""
    part = sheet_part(blank(), "Output")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts_of(blank()).items():
            if name != part:
                package.writestr(name, data)
        with package.open(part, "w") as sheet:
            for _ in range(megabytes):
                sheet.write(b" " * 1024 * 1024)
    return buffer.getvalue()


def lying_about_its_size() -> bytes:
    """A bomb whose list of parts says that it is small."""
    content = bytearray(bomb(32))
    true, said = struct.pack("<L", 32 * 1024 * 1024)[2:], struct.pack("<L", 5000)
    name = sheet_part(blank(), "Output").encode()
    at = content.rfind(name)  # in the central directory, 46 bytes after its record begins
    assert content[at - 46 + 26 : at - 46 + 28] == true
    content[at - 46 + 24 : at - 46 + 28] = said
    return bytes(content)


def with_doctype(encoding: str = "utf-8") -> bytes:
    declared = f'<?xml version="1.0" encoding="{encoding}" standalone="yes"?>\n'
    kind = '<!DOCTYPE worksheet [<!ENTITY a "aaaaaaaaaa">]>'

    def change(xml: bytes) -> bytes:
        text = xml.decode("utf-8")
        body = text[text.index("?>") + 2 :]
        return (declared + kind + body).encode(encoding)

    return changed(blank(), sheet_part(blank(), "Output"), change)


def in_ebcdic() -> bytes:
    """Declared readably, then written so that a search for plain bytes sees nothing."""

    def change(xml: bytes) -> bytes:
        body = xml[xml.index(b"?>") + 2 :].decode("utf-8").encode("cp037", "replace")
        return b'<?xml version="1.0" encoding="cp037"?>' + body

    return changed(blank(), sheet_part(blank(), "Output"), change)


def encrypted_zip() -> bytes:
    content = bytearray(blank())
    at = content.find(b"PK\x01\x02")
    content[at + 8] |= 1
    return bytes(content)


@cache
def refused() -> tuple[tuple[str, bytes, str], ...]:
    """What it is, its bytes, and the cause. Names say nothing: files are read by their content."""
    return tuple(_make_refused())


def _make_refused() -> Iterator[tuple[str, bytes, str]]:
    xlsx, whole = blank(), parts_of(blank())
    yield "empty", b"", "unreadable.empty"
    yield "blank", b" \r\n\0" * 9, "unreadable.empty"
    yield "too large", b"PK\x03\x04" + b"0" * 11_000_000, "door.too_large"
    yield "bomb", bomb(32), "door.unpacked"
    yield "large bomb", bomb(100), "door.unpacked"
    yield "lying bomb", lying_about_its_size(), "door.damaged"
    heavy = b"<a>" + random.Random(1).randbytes(3_300_000).hex().encode()
    yield (
        "heavy part",
        with_part("xl/worksheets/sheet99.xml", heavy),
        "door.part_too_large",
    )
    many = packed({**whole, **{f"xl/media/{one}.bin": b"" for one in range(5000)}})
    yield "many parts", many, "door.too_many_parts"
    yield "part twice", twice("xl/workbook.xml"), "door.duplicate_part"
    other_case = twice("xl/workbook.xml", "XL/Workbook.xml")
    yield "part twice in another case", other_case, "door.duplicate_part"
    for name in ("../../etc/passwd", "/etc/passwd", "xl\\..\\a.xml", "c:/a.xml", "xl/./a.xml"):
        yield f"path {name}", with_part(name), "door.part_path"
    yield "macros", with_part("xl/vbaProject.bin"), "door.macros"
    yield "macros by another name", with_part("xl/code/VBAPROJECT.bin"), "door.macros"
    yield "macro sheet", with_part("xl/macrosheets/sheet1.xml"), "door.macros"
    as_macro = changed(
        xlsx, "[Content_Types].xml", lambda xml: xml.replace(b"sheet.main", b"sheet.macroEnabled")
    )
    yield "macro content type", as_macro, "door.macros"
    yield "macros in xls", ole("Root Entry", "Workbook", "_VBA_PROJECT_CUR"), "door.macros"
    yield "macros in ods", ods("", **{"Basic/script-lc.xml": b"<a/>"}), "door.macros"
    linked = with_part("xl/externalLinks/externalLink1.xml", b"<a/>")
    yield "external link", linked, "door.external_links"
    yield "connection", with_part("xl/connections.xml", b"<a/>"), "door.external_links"
    outside = changed(
        xlsx, _RELATIONS, lambda xml: xml.replace(b"</Relationships>", _OUTSIDE % b"attached")
    )
    yield "external relation", outside, "door.external_links"
    table = "<table:table table:name=\"'file:///c:/a.ods'#$A\"><table:table-source/></table:table>"
    yield "linked ods", ods(table), "door.external_links"
    yield "embedded", with_part("xl/embeddings/oleObject1.bin"), "door.embedded"
    yield "document type", with_doctype(), "door.dtd"
    yield "document type in UTF-16", with_doctype("utf-16"), "door.encoding"
    yield "EBCDIC", in_ebcdic(), "door.encoding"
    entity = packed({**parts_of(ods("")), "content.xml": b'<?xml version="1.0"?><!DOCTYPE a><a/>'})
    yield "document type in ods", entity, "door.dtd"
    yield "far corner", with_cell(b"XFD1048576"), "door.too_wide"
    yield "far row", with_cell(b"A1048576"), "door.too_wide"
    yield "far column", with_cell(b"AAA9"), "door.too_wide"
    package = ole("Root Entry", "EncryptionInfo", "EncryptedPackage")
    yield "password", package, "door.encrypted"
    yield "password on the zip", encrypted_zip(), "door.encrypted"
    manifest = {"META-INF/manifest.xml": b"<m:m><m:encryption-data/></m:m>"}
    yield "password on ods", ods("", **manifest), "door.encrypted"
    noise = packed({**parts_of(ods("")), "content.xml": b"<\0<\xff", **manifest})
    yield "password on ods, noise like a tag", noise, "door.encrypted"
    yield "new password on ods", ods("", **{"encrypted-package": b"x"}), "door.encrypted"
    for share in (0.1, 0.5, 0.99):
        yield f"cut at {share}", xlsx[: int(len(xlsx) * share)], "door.truncated"
    broken = bytearray(xlsx)
    broken[len(xlsx) // 2] ^= 0xFF
    yield "one byte wrong", bytes(broken), "door.damaged"
    yield "Word", ole("Root Entry", "WordDocument"), "door.no_workbook"
    yield (
        "new Word",
        packed({"[Content_Types].xml": b"<a/>", "word/document.xml": b"<a/>"}),
        "door.no_workbook",
    )
    yield "binary", packed({"xl/workbook.bin": b"x"}), "door.is_xlsb"
    html = b"\xef\xbb\xbf\n<!DOCTYPE HTML><html><table><tr><td>1</td></tr></table></html>"
    yield "web page", html, "door.is_html"
    yield "table", b"<table border=1><tr><td>1</td></tr></table>", "door.is_html"
    yield "XML", b'<?xml version="1.0"?><Workbook/>', "door.is_xml"
    yield "PDF", b"%PDF-1.7\n", "door.is_pdf"
    yield "archive of two", packed({"a.xlsx": xlsx, "b.xlsx": xlsx}), "door.is_zip"
    yield "archive of an archive", packed({"a.zip": packed({"a.xlsx": xlsx})}), "door.is_zip"
    yield "picture", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "door.no_workbook"
    strict = changed(
        xlsx,
        "xl/workbook.xml",
        lambda xml: xml.replace(
            b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
            b"http://purl.oclc.org/ooxml/spreadsheetml/main",
        ),
    )
    yield "strict", strict, "door.strict"


def heavy_for_a_reader() -> Iterator[tuple[str, bytes, str]]:
    """What passes the door and must still be read, or refused, cheaply; with the outcome."""
    rows = "<table:table-row table:number-rows-repeated='1048576'>"
    rows += "<table:table-cell table:number-columns-repeated='16384'><text:p>1</text:p>"
    rows += "</table:table-cell></table:table-row>"
    names = "".join(
        f"<table:named-range table:name='in_X{one}_total' "
        f"table:cell-range-address='$T.$ZZ${one + 1}'/>"
        for one in range(9999)
    )
    table = f"<table:table table:name='T'>{rows}</table:table>"
    ranges = f"<table:named-expressions>{names}</table:named-expressions>"
    yield "repeated cells", ods(table + ranges), "workbook.too_much"
    yield "deep elements", ods("<table:table>" * 50_000), "workbook.damaged"
    yield "xls of nothing", ole("Root Entry", "Workbook"), "workbook.damaged"
    cells = b"".join(
        b'<row r="%d">%s</row>'
        % (
            row,
            b"".join(b'<c r="%c%d"><f>A1</f><v>%d</v></c>' % (65 + i, row, i) for i in range(9)),
        )
        for row in range(6, 4000)
    )
    part = sheet_part(blank(), "Output")
    many = changed(blank(), part, lambda xml: xml.replace(b"</sheetData>", cells + b"</sheetData>"))
    yield "many formulas", many, "read"
    strings = b"".join(b"<si><t>%d</t></si>" % one for one in range(40_000))
    shared = changed(
        blank(), "xl/sharedStrings.xml", lambda xml: xml.replace(b"</sst>", strings + b"</sst>")
    )
    yield "many texts", shared, "read"
    far = b"".join(
        b'<definedName name="in_X%d_total">Output!$ZZ$%d</definedName>' % (one, one % 9999 + 1)
        for one in range(9000)
    )
    spread = changed(
        blank(),
        "xl/workbook.xml",
        lambda xml: xml.replace(b"</definedNames>", far + b"</definedNames>"),
    )
    yield "names all over", spread, "workbook.too_much"
    shared_formula = b'<c r="A9"><f t="shared" ref="A9:A9999" si="0">%s</f></c>' % (b"+A1" * 9000)
    users = b"".join(b'<c><f t="shared" si="0"/></c>' for _ in range(60_000))
    costly = changed(
        blank(),
        part,
        lambda xml: xml.replace(
            b"</sheetData>", b'<row r="9">' + shared_formula + users + b"</row></sheetData>"
        ),
    )
    yield "shared formulas", costly, "read"
