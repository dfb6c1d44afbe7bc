"""What can be wrong with how a document lies on its pages; each check yields what it found.

They look at the printed page, and know from the content only its captions and sections.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from paper import DPI, MILLIMETRE, Page, Word, normal

from cpsa.documents.content_model import (
    Bars,
    Case,
    Content,
    Cover,
    Nothing,
    Paragraph,
    Quotes,
    Subheading,
    Table,
    Tiles,
    Trend,
)

SIDE, EDGE = 20 * MILLIMETRE, 9 * MILLIMETRE
"""Nothing is printed nearer to the paper's edge: beside the text, and above and below the page's
running head and foot."""
SLACK = 1.0
TOUCHING = 0.3
"""Boxes of neighbouring lines overlap by a seventh of their height, since a font's box is higher
than its letters; from here on letters would touch."""
NEARLY_BLANK = 0.08


def of(content: Content, pages: Sequence[Page], ends: Sequence[Sequence[str]]) -> list[str]:
    """Every fault of a document's pages, as sentences; ``ends``: what each page ends in, by role."""
    inner = pages[1:] if content.cover.own_page else pages
    found = [*empty_sections(content)]
    for page in pages:
        found += [f"page {page.number}: {fault}" for fault in overlaps(page)]
        found += [f"page {page.number}: {fault}" for fault in outside(page)]
    for page in inner:
        found += [f"page {page.number}: {fault}" for fault in ink_outside(page)]
    for page in inner[:-1]:
        found += [
            f"page {page.number}: {fault}"
            for fault in orphans(page, ends[page.number - 1], content)
        ]
        if page.filled() < NEARLY_BLANK and not _part_begins(content, pages[page.number]):
            found.append(f"page {page.number}: nearly blank, ink ends at {page.filled():.0%}")
    return found


def _part_begins(content: Content, page: Page) -> bool:
    """Whether a section that has a page of its own begins here: what is before it may end anywhere."""
    said = "".join(word.text for word in page.body[:40])  # poppler parts some Hindi words
    titles = (normal(one.title) for one in content.sections if one.new_page or one.wide)
    return any("".join(title.split()) in said for title in titles)


def outside(page: Page) -> Iterator[str]:
    for word in page.words:
        if word.left < SIDE - SLACK or word.right > page.width - SIDE + SLACK:
            yield f"{word.text!r} stands beside the text, from {word.left:.0f} to {word.right:.0f}"
        if word.top < EDGE or word.bottom > page.height - EDGE:
            yield f"{word.text!r} stands above or below the page"


def ink_outside(page: Page) -> Iterator[str]:
    side, edge = (round((margin - 2) * DPI / 72) for margin in (SIDE, EDGE))
    for place, part in (
        ("left of", page.ink[:, :side]),
        ("right of", page.ink[:, -side:]),
        ("above", page.ink[:edge]),
        ("below", page.ink[-edge:]),
    ):
        if part.any():
            yield f"ink {place} the text, {int(np.count_nonzero(part))} dots"


def overlaps(page: Page) -> Iterator[str]:
    """Pairs of words printed over one another."""
    words = sorted((word for word in page.words if word.text.strip(".")), key=lambda one: one.top)
    for at, one in enumerate(words):
        for other in words[at + 1 :]:
            if other.top >= one.bottom:
                break
            if _over(one, other):
                yield f"{one.text!r} and {other.text!r} lie over one another"


def _over(one: Word, other: Word) -> bool:
    across = min(one.right, other.right) - max(one.left, other.left)
    down = min(one.bottom, other.bottom) - max(one.top, other.top)
    lower = min(one.bottom - one.top, other.bottom - other.top)
    return across > SLACK and down > TOUCHING * lower


def orphans(page: Page, ends_in: Sequence[str], content: Content) -> Iterator[str]:
    """A heading, caption or table's head that is the last thing on its page; ``ends_in``: the roles
    of the last piece of its content, innermost first."""
    line = page.last_line()
    if any(role == "/TH" or role.startswith("/H") for role in ends_in):
        yield f"{line!r} announces what is on the next page"
    elif "/TD" not in ends_in and any(line.startswith(one) for one in _captions(content)):
        yield f"{line!r} is above what is on the next page"


def _captions(content: Content) -> set[str]:
    return {
        normal(" · ".join(filter(None, (block.label, block.caption))))
        for one in content.sections
        for block in one.blocks
        if isinstance(block, Table | Bars | Trend) and block.label + block.caption
    }


def empty_sections(content: Content) -> Iterator[str]:
    for one in content.sections:
        blocks = [*one.blocks, Subheading("")]
        if len(blocks) == 1:
            yield f"section {one.title!r} is empty"
        for block, after in pairwise(blocks):
            if isinstance(block, Subheading) and isinstance(after, Subheading):
                yield f"nothing stands under {block.text!r}"
            elif not isinstance(block, Subheading) and not _tells(block):
                yield f"section {one.title!r} has a {type(block).__name__.lower()} with nothing in it"


def _tells(block: object) -> bool:
    match block:
        case Paragraph() | Nothing():
            return bool(block.text.strip())
        case Table():
            return any(body.rows for body in block.bodies)
        case Quotes():
            return bool(block.quotes)
        case Tiles():
            return all(tile.label and tile.value for tile in block.tiles)
        case Bars():
            return bool(block.bars and block.alternative)
        case Trend():
            return bool(block.labels and block.series and block.alternative)
        case Case() | Cover():
            return True
    raise AssertionError(f"no check for {block!r}")
