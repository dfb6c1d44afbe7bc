"""What every page we show must be, whatever it says: well formed, labelled, safe, one language.

What belongs here: checks of HTML that unit tests and tests in a browser share. What must not:
what any page says.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

from lxml import html as lxml_html
from lxml.html import HtmlElement

_VOID = {"meta", "link", "input", "br", "hr", "img"}
_MAY_STAY_OPEN = {"li", "p", "dt", "dd", "option"}
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")


class _Stack(HTMLParser):
    """Every element that is opened is closed, in its order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.faults.append(f"<{tag}> has an attribute twice: {names}")
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1] != tag:
            self.faults.append(f"</{tag}> at {self.getpos()} closes {self.open[-1:]}")
        else:
            self.open.pop()


def parsed(text: str) -> HtmlElement:
    """The page, after everything that must hold of any page was looked at."""
    stack = _Stack()
    stack.feed(text)
    stack.close()
    assert not stack.faults
    assert not stack.open
    page = lxml_html.fromstring(text)
    assert text.startswith("<!doctype html>")
    assert page.get("lang") in ("en", "hi")
    assert len(page.xpath("//h1")) == 1
    assert page.xpath("string(//title)").strip()
    assert page.xpath("string(//h1)").strip()
    _require_references(page)
    _require_labels(page)
    assert not page.xpath("//style | //iframe | //@style | //@*[starts-with(name(), 'on')] | //img")
    for script in page.xpath("//script"):
        assert not script.text, "a script of a page is a file"
        assert re.fullmatch(r"(/[\w-]+)*/portal\.js\?[0-9a-f]{12}", script.get("src"))
    assert all(one.startswith(("/", "#", "mailto:")) for one in page.xpath("//@href | //@action"))
    return page


def _require_references(page: HtmlElement) -> None:
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids)), sorted(one for one in ids if ids.count(one) > 1)
    named = [
        one
        for attribute in ("aria-describedby", "aria-labelledby", "for", "form")
        for value in page.xpath(f"//@{attribute}")
        for one in value.split()
    ]
    named += [one[1:] for one in page.xpath("//@href[starts-with(., '#')]")]
    assert not set(named) - set(ids)


def _require_labels(page: HtmlElement) -> None:
    labels = {one.get("for"): one.text_content().strip() for one in page.xpath("//label")}
    for field in page.xpath("//input[@type!='hidden'] | //select | //textarea"):
        assert labels.get(field.get("id")), f"{field.get('name')} has no label"
    for button in page.xpath("//button | //a"):
        assert button.text_content().strip(), "a button or link without a name"


def foreign_words(page: HtmlElement, known: str) -> set[str]:
    """English words on a Hindi page, besides those in ``known`` and what is marked as English."""
    texts = page.xpath(
        "//body//text()[not(ancestor::*[@lang='en'])][not(ancestor::textarea)]"
        " | //title/text() | //@aria-label"
    )
    words = {word for text in texts for word in _LATIN_WORD.findall(text)}
    return words - set(_LATIN_WORD.findall(known))
