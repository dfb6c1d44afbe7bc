"""Writes a fresh include/templates/word/template.docx: ``python docs/make_word_template.py``.

For beginning again; the template is a Word file and is restyled in Word (docs/adr/0016). All that a
document needs are its styles, its page, and the places in braces that ``documents.word`` fills.
"""

from __future__ import annotations

import io
import sys
import zipfile
from pathlib import Path

TEMPLATE = Path(__file__).parents[1] / "include" / "templates" / "word" / "template.docx"

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
TYPES = "application/vnd.openxmlformats-officedocument.wordprocessingml"
RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"

ACCENT, SOFT, HAIR, PALE = "12425C", "5C6A72", "C9D2D7", "EEF3F5"
LATIN, DEVANAGARI = "Noto Sans", "Noto Sans Devanagari"
# What Windows and older Windows have instead; Word reads the list from left to right.
INSTEAD = {LATIN: "Nirmala UI,Segoe UI,Arial", DEVANAGARI: "Nirmala UI,Mangal,Kokila"}
TEXT_WIDTH = 9638  # twentieths of a point: A4 less 20 mm on either side


def run(
    size: float = 0, bold: bool = False, colour: str = "", slanted: bool = False, code: bool = False
) -> str:
    """How letters look, said twice: once for Latin, once for Devanagari."""
    half_points = round(size * 2)
    return "".join(
        (
            "<w:b/><w:bCs/>" if bold else "",
            "<w:i/><w:iCs/>" if slanted else "",
            "<w:noProof/>" if code else "",
            f'<w:color w:val="{colour}"/>' if colour else "",
            f'<w:sz w:val="{half_points}"/><w:szCs w:val="{half_points}"/>' if size else "",
        )
    )


def space(before: int = 0, after: int = 0, line: int = 0) -> str:
    lines = f' w:line="{line}" w:lineRule="auto"' if line else ""
    return f'<w:spacing w:before="{before}" w:after="{after}"{lines}/>'


def paragraph_style(name: str, pPr: str = "", rPr: str = "", based: str = "Normal") -> str:  # noqa: N803 (as in the format)
    return (
        f'<w:style w:type="paragraph" w:styleId="{name.replace(" ", "")}">'
        f'<w:name w:val="{name if name.startswith("CPSA") else spelled(name)}"/>'
        f'<w:basedOn w:val="{based}"/><w:qFormat/>'
        f"<w:pPr>{pPr}</w:pPr><w:rPr>{rPr}</w:rPr></w:style>"
    )


def spelled(name: str) -> str:
    """Word spells the names of its own styles with a small letter: ``heading 1``, ``toc 1``."""
    own = {"Heading": "heading", "TOC": "toc", "Caption": "caption"} | {
        one: one.lower() for one in ("Header", "Footer")
    }
    first, blank, rest = name.partition(" ")
    if name == "TOC Heading":
        return name
    return own.get(first, first) + blank + rest


