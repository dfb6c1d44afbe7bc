"""The Word edition as Word would read it: parts parsed, styles looked up, text compared."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree
from reading import blocks, texts
from sample_snapshot import INCLUDE, REPOSITORY, TEMPLATES, sample, with_entry

from cpsa.calendar import parse_period
from cpsa.documents.content_model import Bar, Bars, Content, Mark, Series, Table, Tone, Trend
from cpsa.documents.document_key import DocumentKey
from cpsa.documents.document_registry import POLICY_ACTIONS, build_content, get_kind
from cpsa.documents.document_text import DocumentText
from cpsa.documents.render.docx import WordWriter
from cpsa.documents.render.docx_columns import PAGE_WIDTH
from cpsa.documents.render.renderer import Renderer
from cpsa.provenance.snapshot import Snapshot

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
NAMES = {"w": W[1:-1]}
HALF = "2025-26-H2"
EDITIONS = [
    ("policy_actions", HALF, "DOIC", "en"),
    ("policy_actions", HALF, "DOIC", "hi"),
    ("policy_actions", HALF, "ALL", "hi"),
    ("policy_actions", "2025-26-Q4", "ALL", "en"),
    ("policy_actions", HALF, "TECH", "hi"),
]


class Word:
    """A Word file opened: its parts, parsed strictly."""

    def __init__(self, content: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            assert package.testzip() is None
            self.dates = {part.date_time for part in package.infolist()}
            self.parts = {
                name: etree.fromstring(package.read(name))
                for name in package.namelist()
                if name.endswith((".xml", ".rels"))
            }

    def find(self, path: str, part: str = "word/document.xml") -> list:
        return self.parts[part].xpath(path, namespaces=NAMES)

    def paragraphs(self, style: str = "", part: str = "word/document.xml") -> list[str]:
        of = f"[w:pPr/w:pStyle/@w:val='{style}']" if style else ""
        return [said(one) for one in self.find(f"//w:p{of}", part)]


def said(paragraph) -> str:
    """What a paragraph says; a line's end within it is a blank."""
    told = {f"{W}t": lambda one: one.text or "", f"{W}br": lambda _: " ", f"{W}tab": lambda _: "\t"}
    return "".join(told[one.tag](one) for one in paragraph.iter(*told))


def written(snapshot: Snapshot, kind: str, period: str, subject: str, language: str) -> Content:
    return build_content(
        DocumentKey(get_kind(kind), parse_period(period), subject, language, ""), snapshot
    )


def word(renderer: Renderer, document: Content) -> Word:
    return Word(renderer.write(document, "docx"))


@pytest.mark.parametrize("edition", EDITIONS)
def test_it_says_what_the_content_says_and_no_more(
    renderer: Renderer, snapshot: Snapshot, edition: tuple[str, ...]
) -> None:
    document = written(snapshot, *edition)
    opened = word(renderer, document)
    paragraphs = opened.paragraphs()
    shown = " ".join(" ".join(paragraphs).split())
    wording = set(texts(document.wording))
    expected = set(texts(document, alternatives=False)) - wording - {document.title}
    assert len(expected) > 20
    missing = [text for text in expected if " ".join(text.split()) not in shown]
    assert not missing
    codes = [one.code for section in document.sections for one in blocks(section, Table)]
    codes = [code for code in codes if code]  # the guide's table cannot be traced
    assert opened.paragraphs("TableCode") == codes
    known = " ".join(" ".join([*texts(document), *codes]).split())
    note = DocumentText(snapshot, document.language)("in_other_language")
    extra = [
        one
        for one in paragraphs
        if " ".join(one.replace("“", "").replace("”", "").removesuffix(note).split()).split(" · ")[
            0
        ]
        not in known
    ]
    assert not extra
    assert opened.paragraphs("Heading1") == [one.title for one in document.sections]


@pytest.mark.parametrize("edition", EDITIONS)
def test_it_looks_by_styles_that_the_template_has(
    renderer: Renderer, snapshot: Snapshot, edition: tuple[str, ...]
) -> None:
    opened = word(renderer, written(snapshot, *edition))
    styles = set(opened.find("//w:style/@w:styleId", "word/styles.xml"))
    used = set(opened.find("//w:pStyle/@w:val | //w:rStyle/@w:val | //w:tblStyle/@w:val"))
    assert used <= styles
    assert not opened.find("//w:body//w:rFonts | //w:body//w:sz | //w:body//w:color")


