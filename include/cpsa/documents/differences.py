"""Which printed figures differ between two editions of a document, and where they stand.

Compares contents, so what is told apart is what a reader sees. What must not go here: why a figure
changed, and how the differences are shown (``restatement_note``).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from cpsa import messages
from cpsa.documents.model import (
    Bars,
    Block,
    Case,
    CellKind,
    Content,
    Paragraph,
    Section,
    Subheading,
    Table,
    Tiles,
    Trend,
)

# Lists what was restated itself: that is what a note is for.
_LEFT_OUT = frozenset({"restatements"})
_FIGURES = frozenset({CellKind.FIGURE, CellKind.STATUS})
_NUMBER = re.compile(r"(?<![A-Za-z\d-])\d(?:[\d,.]*\d)?")  # but not those of codes, such as OP2
_LONGEST = 160


@dataclass(frozen=True)
class Place:
    """Where a figure is printed: the section's title, the table or heading, the row, the column."""

    section: str
    table: str
    row: str
    column: str


@dataclass(frozen=True)
class Changed:
    """A printed figure before and now; blank where it was, or is, not printed at all."""

    place: Place
    old: str
    new: str


def changed(old: Content, new: Content) -> tuple[Changed, ...]:
    """Every printed figure that differs, in the order of the new edition, then what is gone."""
    before, now = dict(_printed(old)), dict(_printed(new))
    places = [*now, *(place for place in before if place not in now)]
    return tuple(
        Changed(place[0], before.get(place, ""), now.get(place, ""))
        for place in places
        if before.get(place, "") != now.get(place, "")
    )


def same(old: Content, new: Content) -> bool:
    """Whether a reader would find nothing different but the day the figures are of."""
    return _without_day(old) == _without_day(new)


def _without_day(content: Content) -> Content:
    label = messages.text("documents.cover.as_of", content.language)
    facts = tuple(fact for fact in content.cover.facts if fact.label != label)
    return replace(content, date="", cover=replace(content.cover, facts=facts))


def _printed(content: Content) -> Iterator[tuple[tuple[Place, int], str]]:
    """Every figure with its place; one that comes again at the same place is counted."""
    met: Counter[Place] = Counter()
    for place, text in _figures(content):
        yield (place, met[place]), text
        met[place] += 1


def _figures(content: Content) -> Iterator[tuple[Place, str]]:
    for fact in content.cover.facts:
        if fact.label != messages.text("documents.cover.as_of", content.language):
            yield Place("", "", fact.label, ""), fact.value
    for section in content.sections:
        if section.id not in _LEFT_OUT:
            yield from _of_section(section)


def _of_section(section: Section) -> Iterator[tuple[Place, str]]:
    heading = ""
    for block in section.blocks:
        if isinstance(block, Subheading):
            heading = block.text
            continue
        for table, row, column, text in _of_block(block):
            yield Place(section.title, table or heading, row[:_LONGEST], column), text


def _of_block(block: Block) -> Iterator[tuple[str, str, str, str]]:
    """Table or heading, row, column and text of each figure."""
    match block:
        case Table():
            yield from _of_table(block)
        case Tiles():
            for tile in block.tiles:
                yield "", tile.label, "", " ".join(filter(None, (tile.value, tile.note)))
        case Bars():
            for bar in block.bars:
                yield block.caption, bar.label, "", bar.text
        case Trend():
            for series in block.series:
                for label, text in zip(block.labels, series.texts, strict=True):
                    yield block.caption, series.name, label, text
        case Case():
            for fact in block.facts:
                if not fact.own_words:
                    yield f"{block.number}, {block.title}", fact.label, "", fact.value
        case Paragraph() if _NUMBER.search(block.text):
            # A sentence is the same sentence while only its figures differ.
            yield "", _NUMBER.sub("…", block.text)[:_LONGEST], "", block.text


def _of_table(table: Table) -> Iterator[tuple[str, str, str, str]]:
    for body in table.bodies:
        code = ""
        for row in body.rows:
            codes = [cell.text for cell in row if cell.kind is CellKind.CODE]
            code = next(filter(None, codes), code)
            named = [cell.text for cell in row if cell.kind not in _FIGURES and cell.text]
            if codes and not any(codes):  # a line below that of its code, such as "of which: women"
                named.insert(0, code)
            label = " · ".join(filter(None, (body.title, *named)))
            yield from _of_row(table, label, row)
    if table.total:
        label = next((cell.text for cell in table.total if cell.kind not in _FIGURES), "")
        yield from _of_row(table, label, table.total)


def _of_row(table: Table, label: str, row: tuple) -> Iterator[tuple[str, str, str, str]]:
    for column, cell in zip(table.columns, row, strict=True):
        if cell.kind in _FIGURES and cell.text:
            yield table.caption, label, column.title, cell.text + cell.mark
