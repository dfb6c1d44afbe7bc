"""Letters as a mail client shows them: measured in Chromium, on a phone and on a desk."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from tests.unit.letters.pack_samples import CHECKED, DOCUMENTS, STATE, all_packs, write_pack
from tests.unit.letters.samples import all_letters

from cpsa.i18n.text import LANGUAGES

pytestmark = pytest.mark.slow

WIDTHS = (390, 800)
# Gmail cuts what is longer and hides the rest behind a link.
LONGEST_HTML = 102_000
# The measured page: how far its content reaches beyond the window, and texts cut off or too small.
MEASURE = """() => ({
  over: document.documentElement.scrollWidth - window.innerWidth,
  cut: [...document.querySelectorAll('td, th, a, p, li')]
    .filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.innerText),
  small: [...document.querySelectorAll('span, p, td, th, a, li')]
    .filter(e => parseFloat(getComputedStyle(e).fontSize) < 13).map(e => e.innerText),
})"""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", WIDTHS)
def test_no_letter_scrolls_sideways_or_cuts_a_text(
    browser: Browser, width: int, language: str, tmp_path: Path
) -> None:
    """Also the longest table of figures, with every part and amounts in crores."""
    page = browser.new_page(viewport={"width": width, "height": 844})
    for name, letter in all_letters(language):
        # A mail client gives the letter some air of its own.
        page.set_content(f'<!doctype html><body style="margin: 8px">{letter.html}')
        measured = page.evaluate(MEASURE)
        assert measured == {"over": 0, "cut": [], "small": []}, name
        file = tmp_path / f"{name}.{language}.{width}.png".replace(" ", "-")
        page.screenshot(path=file, full_page=True)
    page.close()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", WIDTHS)
def test_no_pack_scrolls_sideways(
    browser: Browser, width: int, language: str, tmp_path: Path
) -> None:
    """Found: 64 hex digits below each file made a phone scroll sideways."""
    long = replace(DOCUMENTS[0], name="x" * 120 + ".pdf", link="https://x.example.org/" + "d" * 300)
    mails = [*all_packs(language), write_pack(language, documents=(*CHECKED, long), state=STATE)]
    page = browser.new_page(viewport={"width": width, "height": 844})
    for number, mail in enumerate(mails):
        page.set_content(f'<!doctype html><body style="margin: 8px">{mail.html}')
        assert page.evaluate(MEASURE) == {"over": 0, "cut": [], "small": []}, mail.text
        page.screenshot(path=tmp_path / f"{number}.{language}.{width}.png", full_page=True)
    page.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_long_letter_is_not_cut_by_mail_programs(language: str) -> None:
    for name, letter in all_letters(language):
        assert len(letter.html.encode()) < LONGEST_HTML, name
