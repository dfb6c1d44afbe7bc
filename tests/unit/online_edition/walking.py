"""Following the links of a site that is held in memory."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping

from lxml.html import HtmlElement


def links(path: str, page: HtmlElement) -> Iterator[tuple[str, str]]:
    """Where each link of a page leads: a path within the site, and an anchor or nothing."""
    for said in page.xpath("//@href | //@src | //@action"):
        target, _, anchor = said.partition("#")
        if target:
            target = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
        yield target or path, anchor


def broken(pages: Mapping[str, HtmlElement], files: Mapping[str, bytes]) -> list[tuple[str, str]]:
    """Links whose file or anchor is not there, with the page they stand on."""
    ids = {path: set(page.xpath("//@id")) for path, page in pages.items()}
    return [
        (path, f"{target}#{anchor}")
        for path, page in pages.items()
        for target, anchor in links(path, page)
        if target not in files or (anchor and anchor not in ids[target])
    ]
