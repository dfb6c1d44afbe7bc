"""What holds of every page: whole links, landmarks, captions, one language, no outside, no people."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import replace

import pandas as pd
import pytest
from lxml.html import HtmlElement
from tests.pages import _Stack, foreign_words
from tests.unit.documents.sample_snapshot import with_entry
from tests.unit.online_edition.conftest import LAST, Site, pages_of, site_of
from tests.unit.online_edition.walking import broken, links

from cpsa.calendar import Quarter
from cpsa.provenance.snapshot import Snapshot

pytestmark = pytest.mark.slow

Pages = dict[str, HtmlElement]
QUARTER = Quarter.parse(LAST)


def test_every_link_leads_to_a_file_and_an_anchor(pages: Pages, site: Site) -> None:
    assert not broken(pages, site)
    assert sum(1 for path, page in pages.items() for _ in links(path, page)) > 5000


def test_every_page_is_reached_from_the_first(pages: Pages) -> None:
    seen, waiting = {"index.html"}, deque(["index.html"])
    while waiting:
        path = waiting.popleft()
        for target, _ in links(path, pages[path]):
            if target in pages and target not in seen:
                seen.add(target)
                waiting.append(target)
    assert set(pages) == seen


def test_pages_are_well_formed_with_landmarks_captions_and_scope(pages: Pages, site: Site) -> None:
    for path, page in pages.items():
        text = site[path].decode()
        stack = _Stack()
        stack.feed(re.sub(r"<(\w+)([^<>]*)/>", r"<\1\2></\1>", text))
        assert not stack.faults, (path, stack.faults)
        assert not stack.open, path
        assert text.startswith("<!doctype html>")
        assert len(page.xpath("//h1")) == len(page.xpath("//main")) == 1, path
        assert page.xpath("string(//title)").strip()
        ids = page.xpath("//@id")
        assert len(ids) == len(set(ids)), path
        assert not page.xpath("//style | //@style | //iframe | //img | //script[not(@src)]"), path
        for table in page.xpath("//table"):
            assert table.xpath("string(caption)").strip(), path
            assert all(one.get("scope") for one in table.xpath(".//th")), path
        if path != "index.html":
            assert page.xpath("//header") and page.xpath("//nav") and page.xpath("//footer"), path
            assert page.xpath("//a[@class='skip']/@href") == ["#main"]
            languages = page.xpath("//link[@rel='alternate']/@hreflang")
            assert set(languages) == {"en", "hi"}
            assert page.get("lang") == path.partition("/")[0]


def test_nothing_is_asked_of_anybody_else(site: Site) -> None:
    for path, content in site.items():
        if path.endswith((".html", ".css", ".js")):
            assert not re.search(
                rb"""(?:href|src|action)=["']?(?:\w+:)?//|@import|url\(""", content
            ), path


def test_both_languages_have_the_same_pages(site: Site) -> None:
    english, hindi = (
        {path[3:] for path in site if path.startswith(f"{language}/")} for language in ("en", "hi")
    )
    assert english == hindi


def test_hindi_pages_are_hindi(pages: Pages, programme: Snapshot) -> None:
    """Besides codes, and what is marked as another language."""
    codes = {
        *programme.agencies, *programme.registry.cluster_register.clusters, *programme.framework.by_code, *programme.framework.rules,
        *programme.actions["number"], "CSV JSON", "IA FC NIL", "Excel xlsx SUM",
    }  # fmt: skip
    for path, page in pages.items():
        if path.startswith("hi/"):
            assert not foreign_words(page, " ".join(codes)), path


def test_no_mailbox_and_no_telephone(programme: Snapshot) -> None:
    agency = next(iter(programme.agencies))
    said = "Ask Ram at ram.lal@example.org, 98930 12345 or +91-755-2551234"
    told = with_entry(programme, quarter=LAST, agency=agency, kind="challenge", text=said)
    made = site_of(told)
    for path, content in made.items():
        assert b"example.org" not in content, path
        assert b"12345" not in content or path.endswith((".json", ".csv")), path
        assert b"2551234" not in content, path
    assert "Ask Ram at […], […] or […]" in made[f"en/agencies/{agency}.html"].decode()


