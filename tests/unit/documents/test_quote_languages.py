"""What agencies wrote in the other language is tagged and says so; nothing else is."""

from __future__ import annotations

import io

import paper
import pikepdf
import pytest
from lxml import html
from sample_snapshot import with_entry

from cpsa.calendar import parse_period
from cpsa.documents.content_model import Case, Cell, Content, Quotes, Table
from cpsa.documents.document_key import DocumentKey
from cpsa.documents.document_registry import POLICY_ACTIONS, build_content
from cpsa.documents.quote_languages import find_language
from cpsa.documents.render.renderer import Renderer
from cpsa.provenance.snapshot import Snapshot

HALF = parse_period("2025-26-H2")
NOTES = {"en": "(in Hindi)", "hi": "(अंग्रेज़ी में)"}
OTHER = {"en": "hi", "hi": "en"}


def write(snapshot: Snapshot, language: str) -> Content:
    return build_content(DocumentKey(POLICY_ACTIONS, HALF, "DOIC", language, "pdf"), snapshot)


def list_cells(content: Content) -> list[Cell]:
    tables = [block for one in content.sections for block in one.blocks if isinstance(block, Table)]
    return [cell for table in tables for body in table.bodies for row in body.rows for cell in row]


@pytest.mark.parametrize("language", ["en", "hi"])
def test_each_text_in_the_other_language_is_marked(snapshot: Snapshot, language: str) -> None:
    content = write(snapshot, language)
    cells = [cell for cell in list_cells(content) if cell.kind == "own_words"]
    cases = [block for one in content.sections for block in one.blocks if isinstance(block, Case)]
    marked = [*cells, *(case.quote for case in cases)]
    for item in marked:
        is_other = find_language(item.text) == OTHER[language]
        assert (item.other_language is not None) == is_other, item.text
        assert item.other_language is None or item.other_language.note == NOTES[language]
    assert any(item.other_language for item in marked)
    assert not all(item.other_language for item in marked)
    assert not [
        cell for cell in list_cells(content) if cell.kind != "own_words" and cell.other_language
    ]


def test_learning_documents_mark_quotes(write: object, snapshot: Snapshot) -> None:
    content = write("learning", "2025-26-H2", "STATE", "en")  # type: ignore[operator]
    blocks = [
        block for one in content.sections for block in one.blocks if isinstance(block, Quotes)
    ]
    quotes = [quote for block in blocks for quote in block.quotes]
    assert {quote.other_language.code for quote in quotes if quote.other_language} == {"hi"}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("बिजली बार-बार जाती है और भट्ठियाँ ठंडी पड़ती हैं", "hi"),
        ("जीएसटी पंजीयन के लिए GST portal की सहायता दें", "hi"),
        ("Sanction a feeder for the units of औद्योगिक क्षेत्र", "en"),
        ("MSE-CDP", ""),
        ("CFC/INDPH/INPRINCIPLE/2025", ""),
        ("₹ 1,25,000", ""),
        ("", ""),
    ],
)
def test_a_language_is_seen_by_its_script(text: str, language: str) -> None:
    assert find_language(text) == language


@pytest.mark.parametrize("language", ["en", "hi"])
def test_formats_show_it(renderer: Renderer, snapshot: Snapshot, language: str) -> None:
    content = write(snapshot, language)
    page = html.fromstring(renderer.write(content, "html"))
    tagged = page.xpath(f"//span[@lang='{OTHER[language]}']")
    assert tagged and all(NOTES[language] in one.getparent().text_content() for one in tagged)
    pdf = renderer.write(content, "pdf")
    assert NOTES[language] in paper.text(pdf)
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        languages = {
            str(element.get("/Lang"))
            for element in opened.objects
            if isinstance(element, pikepdf.Dictionary) and "/Lang" in element
        }
        marks = b"".join(page.obj.Contents.read_bytes() for page in opened.pages)
    assert f"{OTHER[language]}-IN" in languages or f"/Lang({OTHER[language]}".encode() in marks


def test_what_is_in_the_language_of_the_document_has_no_note(snapshot: Snapshot) -> None:
    alone = with_entry(
        snapshot, agency="FC-BHO", quarter="2025-26-Q4", kind="policy_support", theme="LAND",
        department="TECH", text="Offer a course in design to the members.", request="Open it in June.",
        urgency="high", scheme="",
    )  # fmt: skip
    key = DocumentKey(POLICY_ACTIONS, HALF, "TECH", "en", "pdf")
    written = [
        cell for cell in list_cells(build_content(key, alone)) if cell.text == "Open it in June."
    ]
    assert written and not any(cell.other_language for cell in written)
