"""The end of a page on the web: every figure leads to where it comes from, and sums add up there."""

from __future__ import annotations

import re

import pytest
from lxml import html
from sample_snapshot import with_entry

from cpsa.calendar import parse_period
from cpsa.documents.document_key import DocumentKey
from cpsa.documents.document_registry import LEARNING, get_kind
from cpsa.documents.render.renderer import Renderer
from cpsa.documents.sources import source_needs
from cpsa.figures import NO_FIGURE
from cpsa.provenance.snapshot import Snapshot

LEARNING_OF_HALF = ("learning", "2025-26-H2", "STATE")


def page(renderer: Renderer, snapshot: Snapshot, kind: str, period: str, subject: str, lang="en"):
    key = DocumentKey(get_kind(kind), parse_period(period), subject, lang, "html")
    return html.document_fromstring(renderer.render(key, snapshot).decode("utf-8"))


@pytest.fixture(scope="module")
def learning(renderer: Renderer, snapshot: Snapshot):
    return page(renderer, snapshot, *LEARNING_OF_HALF)


def number(text: str) -> float:
    return float(re.sub(r"[^\d.-]", "", text) or 0)


def test_every_figure_of_a_table_leads_somewhere_in_the_page(learning) -> None:
    there = set(learning.xpath("//@id"))
    figures = learning.xpath("//section[@id!='sources']//td[@class='figure']")
    texts = [(one, one.text_content().split() or [""]) for one in figures]
    printed = [one for one, words in texts if words[0] not in ("", NO_FIGURE, "0")]
    assert len(printed) > 1500
    for one in printed:
        (link,) = one.xpath(".//a/@href") or [None]
        assert link and link[1:] in there, html.tostring(one.getparent(), encoding="unicode")
    assert not learning.xpath("//script|//iframe|//@onclick|//@src")


def test_a_figure_of_one_quarter_leads_to_its_cell_with_sheet_or_line(learning) -> None:
    (figure, *_) = learning.xpath("//section[@id='annex-figures']//tr/td[3][a]")
    (target,) = learning.xpath(f"//*[@id='{figure.xpath('.//a/@href')[0][1:]}']")
    assert target.text == figure.text_content() != ""
    assert target.findtext("small") == "line 2"
    agency, _, quarter = target.get("id").split(".")
    table = target.xpath("ancestor::table")[0]
    place = list(target.getparent()).index(target)
    assert table.xpath(".//thead//th")[place].text_content() == quarter
    (update,) = learning.xpath(f"//tr[@id='{agency}.{quarter}']")
    shown = update.text_content()
    assert "Version 1, received on" in shown and "checks passed" in shown


def test_sums_over_agencies_list_what_they_sum_and_add_up(learning) -> None:
    bodies = learning.xpath("//section[@id='sources']//tbody[starts-with(@id, 'all.')]")
    assert len(bodies) > 40
    for body in bodies:
        rows = [[td.text_content() for td in tr.findall("td")] for tr in body.findall("tr")]
        parts, total = [row for row in rows if row and row[0] != "Sum"], rows[-1]
        assert total[0] == "Sum" and parts
        for place in range(1, len(total)):
            assert sum(number(row[place]) for row in parts) == pytest.approx(number(total[place]))
    # Each part leads to the agency's own quarters, which come to it.
    (part,) = learning.xpath("(//tbody[@id='all.OP2']/tr/td/a)[1]")
    (row,) = learning.xpath(f"//tr[@id='{part.get('href')[1:]}']")
    texts = [td.text or "" for td in row.findall("td")]
    assert part.text in texts


def test_agencies_rows_by_quarter_come_to_their_sums(learning) -> None:
    (row,) = learning.xpath("//tr[@id='IA-BPENG.OP2']")
    heads = [th.text_content() for th in row.xpath("ancestor::table//thead//th")]
    cells = {head: number(td.text or "") for head, td in zip(heads, row, strict=True)}
    quarters = [
        head for head in heads if "-Q" in head and not head.startswith("From the beginning")
    ]
    assert cells["From the beginning to 2025-26-Q4"] == sum(cells[one] for one in quarters) == 673
    assert cells["2025-26-H2"] == cells.get("2025-26-Q3", 0) + cells["2025-26-Q4"]