HOSTILE = """<script>alert(1)</script>"'><img src=x onerror=alert(1)>{{ 7*7 }}&amp;"""


def test_what_agencies_wrote_stays_text(programme: Snapshot) -> None:
    agencies = programme.registry.agencies.copy()
    agencies.loc[0, ["name_en", "name_hi", "cluster_en", "cluster_hi", "district"]] = HOSTILE
    facts = programme.facts.assign(place="=cmd|' /C calc'!A1")
    code = str(agencies.loc[0, "code"])
    hostile = replace(
        with_entry(programme, quarter=LAST, agency=code, kind="lesson", text=HOSTILE),
        registry=replace(programme.registry, agencies=agencies),
        facts=facts,
    )
    made = site_of(hostile)
    drawn = pages_of(made)
    assert not broken(drawn, made)
    for path, page in drawn.items():
        assert not page.xpath("//img | //script[not(@src)] | //@onerror"), path
    own = drawn[f"en/agencies/{code}.html"]
    assert HOSTILE in own.text_content()
    for line in made[f"data/figures-{LAST}.csv"].decode().splitlines():
        assert ",=" not in line


def test_the_same_snapshot_gives_the_same_bytes(programme: Snapshot, site: Site) -> None:
    again = site_of(replace(programme))
    assert list(again) == list(site)
    assert again == site


def test_an_agency_that_is_gone_has_no_page_but_stays_in_the_sums(programme: Snapshot) -> None:
    gone = programme.list_agencies_due(QUARTER)[0]
    agencies = programme.registry.agencies
    left = replace(
        programme,
        registry=replace(programme.registry, agencies=agencies[agencies["code"] != gone]),
    )
    made = site_of(left)
    assert not [path for path in made if gone in path]
    assert not broken(pages_of(made), made)
    assert gone in made[f"en/sources/districts/none/{LAST}.html"].decode()


def test_a_programme_in_which_nothing_was_accepted_has_its_pages(programme: Snapshot) -> None:
    states = programme.scores.assign(
        state="missing", composite=float("nan"), status="no_data", coverage=0.0
    )
    bare = replace(
        programme,
        scores=states,
        **{
            name: getattr(programme, name).iloc[:0]
            for name in ("facts", "group_scores", "findings", "entries", "actions")
        },
    )
    made = site_of(bare)
    assert not broken(pages_of(made), made)


@pytest.mark.parametrize("language", ["en", "hi"])
def test_every_figure_of_an_agency_leads_to_its_source(
    pages: Pages, programme: Snapshot, language: str
) -> None:
    for agency in programme.list_agencies_due(QUARTER):
        page = pages[f"{language}/agencies/{agency}.html"]
        tables = page.xpath(
            "//section[@aria-labelledby='figures' or @aria-labelledby='dimensions']//table"
        )
        for cell in (cell for table in tables for cell in table.xpath(".//td[@class='figure']")):
            assert cell.text_content().strip() == "–" or cell.xpath("a/@href"), agency


def test_a_figure_says_where_it_stands(pages: Pages, programme: Snapshot) -> None:
    """The cell or line, the version and the day: for every fact of a quarter."""
    facts = programme.select_rows("facts", quarter=LAST)
    facts = facts[facts["agency"].isin(programme.scores["agency"])]  # others have no page
    for agency, rows in facts.groupby("agency"):
        page = pages[f"en/sources/agencies/{agency}/{LAST}.html"]
        at = {one.get("id"): one.text_content() for one in page.xpath("//tr[@id]")}
        for row in rows.itertuples(index=False):
            anchor = f"{row.indicator}-{row.dimension}" if row.dimension else row.indicator
            assert "line 2" in at[anchor]
        assert "Version 1 of the update, received on" in page.text_content()
    assert isinstance(facts, pd.DataFrame) and len(facts) > 100
