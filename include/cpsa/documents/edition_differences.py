"""Which printed figures differ between two editions of a document, and where they are printed.

Compares contents, so a difference is one that a reader sees. What must not go here: why a figure
changed, and how the differences are shown (``restatement_note``).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from cpsa.documents.content_model import (
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
from cpsa.i18n import catalogue

# Lists what was restated itself: that is what a note is for.
_EXCLUDED_SECTIONS = frozenset({"restatements"})
_FIGURE_CELLS = frozenset({CellKind.FIGURE, CellKind.STATUS})
_NUMBER = re.compile(r"(?<![A-Za-z\d-])\d(?:[\d,.]*\d)?")  # but not those of codes, such as OP2
_MAX_LABEL_LENGTH = 160


@dataclass(frozen=True)
class FigurePlace:
    """Where a figure is printed: the section's title, the table or heading, the row, the column."""

    section: str
    table: str
    row: str
    column: str


@dataclass(frozen=True)
class FigureDifference:
    """A printed figure before and now; blank where it was, or is, not printed at all."""

    place: FigurePlace
    old: str
    new: str


def list_differences(old: Content, new: Content) -> tuple[FigureDifference, ...]:
    """Every printed figure that differs, in the order of the new edition, then what is gone."""
    before, now = dict(_iterate_numbered_figures(old)), dict(_iterate_numbered_figures(new))
    places = [*now, *(place for place in before if place not in now)]
    return tuple(
        FigureDifference(place[0], before.get(place, ""), now.get(place, ""))
        for place in places
        if before.get(place, "") != now.get(place, "")
    )


def is_same_content(old: Content, new: Content) -> bool:
    """Whether a reader would find nothing different but the day the figures are of."""
    return _without_day(old) == _without_day(new)


def _without_day(content: Content) -> Content:
    label = catalogue.text("documents.cover.as_of", content.language)
    facts = tuple(fact for fact in content.cover.facts if fact.label != label)
    return replace(content, date="", cover=replace(content.cover, facts=facts))


def _iterate_numbered_figures(content: Content) -> Iterator[tuple[tuple[FigurePlace, int], str]]:
    """Every figure with its place; one that comes again at the same place is counted."""
    times_seen: Counter[FigurePlace] = Counter()
    for place, text in _iterate_figures(content):
        yield (place, times_seen[place]), text
        times_seen[place] += 1


def _iterate_figures(content: Content) -> Iterator[tuple[FigurePlace, str]]:
    for fact in content.cover.facts:
        if fact.label != catalogue.text("documents.cover.as_of", content.language):
            yield FigurePlace("", "", fact.label, ""), fact.value
    for section in content.sections:
        if section.id not in _EXCLUDED_SECTIONS:
            yield from _iterate_section(section)


def _iterate_section(section: Section) -> Iterator[tuple[FigurePlace, str]]:
    heading = ""
    for block in section.blocks:
        if isinstance(block, Subheading):
            heading = block.text
            continue
        for table, row, column, text in _iterate_block(block):
            yield (
                FigurePlace(section.title, table or heading, row[:_MAX_LABEL_LENGTH], column),
                text,
            )


def _iterate_block(block: Block) -> Iterator[tuple[str, str, str, str]]:
    """Table or heading, row, column and text of each figure."""
    match block:
        case Table():
            yield from _iterate_table(block)
        case Tiles():
            for tile in block.tiles:
                yield "", tile.label, "", " ".join(filter(None, (tile.value, tile.note)))
        case Bars():
            yield from ((block.caption, bar.label, "", bar.text) for bar in block.bars)
        case Trend():
            yield from _iterate_trend(block)
        case Case():
            title = f"{block.number}, {block.title}"
            facts = [fact for fact in block.facts if not fact.own_words]
            yield from ((title, fact.label, "", fact.value) for fact in facts)
        case Paragraph() if _NUMBER.search(block.text):
            # A sentence is the same sentence while only its figures differ.
            yield "", _NUMBER.sub("…", block.text)[:_MAX_LABEL_LENGTH], "", block.text


def _iterate_trend(trend: Trend) -> Iterator[tuple[str, str, str, str]]:
    for series in trend.series:
        for label, text in zip(trend.labels, series.texts, strict=True):
            yield trend.caption, series.name, label, text


def _iterate_table(table: Table) -> Iterator[tuple[str, str, str, str]]:
    for body in table.bodies:
        code = ""
        for row in body.rows:
            codes = [cell.text for cell in row if cell.kind is CellKind.CODE]
            code = next(filter(None, codes), code)
            named = [cell.text for cell in row if cell.kind not in _FIGURE_CELLS and cell.text]
            if codes and not any(codes):  # a line below that of its code, such as "of which: women"
                named.insert(0, code)
            label = " · ".join(filter(None, (body.title, *named)))
            yield from _iterate_row(table, label, row)
    if table.total:
        label = next((cell.text for cell in table.total if cell.kind not in _FIGURE_CELLS), "")
        yield from _iterate_row(table, label, table.total)


def _iterate_row(
    table: Table, label: str, row: tuple[Any, ...]
) -> Iterator[tuple[str, str, str, str]]:
    for column, cell in zip(table.columns, row, strict=True):
        if cell.kind in _FIGURE_CELLS and cell.text:
            yield table.caption, label, column.title, cell.text + cell.mark
