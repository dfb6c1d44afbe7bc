"""The form at 390 px with its script: folded groups, the check with figures, and a draft kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser import SMART_PHONE, Screen
from tests.e2e.test_portal import ENGLISH, HINDI, Server, server

__all__ = ["server"]
pytestmark = pytest.mark.e2e

WORDS = {
    ENGLISH: "as we read them",
    HINDI: "जैसे हमने पढ़े",
}
COUNTED = {ENGLISH: "OP2", HINDI: "FW2"}


@pytest.fixture
def phone(browser: Browser, server: Server, tmp_path: Path) -> Iterator[Screen]:
    with Screen.of(browser, SMART_PHONE, tmp_path, server.address, script=True) as screen:
        yield screen


def unfold(page: Page) -> None:
    for number in range(page.locator("details.group").count()):
        group = page.locator("details.group").nth(number)
        if group.get_attribute("open") is None:
            group.locator(":scope > summary").click()


def fill_in(page: Page, total: str) -> None:
    unfold(page)
    for field in page.locator("input[name$=_total]").all():
        field.fill(total)


def drafts(page: Page) -> int:
    return page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('cpsa-')).length")


@pytest.mark.parametrize("agency", [ENGLISH, HINDI])
def test_a_draft_is_kept_offered_and_gone_once_it_is_sent(
    phone: Screen, server: Server, agency: str
) -> None:
    page, words, field = phone.page, WORDS[agency], f"#in_{COUNTED[agency]}_total"
    page.goto(f"{server.link(agency)}/fill")
    phone.look("1-form")
    expect(page.locator(".bar button")).to_be_in_viewport()
    fill_in(page, "1")
    page.locator(field).fill("1.5 lakh")
    page.locator("#entry_success_0_text").evaluate("one => one.closest('details').open = true")
    page.locator("#entry_success_0_text").fill("A fair")
    expect(page.locator("#draft-about")).to_be_visible()
    page.goto(server.link(agency))  # the page is left
    phone.look("2-home")
    page.goto(f"{server.link(agency)}/fill")
    expect(page.locator(field)).not_to_have_value("1.5 lakh")
    expect(page.locator("#draft")).to_be_visible()
    phone.look("3-draft-offered")
    page.locator("#draft-use").click()
    expect(page.locator(field)).to_have_value("1.5 lakh")
    expect(page.locator("#entry_success_0_text")).to_have_value("A fair")
    unfold(page)
    phone.look("4-draft-used")

    page.locator(".bar button").click()
    expect(page.get_by_role("heading", name=words)).to_be_visible()
    expect(page.locator("section.read")).to_contain_text("1,50,000")
    phone.look("5-checked")
    page.locator("button[value=send]").click()
    expect(page.locator("[data-draft-sent], #summary").first).to_be_visible()
    phone.look("6-sent")
    assert drafts(page) == 0
    page.goto(f"{server.link(agency)}/receipt/1")
    phone.look("7-receipt")


def test_a_draft_can_be_discarded_and_an_old_result_takes_none_away(
    phone: Screen, server: Server
) -> None:
    page, link = phone.page, server.link("IA-UJPLA")
    page.goto(f"{link}/fill")
    fill_in(page, "0")
    page.locator("#in_B1_total").fill("5")
    page.locator(".bar button").click()
    page.locator("button[value=send]").click()
    expect(page.locator("[data-draft-sent]")).to_be_visible()
    assert drafts(page) == 0
    page.goto(f"{link}/fill")
    unfold(page)
    page.locator("#in_OP2_total").fill("7")
    expect(page.locator("#draft-about")).to_be_visible()
    page.goto(f"{link}/sent/1")
    assert drafts(page) == 1
    key = page.evaluate("Object.keys(localStorage)[0]")
    assert re.fullmatch(r"cpsa-draft-[0-9a-f]{16}", key)
    page.goto(f"{link}/fill")
    page.locator("#draft [data-draft-discard]").click()
    expect(page.locator("#draft")).to_be_hidden()
    assert drafts(page) == 0