KEEP = "<w:keepNext/><w:keepLines/>"
PARAGRAPHS = (
    paragraph_style("Title", space(2400, 120, 240), run(26, True, ACCENT)),
    paragraph_style("Subtitle", space(0, 80), run(15)),
    paragraph_style("Cover Programme", space(0, 0), run(10, colour=SOFT)),
    paragraph_style("Cover Period", space(0, 480), run(12, colour=SOFT)),
    paragraph_style(
        "Heading 1",
        f'{KEEP}<w:numPr><w:numId w:val="1"/></w:numPr>{space(400, 160, 240)}'
        '<w:outlineLvl w:val="0"/>',
        run(14, True, ACCENT),
    ),
    paragraph_style(
        "Heading 2",
        f'{KEEP}{space(280, 100, 240)}<w:outlineLvl w:val="1"/>',
        run(10.5, True, ACCENT),
    ),
    paragraph_style("TOC Heading", KEEP + space(400, 160), run(14, True, ACCENT)),
    paragraph_style(
        "TOC 1",
        f'<w:tabs><w:tab w:val="right" w:leader="dot" w:pos="{TEXT_WIDTH}"/></w:tabs>'
        + space(0, 100),
    ),
    paragraph_style("Caption", KEEP + space(200, 80), run(9, True)),
    paragraph_style(
        "Quote",
        '<w:keepLines/><w:pBdr><w:left w:val="single" w:sz="12" w:space="10" w:color="B9C6CD"/>'
        f'</w:pBdr>{space(80, 80)}<w:ind w:left="260"/>',
    ),
    paragraph_style("Quote Source", space(0, 60), run(8, colour=SOFT), "Quote"),
    paragraph_style("Note", space(0, 120), run(8, colour=SOFT)),
    paragraph_style("Nothing", "", run(colour=SOFT)),
    paragraph_style("Case Number", KEEP + space(320, 0), run(8, colour=SOFT)),
    paragraph_style("Case Title", KEEP + space(0, 60), "", "Heading2"),
    paragraph_style("Table Text", space(30, 30, 245), run(8.5)),
    paragraph_style("Table Figure", '<w:jc w:val="right"/>', "", "TableText"),
    paragraph_style("Table Head Text", KEEP, run(bold=True, colour=ACCENT), "TableText"),
    paragraph_style("Table Head Figure", '<w:jc w:val="right"/>', "", "TableHeadText"),
    paragraph_style("Table Group", KEEP, run(bold=True), "TableText"),
    paragraph_style("Table Total Text", "", run(bold=True), "TableText"),
    paragraph_style("Table Total Figure", '<w:jc w:val="right"/>', "", "TableTotalText"),
    paragraph_style("Table Small Text", space(10, 10, 240), run(7), "TableText"),
    paragraph_style("Table Small Figure", '<w:jc w:val="right"/>', "", "TableSmallText"),
    paragraph_style("Table Code", space(60, 240, 240), run(7, colour=SOFT, code=True)),
    paragraph_style("Fact Label", "", run(colour=SOFT), "TableText"),
    paragraph_style("Tile Label", KEEP + space(60, 0), run(8, colour=SOFT)),
    paragraph_style("Tile Value", KEEP + space(0, 0), run(14, True)),
    paragraph_style("Tile Note", space(0, 60), run(7.5, colour=SOFT)),
    paragraph_style("Bar", space(60, 60, 180), run(6)),
    paragraph_style("After Table", space(0, 0, 240), run(4)),
    paragraph_style(
        "Header",
        f'<w:tabs><w:tab w:val="right" w:pos="{TEXT_WIDTH}"/></w:tabs>{space()}',
        run(7.5, colour=SOFT),
    ),
    paragraph_style(
        "Footer",
        f'<w:tabs><w:tab w:val="right" w:pos="{TEXT_WIDTH}"/></w:tabs>{space()}',
        run(7.5, colour=SOFT),
    ),
)

TONES = {"Good": "00735F", "Watch": "8A5A00", "Bad": "9C1739", "Muted": SOFT}
CHARACTERS = tuple(
    f'<w:style w:type="character" w:styleId="{name}"><w:name w:val="{name}"/><w:qFormat/>'
    f"<w:rPr>{run(bold=name != 'Muted', colour=colour)}</w:rPr></w:style>"
    for name, colour in TONES.items()
)


def line(side: str, size: int = 4, colour: str = HAIR) -> str:
    return f'<w:{side} w:val="single" w:sz="{size}" w:space="0" w:color="{colour}"/>'


def table_style(name: str, borders: str, across: int, beyond: str = "") -> str:
    sides = "".join(f'<w:{side} w:w="{across}" w:type="dxa"/>' for side in ("left", "right"))
    return (
        f'<w:style w:type="table" w:styleId="{name.replace(" ", "")}"><w:name w:val="{name}"/>'
        f'<w:basedOn w:val="TableNormal"/><w:qFormat/><w:tblPr><w:tblBorders>{borders}'
        f"</w:tblBorders><w:tblCellMar>{sides}</w:tblCellMar></w:tblPr>{beyond}</w:style>"
    )


