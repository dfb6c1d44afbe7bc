"""A real browser for tests: the machine's Chromium, without JavaScript, as an office or a phone.

What belongs here: starting it with fonts that are the same everywhere, its screens, and what must
hold of every page it opens. What must not: what any page says.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import fontpkg_noto_sans
import pytest
from playwright.sync_api import Browser, Page, Response, sync_playwright
from tests.pages import parsed

PROGRAM = shutil.which("chromium")
PHONE = {"width": 360, "height": 740}
SMART_PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
_FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{fonts}</dir><cachedir>{cache}</cachedir>
<alias><family>sans-serif</family><prefer><family>Noto Sans</family></prefer></alias></fontconfig>"""


@contextmanager
def chromium(folder: Path) -> Iterator[Browser]:
    """The browser, with the programme's own fonts and no others; ``folder`` is for its caches."""
    if PROGRAM is None:
        if os.environ.get("CI") == "true":
            raise RuntimeError("no chromium: install Debian's package chromium")
        pytest.skip("no chromium here")
    configuration = folder / "fonts.conf"
    configuration.write_text(_FONTS.format(fonts=fontpkg_noto_sans.ROOT, cache=folder), "utf-8")
    environment: dict[str, str | float | bool] = {
        **os.environ,
        "FONTCONFIG_FILE": str(configuration),
    }
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=PROGRAM, args=["--no-sandbox"], env=environment
        )
        yield browser
        browser.close()


@dataclass
class Screen:
    """One window, and all that was noticed in it."""

    page: Page
    shots: Path
    site: str
    opened: list[Response] = field(default_factory=list)
    looked_at: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    @classmethod
    @contextmanager
    def of(
        cls, browser: Browser, size: dict[str, int], shots: Path, site: str, script: bool = False
    ) -> Iterator[Screen]:
        """A window of a size; on the size of a phone it is one, with a finger. ``script``: whether
        pages may run theirs."""
        phone = size["width"] < 600
        context = browser.new_context(
            viewport=size,  # type: ignore[arg-type]
            device_scale_factor=2 if phone else 1,
            is_mobile=phone,
            has_touch=phone,
            java_script_enabled=script,
            accept_downloads=True,
        )
        screen = cls(context.new_page(), shots, site)
        screen.page.on("response", screen._note)
        screen.page.on("console", lambda message: screen.said.append(message.text))
        screen.page.on("pageerror", lambda error: screen.said.append(str(error)))
        screen.page.on("request", lambda request: screen.asked.append(request.url))
        yield screen
        context.close()

    def _note(self, response: Response) -> None:
        if response.request.is_navigation_request():
            self.opened.append(response)

    def look(self, name: str) -> None:
        """What must hold of any page, and a picture of it."""
        page = self.page
        page.screenshot(path=self.shots / f"{name}.png", full_page=True)
        width = page.viewport_size["width"]  # type: ignore[index]
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} is too wide"
        wide = page.evaluate(_TOO_WIDE, width)
        assert not wide, f"{name}: {wide}"
        self.looked_at.append(self.opened[-1].text())
        parsed(self.looked_at[-1])
        assert not [one for one in self.said if "favicon" not in one], self.said
        assert all(one.startswith(self.site) for one in self.asked), self.asked


# Visible elements that reach beyond the screen, or whose own text does not fit into them.
_TOO_WIDE = """width => [...document.querySelectorAll('body *')]
  .filter(one => one.checkVisibility() && !one.closest('.hidden, .skip'))
  .filter(one => one.getBoundingClientRect().right > width + 1
    || (one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0
        && !['INPUT', 'SELECT', 'TEXTAREA'].includes(one.tagName)
        && getComputedStyle(one).display !== 'inline'))
  .map(one => one.outerHTML.slice(0, 120))"""