def test_letters_of_devanagari_look_as_all_others(renderer: Renderer, snapshot: Snapshot) -> None:
    """Word keeps size, weight and language of Devanagari apart from those of Latin letters."""
    opened = word(renderer, written(snapshot, *EDITIONS[1]))
    styles = "word/styles.xml"
    for ours, theirs in (("sz", "szCs"), ("b", "bCs"), ("i", "iCs")):
        for one in opened.find(f"//w:rPr[w:{ours} or w:{theirs}]", styles):
            pair = [one.find(f"{W}{name}") for name in (ours, theirs)]
            assert None not in pair, etree.tostring(one)
            assert pair[0].attrib == pair[1].attrib
    (fonts,) = opened.find("//w:docDefaults//w:rFonts", styles)
    assert "Devanagari" in fonts.get(f"{W}cs")
    (instead,) = opened.find(
        f"//w:font[@w:name='{fonts.get(f'{W}cs')}']/w:altName/@w:val", "word/fontTable.xml"
    )
    assert instead.split(",")[:2] == ["Nirmala UI", "Mangal"]
    (language,) = opened.find("//w:docDefaults//w:lang", styles)
    assert (language.get(f"{W}val"), language.get(f"{W}bidi")) == ("hi-IN", "hi-IN")
    english = word(renderer, written(snapshot, *EDITIONS[0]))
    (language,) = english.find("//w:docDefaults//w:lang", styles)
    assert (language.get(f"{W}val"), language.get(f"{W}bidi")) == ("en-IN", "hi-IN")


def test_tables_repeat_their_heads_and_keep_their_rows_whole(
    renderer: Renderer, snapshot: Snapshot
) -> None:
    opened = word(renderer, written(snapshot, *EDITIONS[2]))
    tables = opened.find("//w:tbl[w:tblPr/w:tblStyle/@w:val='CPSATable']")
    assert len(tables) > 5
    for table in tables:
        heads = [
            row for row in table.iter(f"{W}tr") if row.find(f"{W}trPr/{W}tblHeader") is not None
        ]
        assert heads == [table.find(f"{W}tr")]
        assert all(row.find(f"{W}trPr/{W}cantSplit") is not None for row in table.iter(f"{W}tr"))
        grid = [int(one.get(f"{W}w")) for one in table.iter(f"{W}gridCol")]
        assert PAGE_WIDTH - len(grid) <= sum(grid) <= PAGE_WIDTH and min(grid) > 300
        assert all(len(row.findall(f"{W}tc")) == len(grid) for row in table.iter(f"{W}tr"))
        assert table.getnext().tag == f"{W}p", "Word joins two tables that touch"


def test_codes_are_not_cut_at_their_hyphens(renderer: Renderer, snapshot: Snapshot) -> None:
    opened = word(renderer, written(snapshot, *EDITIONS[2]))
    (several, *_) = [one for one in opened.find("//w:p[w:r/w:br]") if said(one).startswith("PA-")]
    assert all(line.startswith("PA-") for line in said(several).split(" "))


def test_pages_have_reference_and_number(renderer: Renderer, snapshot: Snapshot) -> None:
    document = written(snapshot, *EDITIONS[1])
    opened = word(renderer, document)
    assert opened.paragraphs(part="word/header1.xml") == [
        f"{document.cover.programme}\t{document.reference}"
    ]
    (footer,) = opened.paragraphs(part="word/footer1.xml")
    told = document.wording.page.format(page=1, pages=1)
    assert footer == f"{document.title}\t{told}"
    assert opened.find("//w:fldSimple/@w:instr", "word/footer1.xml") == ["PAGE", "NUMPAGES"]
    about = "".join(opened.parts["docProps/core.xml"].itertext())
    for fact in (document.title, document.reference, document.date, "hi-IN"):
        assert fact in about


def test_sections_are_numbered_but_for_the_letter(renderer: Renderer, snapshot: Snapshot) -> None:
    opened = word(renderer, written(snapshot, *EDITIONS[0]))
    heads = opened.find("//w:p[w:pPr/w:pStyle/@w:val='Heading1']")
    bare = [said(one) for one in heads if one.find(f"{W}pPr/{W}numPr") is not None]
    assert bare == ["Covering letter", "How to read this document"]
    assert opened.find("//w:style[@w:styleId='Heading1']//w:numId", "word/styles.xml")


NASTY = (
    '{{ 7*7 }} {% for x in y %} {_{ z }_} {# no #} {{r q }} </w:t></w:r></w:p><w:p/> &lt; & "x" '
    "<script>alert(1)</script> ]]> &#123; = Head \U0001f600 தமிழ்"
)
UNFIT = "a\x00b\x0bc\x0cd\x1be\ufffef\ud800g"  # what XML cannot hold


