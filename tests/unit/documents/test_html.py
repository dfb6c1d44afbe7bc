"""The page as a browser would read it: parsed, not searched as text."""

from __future__ import annotations

import pytest
from lxml import html
from sample_snapshot import with_entry

from cpsa.calendar import parse_period
from cpsa.documents.document_key import DocumentKey
from cpsa.documents.document_registry import (
    POLICY_ACTIONS,
    QUARTERLY_UPDATE,
    build_content,
    get_kind,
)
from cpsa.documents.render.renderer import Renderer
from cpsa.provenance.snapshot import Snapshot

EVIL = '<script>alert("x")</script> <img src=x onerror=y> {{ 7*7 }} #read("/etc/passwd") & $x$'


def page(renderer: Renderer, snapshot: Snapshot, kind: str, period: str, subject: str, lang: str):
    key = DocumentKey(get_kind(kind), parse_period(period), subject, lang, "html")
    return html.document_fromstring(renderer.render(key, snapshot).decode("utf-8"))


@pytest.fixture
def evil(snapshot: Snapshot) -> Snapshot:
    return with_entry(
        snapshot, agency="FC-BHO", quarter="2025-26-Q4", kind="policy_support", theme="LAND",
        department="REV", text=EVIL, request=EVIL, urgency="high", scheme=EVIL,
    )  # fmt: skip


DOCUMENTS = [
    ("quarterly_update", "2025-26-Q4", "IA-BPENG"),
    ("quarterly_update", "2025-26-Q4", "STATE"),
    ("policy_actions", "2025-26-H2", "BANKS"),
    ("policy_actions", "2025-26-H2", "ALL"),
    ("learning", "2025-26-H2", "STATE"),
]


@pytest.mark.parametrize(("kind", "period", "subject"), DOCUMENTS)
@pytest.mark.parametrize("language", ["en", "hi"])
def test_the_page_is_whole_and_asks_nobody(
    renderer: Renderer, snapshot: Snapshot, kind: str, period: str, subject: str, language: str
) -> None:
    document = page(renderer, snapshot, kind, period, subject, language)
    assert document.get("lang") == language
    assert document.findtext(".//title")
    assert len(document.findall(".//style")) == 1
    style = document.findtext(".//style")
    assert "url(" not in style and "@import" not in style
    for element in document.iter():
        assert element.tag not in ("script", "link", "img", "iframe", "object")
        assert "src" not in element.attrib and "style" not in element.attrib
        assert element.get("href", "#").startswith("#")


@pytest.mark.parametrize(("kind", "period", "subject"), DOCUMENTS)
def test_no_section_is_empty_and_no_link_leads_nowhere(
    renderer: Renderer, snapshot: Snapshot, kind: str, period: str, subject: str
) -> None:
    document = page(renderer, snapshot, kind, period, subject, "hi")
    assert document.xpath("//section/@id")
    ids = document.xpath("//@id")
    assert len(ids) == len(set(ids))
    for section in document.xpath("//section"):
        told = [part for part in section if part.tag != "h2" and part.text_content().strip()]
        assert told, section.get("id")
    assert {link.get("href") for link in document.xpath("//a")} <= {f"#{id}" for id in ids}


def test_the_page_says_what_the_content_says(renderer: Renderer, snapshot: Snapshot) -> None:
    key = DocumentKey(QUARTERLY_UPDATE, parse_period("2025-26-Q4"), "IA-BPENG", "en", "html")
    document = page(renderer, snapshot, "quarterly_update", "2025-26-Q4", "IA-BPENG", "en")
    said = build_content(key, snapshot)
    titles = [h2.text for h2 in document.xpath("//h2")]
    assert titles == [*(one.title for one in said.sections), "Sources"]
    row = next(tr for tr in document.xpath("//section[@id='figures']//tr") if tr[0].text == "OP2")
    assert [td.text_content() for td in row][:4] == ["OP2", "Trainees", "264*", "673*"]
    assert [td.findtext(".//sup") for td in row][:4] == [None, None, "*", "*"]
    assert document.xpath("//svg[@role='img']/@aria-label")


def test_what_an_agency_writes_stays_text(renderer: Renderer, evil: Snapshot) -> None:
    document = page(renderer, evil, "policy_actions", "2025-26-H2", "REV", "hi")
    (quote,) = [one for one in document.xpath("//blockquote") if "passwd" in one.text_content()]
    words, note = quote  # an English text in a Hindi document
    assert words.text == EVIL and len(words) == 0 and note.text == "(अंग्रेज़ी में)"
    assert not document.xpath("//script|//img")
    assert document.xpath("//dd[@class='own_words']/span/text()") == [EVIL, EVIL]


def test_another_snapshot_gives_another_page(
    renderer: Renderer, snapshot: Snapshot, evil: Snapshot
) -> None:
    key = DocumentKey(POLICY_ACTIONS, parse_period("2025-26-H2"), "REV", "en", "html")
    pages = [renderer.render(key, one) for one in (snapshot, evil, snapshot)]
    assert pages[0] == pages[2] != pages[1]
