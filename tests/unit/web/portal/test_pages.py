"""What the pages say: in the agency's language, what to do next, and answers to warnings."""

from __future__ import annotations

import re

import pytest
from tests.factories import INCLUDE
from tests.pages import foreign_words, parsed
from tests.unit.web.portal.conftest import ENGLISH, HINDI, QUARTER, Site, Visitor, good

from cpsa.i18n import catalogue
from cpsa.services.quarter.agency_quarter import load_agency_quarter

TEMPLATES = INCLUDE / "templates" / "portal"
# Ends of file names, units and names of things that have no Hindi.
KNOWN = "xlsx xls ods csv MB SHA FC TWO lakh crore"


@pytest.fixture
def in_doubt(site: Site) -> Visitor:
    """An agency whose accepted update raises a question: OP1 above zero, OP2 zero."""
    visitor = site.visitor()
    visitor.send(good({"OP1": "2"}))
    return visitor


def test_warnings_are_explained_on_the_page(in_doubt: Visitor, site: Site) -> None:
    page = in_doubt.get()
    (box,) = page.xpath("//textarea[@name='why.Q01.OP2.']")
    assert page.xpath(f"string(//*[@id='{box.get('aria-describedby')}'])")
    page = in_doubt.follow(in_doubt.post("explain", data={"why.Q01.OP2.": "वर्षा <b> ने रोका"}))
    assert "We have recorded your explanations" in page.xpath("string(//*[@id='said'])")
    assert "Your explanation: वर्षा <b> ने रोका" in page.text_content()
    assert not page.xpath("//textarea[@name='why.Q01.OP2.']")
    account = load_agency_quarter(site.office, ENGLISH, QUARTER)
    assert "Q01" not in {one.rule for one in account.open_warnings}


def test_an_explanation_that_is_blank_or_too_long_is_told_at_its_box(in_doubt: Visitor) -> None:
    answer = in_doubt.post("explain", data={"why.Q01.OP2.": "  "})
    assert answer.status_code == 422
    assert "#warnings" in parsed(answer.text).xpath("//div[@id='summary']//@href")
    answer = in_doubt.post("explain", data={"why.Q01.OP2.": "x" * 2001})
    assert answer.status_code == 422
    page = parsed(answer.text)
    assert page.xpath("//div[@id='summary']//@href") == ["#why.Q01.OP2."]
    assert page.xpath("string(//textarea[@name='why.Q01.OP2.'])").strip() == "x" * 2001


@pytest.mark.parametrize("name", ["why.Q02.OP9.", "why.V01.OP2.", "why...", "why.a.b.c"])
def test_a_warning_that_is_not_there_cannot_be_explained(in_doubt: Visitor, name: str) -> None:
    answer = in_doubt.post("explain", data={name: "because"})
    assert answer.status_code == 409
    parsed(answer.text)


def test_the_agencys_language_is_the_first_and_the_other_one_click_away(site: Site) -> None:
    visitor = site.visitor(HINDI)
    page = visitor.get()
    assert page.get("lang") == "hi"
    (switch,) = page.xpath("//p[@class='switch']/a")
    assert (switch.get("lang"), switch.text_content()) == ("en", "Read in English")
    english = parsed(visitor.client.get(switch.get("href")).text)
    assert english.get("lang") == "en"
    forward = english.xpath("//form/@action | //a[contains(@href, '/u/')]/@href")
    ours = [one for one in forward if "#" not in one and one != visitor.address()]
    assert len(ours) >= 3
    assert all("lang=en" in one for one in ours)
    assert visitor.get(lang="<x>").get("lang") == "hi"


def test_hindi_pages_are_in_hindi(site: Site) -> None:
    """Whatever the state of the update: no English besides codes, addresses and file names."""
    visitor = site.visitor(HINDI)
    states = [
        good({"FA1": "कुछ"}, HINDI),
        b"no header",
        good({}, ENGLISH),
        good({"FW1": "5", "FW2": "0"}, HINDI),
    ]
    pages = [visitor.get(), visitor.get("fill")]
    codes = " ".join(one.code for one in site.office.load_framework(QUARTER).indicators)
    known = (
        f"{KNOWN} {codes} Agency FC-TWO IA-ONE Q example org cpsa update agency quarter indicator"
    )
    known += " dimension value note UTF CSV no header"
    for version, content in enumerate(states, 1):
        pages.append(visitor.follow(visitor.send(content)))
        pages += [visitor.get(), visitor.get("receipt", version), visitor.get("fill")]
    for received in load_agency_quarter(site.office, HINDI, QUARTER).submissions:
        known += f" {received.receipt} {received.sha256}"
    for page in pages:
        assert not foreign_words(page, known)