FIRST_ROW = (
    '<w:tblStylePr w:type="firstRow"><w:tcPr><w:tcBorders>'
    f"{line('bottom', 8, ACCENT)}</w:tcBorders></w:tcPr></w:tblStylePr>"
)
LAST_ROW = (
    '<w:tblStylePr w:type="lastRow"><w:tcPr><w:tcBorders>'
    f"{line('top', 8, ACCENT)}</w:tcBorders></w:tcPr></w:tblStylePr>"
)
BOX = "".join(line(side) for side in ("top", "left", "bottom", "right", "insideH", "insideV"))
TABLES = (
    table_style("CPSA Table", line("bottom") + line("insideH"), 80, FIRST_ROW + LAST_ROW),
    table_style("CPSA Form", BOX, 80, FIRST_ROW),
    table_style("CPSA Facts", "", 60),
    table_style(
        "CPSA Tiles",
        line("left", 12, ACCENT) + line("insideV", 12, ACCENT),
        140,
        f'<w:tcPr><w:shd w:val="clear" w:color="auto" w:fill="{PALE}"/></w:tcPr>',
    ),
    table_style("CPSA Bars", "", 60),
)

STYLES = (
    f"{HEAD}<w:styles {W}><w:docDefaults><w:rPrDefault><w:rPr>"
    f'<w:rFonts w:ascii="{LATIN}" w:hAnsi="{LATIN}" w:eastAsia="{LATIN}" w:cs="{DEVANAGARI}"/>'
    f'{run(9.5)}<w:lang w:val="en-IN" w:eastAsia="en-IN" w:bidi="hi-IN"/></w:rPr></w:rPrDefault>'
    f"<w:pPrDefault><w:pPr>{space(0, 130, 278)}</w:pPr></w:pPrDefault></w:docDefaults>"
    '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/>'
    "<w:qFormat/></w:style>"
    '<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/>'
    '<w:tblPr><w:tblInd w:w="0" w:type="dxa"/></w:tblPr></w:style>'
    f"{''.join(PARAGRAPHS + CHARACTERS + TABLES)}</w:styles>"
)

NUMBERING = (
    f'{HEAD}<w:numbering {W}><w:abstractNum w:abstractNumId="0"><w:multiLevelType '
    'w:val="singleLevel"/><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/>'
    '<w:pStyle w:val="Heading1"/><w:suff w:val="space"/><w:lvlText w:val="%1 "/><w:lvlJc '
    'w:val="left"/><w:pPr><w:ind w:left="0" w:firstLine="0"/></w:pPr></w:lvl></w:abstractNum>'
    '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
)

SETTINGS = (
    f'{HEAD}<w:settings {W}><w:zoom w:percent="100"/><w:defaultTabStop w:val="720"/><w:compat>'
    '<w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" '
    'w:val="15"/></w:compat><w:themeFontLang w:val="en-IN" w:bidi="hi-IN"/></w:settings>'
)

FONTS = (
    f"{HEAD}<w:fonts {W}>"
    + "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{others}"/><w:family w:val="swiss"/>'
        '<w:pitch w:val="variable"/></w:font>'
        for name, others in INSTEAD.items()
    )
    + "</w:fonts>"
)


def paragraph(text: str, style: str = "") -> str:
    named = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f'<w:p>{named}<w:r><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'


def cell(width: int, text: str, style: str) -> str:
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>{paragraph(text, style)}</w:tc>'
    )


LABELS = 2800
FACTS = (
    '<w:tbl><w:tblPr><w:tblStyle w:val="CPSAFacts"/>'
    f'<w:tblW w:w="{TEXT_WIDTH}" w:type="dxa"/><w:tblLayout w:type="fixed"/>'
    '<w:tblLook w:val="0000"/></w:tblPr>'
    f'<w:tblGrid><w:gridCol w:w="{LABELS}"/><w:gridCol w:w="{TEXT_WIDTH - LABELS}"/></w:tblGrid>'
    f"<w:tr>{cell(LABELS, '{%tr for fact in document.cover.facts %}', '')}"
    f"{cell(TEXT_WIDTH - LABELS, '', '')}</w:tr>"
    f"<w:tr>{cell(LABELS, '{{ fact.label }}', 'FactLabel')}"
    f"{cell(TEXT_WIDTH - LABELS, '{{ fact.value }}', 'TableText')}</w:tr>"
    f"<w:tr>{cell(LABELS, '{%tr endfor %}', '')}{cell(TEXT_WIDTH - LABELS, '', '')}</w:tr></w:tbl>"
)

