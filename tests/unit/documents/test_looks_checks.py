"""What looks at the documents finds what is wrong: each check, on a small document made to fail it."""

from __future__ import annotations

import io
import shutil
from dataclasses import replace
from pathlib import Path

import page_faults
import paper
import pikepdf
import pytest
import tagged
import typst
import word_faults
from programmes_shown import Shown

from cpsa.calendar import parse_period
from cpsa.documents.content_model import (
    Cell,
    Column,
    Content,
    Paragraph,
    Rows,
    Section,
    Subheading,
    Table,
)
from cpsa.documents.document_registry import POLICY_ACTIONS, QUARTERLY_UPDATE
from cpsa.documents.render.pdf import list_bundled_fonts
from cpsa.documents.render.renderer import Renderer

pytestmark = pytest.mark.skipif(not shutil.which("pdftoppm"), reason="poppler is not installed")

SHOWN = Shown("nobody", POLICY_ACTIONS, parse_period("2024-25-Q3"), "REV", "hi")
TABLE = Table("Rates", (Column("Quarter"),), (Rows(((Cell("Q1"),),)),))
SETTINGS = """
#set document(title: "Small", date: datetime(year: 2026, month: 1, day: 1))
#set page(paper: "a4", margin: (x: 20mm, y: 22mm))
#set text(font: "Noto Sans", size: 9.5pt, lang: "en", region: "IN")
= Begin
"""


@pytest.fixture(scope="module")
def small() -> Content:
    """A content with a section, a caption and a table, to be broken."""
    content = SHOWN.content
    section = Section("one", "Begin", (Paragraph("Something."), TABLE))
    return replace(
        content, sections=(section,), cover=replace(content.cover, own_page=False), language="en"
    )


def printed(tmp_path: Path, source: str) -> bytes:
    file = tmp_path / "small.typ"
    file.write_text(SETTINGS + source, "utf-8")
    pdf = typst.compile(
        file,
        font_paths=list(list_bundled_fonts()),
        ignore_system_fonts=True,
        pdf_standards=["ua-1"],
    )
    assert isinstance(pdf, bytes)
    return pdf


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("Sound. " * 900, None),
        ("#move(dx: 165mm)[outside] #v(30mm) text", "beside the text"),
        ("#place(top, dy: -20mm)[above] #v(30mm) text", "above or below"),
        ("#place(dx: 165mm, rect(width: 30mm, height: 9mm, fill: black)) text", "ink right of"),
        ("#place[one upon another] another upon one", "lie over one another"),
        ("text #v(1fr)\n== Alone\n#pagebreak() text", "announces what is on the next page"),
        ("text #v(1fr) Rates #pagebreak() text", "is above what is on the next page"),
        ("#pagebreak() few words #pagebreak() text", "nearly blank"),
    ],
)
def test_pages(tmp_path: Path, small: Content, source: str, found: str | None) -> None:
    pdf = printed(tmp_path, source)
    faults = page_faults.of(small, paper.read(pdf), tagged.Tagged(pdf).ends())
    assert [fault for fault in faults if found and found in fault] or (faults == [] and not found)


@pytest.mark.parametrize(
    ("blocks", "found"),
    [
        ((), "is empty"),
        ((Subheading("One"), Subheading("Two"), Paragraph("x")), "nothing stands under 'One'"),
        ((Paragraph("x"), Subheading("Last")), "nothing stands under 'Last'"),
        ((replace(TABLE, bodies=()),), "a table with nothing in it"),
    ],
)
def test_sections(small: Content, blocks: tuple, found: str) -> None:
    broken = replace(small, sections=(Section("one", "Begin", blocks),))
    assert any(found in fault for fault in page_faults.empty_sections(broken))


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ("\u25ccि", "dotted circles"),
        ("\ufffd", "replacement characters"),
        ("{number} में से", "'{number}' is no word"),
        ("स्थिति on_track", "'on_track' is no word"),
        ("documents.contents", "the key 'documents.contents' is printed"),
        ("स्थिति Accepted", "'Accepted' is English"),
        ("CPSA/2024-25-Q3/PAC/REV IA-INDPH 3F7KQ2-04 Q3", None),
    ],
)
def test_words(told: str, found: str | None) -> None:
    faults = word_faults.of(SHOWN.content, told, SHOWN.snapshot)
    assert any(found in fault for fault in faults) if found else faults == []


def test_a_code_in_place_of_its_name(small: Content) -> None:
    broken = replace(small, sections=(Section("one", "Begin", (Paragraph("no_data"),)),))
    faults = word_faults.of(broken, "", SHOWN.snapshot)
    assert "the code 'no_data' is printed instead of its name" in faults


def test_words_that_are_not_whole() -> None:
    expected = word_faults.hindi_words(SHOWN.content)
    assert len(expected) > 50
    assert expected - word_faults.words_of(" ".join(expected)) == set()
    assert expected - word_faults.words_of("अज्ञातशब्द") == expected


def _break(pdf: pikepdf.Pdf, what: str) -> None:
    root, page = pdf.Root, pdf.pages[-1]
    tree = [element for _, element in tagged.elements_of(root.StructTreeRoot.K)]
    of = {role: [one for one in tree if role == one.S] for role in ("/TH", "/H1", "/Figure", "/TD")}
    fonts = [it for it in pdf.objects if isinstance(it, pikepdf.Dictionary) and "/BaseFont" in it]
    match what:
        case "metadata":
            del root.Metadata
        case "intent":
            del root.OutputIntents
        case "script":
            root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
        case "unicode":
            del next(font for font in fonts if "/ToUnicode" in font)["/ToUnicode"]
        case "embedded":
            font = next(font for font in fonts if "/FontDescriptor" in font)
            del font.FontDescriptor["/FontFile2"]
        case "language":
            del root.Lang
        case "title":
            root.ViewerPreferences.DisplayDocTitle = False
        case "bookmarks":
            del root.Outlines
        case "order":
            del page.obj["/Tabs"]
        case "unmarked":
            page.contents_add(b"0 0 9 9 re f")
        case "scope":
            of["/TH"][0].A = pikepdf.Dictionary(O=pikepdf.Name.Table)
        case "head":
            of["/TH"][0].S = pikepdf.Name.TD
        case "alternative":
            of["/Figure"][0].Alt = "chart"
        case "headings":
            of["/H1"][1].S = pikepdf.Name.H3
        case "role":
            of["/TD"][0].S = pikepdf.Name.Cell


@pytest.mark.parametrize(
    ("what", "found"),
    [
        ("nothing", None),
        ("metadata", "does not declare PDF/UA-1"),
        ("intent", "no output intent"),
        ("script", "holds /OpenAction"),
        ("unicode", "which characters"),
        ("embedded", "is not embedded"),
        ("language", "in the language"),
        ("title", "its file name"),
        ("bookmarks", "no bookmarks"),
        ("order", "order of its structure"),
        ("unmarked", "outside any mark"),
        ("scope", "for what it stands"),
        ("head", "a cell that is no head"),
        ("alternative", "says only 'chart'"),
        ("headings", "level 1 to one of level 3"),
        ("role", "no role a reader knows"),
    ],
)
def test_tags(renderer: Renderer, what: str, found: str | None) -> None:
    one = Shown("sample", QUARTERLY_UPDATE, parse_period("2025-26-Q4"), "STATE", "en")
    changed = io.BytesIO()
    with pikepdf.open(io.BytesIO(renderer.write(one.content, "pdf"))) as pdf:
        _break(pdf, what)
        pdf.save(changed)
    faults = tagged.faults(changed.getvalue())
    assert any(found in fault for fault in faults) if found else faults == []
