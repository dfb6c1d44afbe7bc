"""Documents as web pages in a real browser: nothing scrolls sideways, sources are folded, tables by keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from cpsa.calendar import parse_period
from cpsa.documents.document_key import DocumentKey
from cpsa.documents.document_registry import get_kind
from cpsa.documents.render.renderer import Renderer
from cpsa.i18n.text import LANGUAGES
from cpsa.provenance.snapshot import Snapshot

pytestmark = pytest.mark.slow

WIDTHS = (390, 1100, 1440)
DOCUMENTS = (
    ("quarterly_update", "2025-26-Q4", "FC-MOR"),
    ("policy_actions", "2025-26-H2", "DOIC"),
    ("learning", "2025-26-H2", "STATE"),
    ("rollout", "2025-26-H2", "STATE"),
)
# Tables whose text reaches beyond a frame that cannot be scrolled, or that no keyboard reaches.
STUCK = """() => [...document.querySelectorAll('.wide')]
  .filter(e => e.scrollWidth > e.clientWidth + 1)
  .filter(e => e.tabIndex !== 0 || getComputedStyle(e).overflowX !== 'auto')
  .map(e => e.getAttribute('aria-label'))"""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("document", DOCUMENTS)
def test_no_page_scrolls_sideways_and_wide_tables_are_reached_by_keyboard(
    browser: Browser,
    renderer: Renderer,
    snapshot: Snapshot,
    document: tuple[str, str, str],
    language: str,
    tmp_path: Path,
) -> None:
    """Found: the learning document scrolled at 1,100 pixels; a department's page was 63,000 high."""
    kind, period, subject = document
    key = DocumentKey(get_kind(kind), parse_period(period), subject, language, "html")
    file = tmp_path / "page.html"
    file.write_bytes(renderer.render(key, snapshot))
    for width in WIDTHS:
        page = browser.new_page(viewport={"width": width, "height": 900})
        page.goto(file.as_uri())
        folded = page.evaluate("document.documentElement.scrollHeight")
        for unfolded in (False, True):
            if unfolded:
                page.evaluate("document.querySelector('#sources details').open = true")
            over = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert over <= 0, (width, unfolded)
            assert page.evaluate(STUCK) == [], (width, unfolded)
        assert page.evaluate("document.documentElement.scrollHeight") > folded
        page.close()


def test_a_figure_unfolds_its_source(
    browser: Browser, renderer: Renderer, snapshot: Snapshot, tmp_path: Path
) -> None:
    key = DocumentKey(
        get_kind("quarterly_update"), parse_period("2025-26-Q4"), "FC-MOR", "en", "html"
    )
    file = tmp_path / "page.html"
    file.write_bytes(renderer.render(key, snapshot))
    page = browser.new_page(viewport={"width": 1100, "height": 900})
    page.goto(file.as_uri())
    assert not page.evaluate("document.querySelector('#sources details').open")
    page.locator("main td a").first.click()
    assert page.evaluate("document.querySelector('#sources details').open")
    page.close()