PAGE = (
    '<w:sectPr><w:headerReference w:type="default" r:id="rId5"/>'
    '<w:footerReference w:type="default" r:id="rId6"/><w:pgSz w:w="11906" w:h="16838"/>'
    '<w:pgMar w:top="1361" w:right="1134" w:bottom="1134" w:left="1134" w:header="624" '
    'w:footer="567" w:gutter="0"/><w:titlePg/></w:sectPr>'
)

DOCUMENT = (
    f"{HEAD}<w:document {W} {R}><w:body>"
    + paragraph("{{ document.cover.programme }}", "CoverProgramme")
    + paragraph("{{ document.cover.kind }}", "Title")
    + paragraph("{{ document.cover.subject }}", "Subtitle")
    + paragraph("{{ document.cover.period }}", "CoverPeriod")
    + paragraph("{%p if document.cover.note %}")
    + paragraph("{{ document.cover.note }}")
    + paragraph("{%p endif %}")
    + FACTS
    + paragraph("{%p if document.cover.own_page %}")
    + '<w:p><w:r><w:br w:type="page"/></w:r></w:p>'
    + paragraph("{%p endif %}")
    + paragraph("{{p body }}")
    + f"{PAGE}</w:body></w:document>"
)

TAB = '</w:t></w:r><w:r><w:tab/></w:r><w:r><w:t xml:space="preserve">'
HEADER = (
    f"{HEAD}<w:hdr {W} {R}>"
    + paragraph(f"{{{{ document.cover.programme }}}}{TAB}{{{{ document.reference }}}}", "Header")
    + "</w:hdr>"
)
FOOTER = (
    f"{HEAD}<w:ftr {W} {R}>"
    + paragraph(f"{{{{ document.title }}}}{TAB}{{{{r pages }}}}", "Footer")
    + "</w:ftr>"
)

CORE = (
    f'{HEAD}<cp:coreProperties xmlns:cp="{PACKAGE}/metadata/core-properties" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"/>'
)

_PARTS = {
    "styles": ("styles", STYLES),
    "numbering": ("numbering", NUMBERING),
    "settings": ("settings", SETTINGS),
    "fontTable": ("fontTable", FONTS),
    "header1": ("header", HEADER),
    "footer1": ("footer", FOOTER),
}


def made() -> bytes:
    """The template's bytes, the same each time."""
    parts = {
        "[Content_Types].xml": f'{HEAD}<Types xmlns="{PACKAGE}/content-types"><Default '
        'Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/><Override '
        f'PartName="/word/document.xml" ContentType="{TYPES}.document.main+xml"/><Override '
        'PartName="/docProps/core.xml" '
        'ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>'
        + "".join(
            f'<Override PartName="/word/{name}.xml" ContentType="{TYPES}.{kind}+xml"/>'
            for name, (kind, _) in _PARTS.items()
        )
        + "</Types>",
        "_rels/.rels": related(
            ("word/document.xml", f"{RELATED}/officeDocument"),
            ("docProps/core.xml", f"{PACKAGE}/relationships/metadata/core-properties"),
        ),
        "docProps/core.xml": CORE,
        "word/document.xml": DOCUMENT,
        "word/_rels/document.xml.rels": related(
            *((f"{name}.xml", f"{RELATED}/{kind}") for name, (kind, _) in _PARTS.items())
        ),
        **{f"word/{name}.xml": content for name, (_, content) in _PARTS.items()},
    }
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            part = zipfile.ZipInfo(name)
            part.compress_type = zipfile.ZIP_DEFLATED
            package.writestr(part, content)
    return held.getvalue()


def related(*targets: tuple[str, str]) -> str:
    lines = "".join(
        f'<Relationship Id="rId{number}" Type="{kind}" Target="{target}"/>'
        for number, (target, kind) in enumerate(targets, 1)
    )
    return f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">{lines}</Relationships>'


if __name__ == "__main__":
    Path(sys.argv[1] if sys.argv[1:] else TEMPLATE).write_bytes(made())
