"""The online edition in a real browser, served from a folder: whole, by keyboard, on a phone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Request, expect
from tests.browser import DESK, PHONE
from tests.unit.documents.sample_snapshot import sample
from tests.unit.online_edition.conftest import LAST, pages_of, site_of
from tests.unit.online_edition.walking import links

pytestmark = pytest.mark.e2e

HINDI_NAME, CLUSTER = "इंदौर फार्मास्यूटिकल", "IA-INDPH"
KINDS = (
    "index.html",
    "en/index.html",
    "hi/index.html",
    "en/names.html",
    "hi/names.html",
    "hi/districts.html",
    "hi/districts/indore.html",
    "en/checks.html",
    "hi/checks.html",
    "en/data.html",
    "hi/data.html",
    f"en/agencies/{CLUSTER}.html",
    f"hi/agencies/{CLUSTER}.html",
    f"en/quarters/{LAST}.html",
    f"hi/quarters/{LAST}.html",
    f"hi/sources/agencies/{CLUSTER}/{LAST}.html",
    f"en/sources/agencies/{CLUSTER}/to-date.html",
    f"en/sources/state/{LAST}-output.html",
    "hi/sources/districts/indore/to-date.html",
)
"""A page of every kind."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("online") / "public"
    for path, content in site_of(sample(LAST)).items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return root


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    handler = partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A window that notices what was asked for, and what went wrong."""
    context = browser.new_context(viewport=DESK)  # type: ignore[arg-type]
    opened = context.new_page()
    asked: list[str] = []
    wrong: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    opened.on("console", lambda message: wrong.append(message.text))
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("requestfailed", lambda request: _note_failure(request, wrong))
    yield opened
    assert all(one.startswith((address, "file://")) for one in asked)
    assert not wrong
    context.close()


def _note_failure(request: Request, wrong: list[str]) -> None:
    """What the browser itself gave up, since the reader went on, is no fault of the page."""
    if request.failure != "net::ERR_ABORTED":
        wrong.append(f"{request.url}: {request.failure}")


def test_every_address_on_every_kind_of_page_answers(
    page: Page, address: str, folder: Path
) -> None:
    drawn = pages_of({path: (folder / path).read_bytes() for path in KINDS})
    targets = {target for path, one in drawn.items() for target, _ in links(path, one)}
    assert len(targets) > 100
    for target in sorted(targets):
        assert page.request.get(f"{address}/{target}").status == 200, target


@pytest.mark.parametrize("language", ["hi", "en"])
def test_a_cluster_is_found_by_its_hindi_name(page: Page, address: str, language: str) -> None:
    page.goto(f"{address}/{language}/index.html")
    page.get_by_role("searchbox").fill(HINDI_NAME)
    page.get_by_role("searchbox").press("Enter")
    page.wait_for_url("**/names.html?q=*")
    shown = page.locator("#names li:visible")
    expect(shown).to_have_count(1)
    expect(page.get_by_role("status")).to_contain_text("1")
    shown.get_by_role("link").click()
    page.wait_for_url(f"**/{language}/agencies/{CLUSTER}.html")


def test_spelling_may_vary_and_nothing_found_is_said(page: Page, address: str) -> None:
    page.goto(f"{address}/hi/names.html")
    field, shown = page.get_by_role("searchbox"), page.locator("#names li:visible")
    every = shown.count()
    assert every >= 15
    for typed in ("फ़ार्मास्यूटिकल", "PHARMACEUTICAL indore", "ia-indph"):
        field.fill(typed)
        expect(shown).to_have_count(1)
    field.fill("nothing of this name")
    expect(shown).to_have_count(0)
    expect(page.get_by_role("status")).not_to_be_empty()
    field.fill("")
    expect(shown).to_have_count(every)


def test_from_a_folder_without_a_server(page: Page, folder: Path) -> None:
    page.goto((folder / "hi/names.html").as_uri())
    page.get_by_role("searchbox").fill(HINDI_NAME)
    expect(page.locator("#names li:visible")).to_have_count(1)


def test_without_javascript_the_list_is_whole(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/hi/index.html")
    page.get_by_role("searchbox").fill(HINDI_NAME)
    page.get_by_role("searchbox").press("Enter")
    page.wait_for_url("**/names.html?q=*")
    page.locator("#names").get_by_role("link", name=HINDI_NAME).click()
    page.wait_for_url(f"**/hi/agencies/{CLUSTER}.html")
    context.close()


def test_by_keyboard_alone_from_the_first_page_to_the_cell(page: Page, address: str) -> None:
    page.goto(f"{address}/en/index.html")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    _tab_to(page, "searchbox")
    page.keyboard.type(HINDI_NAME)
    page.keyboard.press("Enter")
    page.wait_for_url("**/names.html?q=*")
    _tab_to(page, f"agencies/{CLUSTER}.html")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/agencies/{CLUSTER}.html")
    _tab_to(page, f"{CLUSTER}/{LAST}.html#OC1")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{CLUSTER}/{LAST}.html#OC1")
    expect(page.locator("tr:target")).to_contain_text("line 2")


def _tab_to(page: Page, what: str) -> None:
    """Press Tab until the focus is on an element with that address or role."""
    for _ in range(200):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "document.activeElement.getAttribute('href') || document.activeElement.type || ''"
        )
        if focused.endswith(what) or (what == "searchbox" and focused == "search"):
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", "the focus is not seen"
            return
    raise AssertionError(f"{what} is not reached by Tab")


def test_a_phone_never_scrolls_sideways(browser: Browser, address: str, tmp_path: Path) -> None:
    context = browser.new_context(
        viewport=PHONE,  # type: ignore[arg-type]
        is_mobile=True,
        has_touch=True,
        device_scale_factor=2,
    )
    page = context.new_page()
    for path in KINDS:
        page.goto(f"{address}/{path}")
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= PHONE["width"], (path, width)
        small = page.evaluate(_TOO_SMALL)
        assert not small, (path, small)
    context.close()


_TOO_SMALL = """() => [...document.querySelectorAll('nav.menu a, .switch, button, .grid a')]
  .filter(one => one.getBoundingClientRect().height < 24).map(one => one.outerHTML)"""


def test_axe_finds_no_serious_fault(page: Page, address: str) -> None:
    axe, found = Axe(), {}
    for path in KINDS:
        page.goto(f"{address}/{path}")
        faults = axe.run(page).response["violations"]
        serious = [
            (one["id"], one["nodes"][0]["html"][:200])
            for one in faults
            if one["impact"] in ("serious", "critical")
        ]
        if serious:
            found[path] = serious
    assert not found, json.dumps(found, ensure_ascii=False, indent=1)