def test_what_an_agency_writes_stays_text(renderer: Renderer, snapshot: Snapshot) -> None:
    held = with_entry(
        snapshot, agency="FC-BHO", quarter="2025-26-Q4", kind="policy_support", theme="LAND",
        department="REV", text=NASTY, request=UNFIT, urgency="high", scheme="",
    )  # fmt: skip
    for subject in ("REV", "ALL"):
        opened = word(renderer, written(held, "policy_actions", HALF, subject, "hi"))
        assert any(NASTY in one for one in opened.paragraphs())
    opened = word(renderer, written(held, "policy_actions", HALF, "REV", "hi"))
    assert "ab c defg" in opened.paragraphs()


@pytest.mark.parametrize("text", ["x" * 3000, "क्" * 400, "a\nb\n\n\tc", ""])
def test_no_text_stops_a_document(renderer: Renderer, snapshot: Snapshot, text: str) -> None:
    held = with_entry(
        snapshot, agency="FC-BHO", quarter="2025-26-Q4", kind="policy_support", theme="LAND",
        department="REV", text=text, request=text, urgency="high", scheme=text,
    )  # fmt: skip
    for subject in ("REV", "ALL"):
        assert word(renderer, written(held, "policy_actions", HALF, subject, "hi")).paragraphs()


def test_charts_and_contents_are_told_too(renderer: Renderer, snapshot: Snapshot) -> None:
    document = written(snapshot, *EDITIONS[0])
    bars = Bars("Shares", "Two shares", (Bar("A", "25 %", 0.25, Tone.GOOD), Bar("B", "–", None)))
    trend = Trend(
        "Over time", "It rose", ("Q1", "Q2"), (Series("Rate", (0.5, 1.0), ("50 %", "100 %")),),
        (Mark(1.0, "all"),),
    )  # fmt: skip
    first = replace(document.sections[1], blocks=(bars, trend))
    opened = word(renderer, replace(document, sections=(first,), contents=True))
    rows = [[said(cell) for cell in row.iter(f"{W}tc")] for row in opened.find("//w:tr")]
    for row in (["A", "", "25 %"], ["B", "", "–"], ["", "Q1", "Q2"], ["Rate", "50 %", "100 %"]):
        assert row in rows
    assert opened.find("//w:tblDescription/@w:val") == ["Two shares", "It rose"]
    shaded = opened.find("//w:p[w:pPr/w:shd]/w:pPr/w:ind/@w:right")
    assert len(shaded) == 1 and int(shaded[0]) > 0
    anchors = set(opened.find("//w:hyperlink/@w:anchor"))
    assert anchors == set(opened.find("//w:bookmarkStart/@w:name")) == {"section-1"}


BUILD = f"""
import hashlib, sys
sys.path[:0] = [{str(Path(__file__).parent)!r}, {str(INCLUDE)!r}]
from sample_snapshot import TEMPLATES, sample
from cpsa.calendar import parse_period
from cpsa.documents.document_key import DocumentKey
from cpsa.documents.document_registry import POLICY_ACTIONS
from cpsa.documents.render.renderer import Renderer
renderer = Renderer(TEMPLATES)
for format in ("docx", "xlsx"):
    key = DocumentKey(POLICY_ACTIONS, parse_period("{HALF}"), "DOIC", "hi", format)
    print(hashlib.sha256(renderer.render(key, sample())).hexdigest())
"""


def test_another_process_makes_the_same_bytes(renderer: Renderer) -> None:
    """Whatever the hash seed, the time zone, and what the process made before."""
    key = DocumentKey(POLICY_ACTIONS, parse_period(HALF), "DOIC", "hi", "docx")
    renderer.render(replace(key, subject="ALL"), sample())
    ours = [renderer.render(key.with_format(format), sample()) for format in ("docx", "xlsx")]
    theirs = subprocess.run(
        [sys.executable, "-c", BUILD],
        env={**os.environ, "PYTHONHASHSEED": "7", "TZ": "Pacific/Kiritimati"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert theirs.stdout.split() == [hashlib.sha256(one).hexdigest() for one in ours]
    assert Word(ours[0]).dates == {(1980, 1, 1, 0, 0, 0)}


def test_a_template_begun_anew_serves_as_well(
    renderer: Renderer, snapshot: Snapshot, tmp_path: Path
) -> None:
    """The committed one may have been restyled in Word since; the script still makes a whole one."""
    spec = importlib.util.spec_from_file_location(
        "make_word_template", REPOSITORY / "docs" / "make_word_template.py"
    )
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    (tmp_path / "template.docx").write_bytes(script.made())
    blocks = TEMPLATES / "word" / "blocks.xml.j2"
    (tmp_path / blocks.name).write_text(blocks.read_text("utf-8"), "utf-8")
    document = written(snapshot, *EDITIONS[1])
    fresh = Word(WordWriter(tmp_path).write(document))
    assert fresh.paragraphs() == word(renderer, document).paragraphs()
    assert fresh.paragraphs("Title") == [document.cover.kind]