def test_a_score_says_how_it_is_made(renderer: Renderer, snapshot: Snapshot) -> None:
    update = page(renderer, snapshot, "quarterly_update", "2025-26-Q4", "STATE")
    row = next(
        tr for tr in update.xpath("//section[@id='agencies-ia']//tr") if tr[0].text == "IA-BPENG"
    )
    (link,) = row[3].xpath(".//a")
    (body,) = update.xpath(f"//*[@id='{link.get('href')[1:]}']")
    title = body.xpath(".//th")[0].text_content()
    assert f"composite score {link.text}" in title
    weights, scores = [], []
    for tr in body.xpath("./tr[td]"):
        cells = [td.text_content() for td in tr]
        made = [one.split(" × ") for one in cells[3].split("; ") if " × " in one]
        if made:
            achieved = [(float(a.split()[1]), float(w)) for a, w in made]
            mean = sum(a * w for a, w in achieved) / sum(w for _, w in achieved)
            assert mean == pytest.approx(float(cells[2]), abs=2e-4)
        if cells[1].endswith("%"):
            weights.append(number(cells[1]))
            scores.append(float(cells[2]))
    mean = sum(s * w for s, w in zip(scores, weights, strict=True)) / sum(weights)
    assert mean == pytest.approx(float(link.text), abs=1e-4)


def test_counts_lead_to_the_rows_that_were_counted(learning) -> None:
    rows = learning.xpath("//section[@id='quality']//tr[td]")
    counted = 0
    for tr in rows:
        for link in tr.xpath("td[@class='figure']/a"):
            if link.get("href").startswith("#rows."):
                (body,) = learning.xpath(f"//tbody[@id='{link.get('href')[1:]}']")
                found = [[td.text_content() for td in one] for one in body.xpath("tr[td]")]
                rules = {cells[2] for cells in found}
                assert rules == {tr[0].text_content()}
                agencies = {cells[0] for cells in found}
                explained = [cells for cells in found if cells[5] not in ("", NO_FIGURE)]
                assert int(link.text) in (len(found), len(agencies), len(explained))
                counted += 1
    assert counted > 10


def test_the_evidence_of_an_action_leads_to_the_figures(
    renderer: Renderer, snapshot: Snapshot
) -> None:
    asked = with_entry(
        snapshot, agency="IA-BPENG", quarter="2025-26-Q4", kind="policy_support", theme="SKILL",
        department="SDE", text="A hall is needed", request="Give one", urgency="high", scheme="",
    )  # fmt: skip
    department = asked.actions["department"].iloc[-1]
    known = department if department in snapshot.reference.departments else "DOIC"
    shown = page(renderer, asked, "policy_actions", "2025-26-H2", known)
    links = shown.xpath("//article[@class='case']//dd/a")
    assert links
    for one in links:
        assert shown.xpath(f"//*[@id='{one.get('href')[1:]}']"), one.get("href")


def test_findings_stand_with_what_the_agency_said(renderer: Renderer, snapshot: Snapshot) -> None:
    shown = page(renderer, snapshot, "quarterly_update", "2025-26-Q4", "FC-MOR", "hi")
    texts = [caption.text for caption in shown.xpath("//section[@id='sources']//caption")]
    assert "जाँच के निष्कर्ष, और एजेंसी का स्पष्टीकरण" in texts
    assert not [text for text in texts if text and re.search("[A-Za-z]", text)]


def test_a_page_that_would_be_too_large_says_so(
    renderer: Renderer, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source_needs, "MAX_FIGURES", 1000)
    shown = page(renderer, snapshot, *LEARNING_OF_HALF)
    (note,) = shown.xpath("//section[@id='sources']/details/p")
    assert "more figures than one page can show" in note.text
    there = set(shown.xpath("//@id"))
    assert {one[1:] for one in shown.xpath("//a/@href")} <= there
    assert not shown.xpath("//tbody[starts-with(@id, 'all.')]")


def test_a_page_with_its_sources_is_small_enough_to_be_mailed(
    renderer: Renderer, snapshot: Snapshot
) -> None:
    for language in ("en", "hi"):
        key = DocumentKey(LEARNING, parse_period("2025-26"), "STATE", language, "html")
        assert len(renderer.render(key, snapshot)) < 3_000_000