def test_every_text_of_a_template_is_there_and_every_text_is_in_one() -> None:
    written = "\n".join(file.read_text("utf-8") for file in TEMPLATES.glob("*.j2"))
    named = set(re.findall(r"t(?:\.in_other)?\(\"([a-z_.]+)\"", written))
    assert len(named) > 70
    assert named <= set(catalogue.load_catalogue())


def test_no_template_and_no_style_asks_another_server() -> None:
    for file in TEMPLATES.iterdir():
        text = file.read_text("utf-8")
        assert not re.search(r"https?:|//[a-z]|@import|url\(", text), file.name
        assert set(re.findall(r"<script[^>]*>", text)) <= {'<script src="{{ script }}" defer>'}


def test_the_only_script_asks_nobody_and_is_on_the_form_and_after_sending_alone() -> None:
    script = (TEMPLATES / "portal.js").read_text("utf-8")
    assert not re.search(r"fetch|XMLHttp|sendBeacon|WebSocket|import|eval|innerHTML|cookie", script)
    using = {file.name for file in TEMPLATES.glob("*.j2") if "<script" in file.read_text("utf-8")}
    assert using == {"fill.html.j2", "sent.html.j2"}


def test_texts_say_the_limit_that_holds() -> None:
    from cpsa.intake.file_guard import file_limits

    for language in ("en", "hi"):
        hint = catalogue.text("portal.upload.hint", language)
        assert f"{file_limits.FILE_BYTES // file_limits.MEGABYTE} MB" in hint


def test_the_description_for_machines_names_every_address(site: Site) -> None:
    assert site.client.get("/openapi.json").status_code == 404, "it is for our tests"
    described = site.app.openapi()["paths"]
    assert set(described) == {
        *(
            "/",
            "/checks",
            "/health",
            "/portal.css",
            "/portal.js",
            "/a/{link}",
            "/u/{link}",
            "/u/{link}/explain",
            "/u/{link}/send",
        ),
        *("/u/{link}/fill", "/u/{link}/sent/{version}", "/u/{link}/receipt/{version}"),
        *(
            "/d/{token}",
            "/d/{token}",
            "/u/{link}/file/{version}",
            "/u/{link}/template",
            "/u/{link}/marked/{version}",
        ),
        *("/a/{link}", "/r/{link}", "/r/{link}/send", "/r/{link}/form"),
        *("/r/{link}/sent/{version}", "/r/{link}/marked/{version}"),
    }
    for path, ways in described.items():
        for way in ways.values():
            if "{link}" in path:
                assert {"403", "404", "422", "429", "500", "503"} <= set(way["responses"])


@pytest.mark.parametrize(("language", "shown"), [("", "en"), ("hi", "hi"), ("<x>", "en")])
def test_the_page_of_checks_is_for_everybody(site: Site, language: str, shown: str) -> None:
    answer = site.client.get("/checks", params={"language": language})
    page = parsed(answer.text)
    assert (answer.status_code, page.get("lang")) == (200, shown)
    (section,) = page.xpath("//section[@id='Q02']")
    words = {"en": "How to correct it", "hi": "कैसे सुधारें"}[shown]
    assert words in section.text_content()
    assert "5,00,000" in section.text_content(), "thresholds come from the framework"
    assert site.client.get("/checks", params={"language": language}).text == answer.text


def test_each_finding_leads_to_its_check(in_doubt: Visitor) -> None:
    hrefs = in_doubt.get().xpath("//li[contains(@class, 'finding')]//p[@class='about']/a/@href")
    assert "/checks?language=en#Q01" in hrefs
    for href in hrefs:
        page = parsed(in_doubt.client.get(href).text)
        assert page.xpath(f"//section[@id='{href.partition('#')[2]}']")
