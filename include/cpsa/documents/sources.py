"""A document with its sources: every figure leads to where it comes from, within the same page.

For editions on the web only; the content it starts from is the one that is printed.
What must not go here: what a source says (the modules ``source_*``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from typing import Any

from cpsa.documents import source_lists, source_scores, source_sums, source_tables
from cpsa.documents.linked import (
    Anchored,
    Linked,
    LinkedBar,
    LinkedFact,
    LinkedTile,
    link,
)
from cpsa.documents.model import (
    Bar,
    Bars,
    Block,
    Case,
    Cell,
    Content,
    Fact,
    Paragraph,
    Section,
    Table,
    Tile,
    Tiles,
)
from cpsa.documents.origin import Origin
from cpsa.documents.resting import Resting
from cpsa.documents.source_needs import Needs, anchor
from cpsa.documents.words import Words

ID = "sources"


def with_sources(words: Words, content: Content) -> Content:
    """The content with its figures as links, and a last section to which they lead."""
    resting = Resting(words)
    needs = Needs.of(content, resting)
    section = _section(words, resting, needs)
    there = set(_ids(section))

    def leads(origin: Origin | None) -> str:
        to = anchor(origin, needs) if origin is not None else ""
        return to if to in there else ""

    sections = tuple(
        replace(one, blocks=tuple(_linked(block, leads) for block in one.blocks))
        for one in content.sections
    )
    return replace(content, sections=(*sections, section))


def _section(words: Words, resting: Resting, needs: Needs) -> Section:
    blocks: list[Block | None] = [source_lists.reporting(words, needs)]
    if not needs.too_many:
        blocks += [
            source_sums.sums(words, resting, needs),
            source_scores.scores(words, resting, needs),
            *source_lists.lists(words, resting, needs),
            *source_tables.agencies(words, resting, needs),
        ]
    held = tuple(block for block in blocks if block is not None)
    told = "source.too_many" if needs.too_many else "source.told" if held else "source.nothing"
    return Section(ID, words("source.title"), (Paragraph(words(told), note=True), *held))


def _ids(section: Section) -> Iterator[str]:
    for block in section.blocks:
        if isinstance(block, Table):
            for body in block.bodies:
                if isinstance(body, Anchored):
                    yield body.id
                    yield from body.ids
                for row in body.rows:
                    yield from (cell.id for cell in row if isinstance(cell, Linked))


Leads = Callable[[Origin | None], str]


def _linked(block: Block, leads: Leads) -> Block:
    match block:
        case Table():
            bodies = tuple(
                replace(body, rows=tuple(_row(row, leads) for row in body.rows))
                for body in block.bodies
            )
            return replace(block, bodies=bodies, total=_row(block.total, leads))
        case Tiles():
            return replace(block, tiles=tuple(_tile(one, leads) for one in block.tiles))
        case Bars():
            return replace(block, bars=tuple(_bar(one, leads) for one in block.bars))
        case Case():
            return replace(block, facts=tuple(_fact(one, leads) for one in block.facts))
    return block


def _row(row: tuple[Cell, ...], leads: Leads) -> tuple[Cell, ...]:
    return tuple(
        link(cell, to) if cell.origin is not None and (to := leads(cell.origin)) else cell
        for cell in row
    )


def _tile(one: Tile, leads: Leads) -> Tile:
    to = leads(one.origin)
    return LinkedTile(**_of(one), href=to) if to else one


def _bar(one: Bar, leads: Leads) -> Bar:
    to = leads(one.origin)
    return LinkedBar(**_of(one), href=to) if to else one


def _fact(one: Fact, leads: Leads) -> Fact:
    """The value cut into its figures and what stands between them."""
    parts: list[tuple[str, str]] = []
    rest = one.value
    for text, origin in one.figures or ():
        before, found, after = rest.partition(text)
        if found:
            parts += [(before, ""), (text, leads(origin))]
            rest = after
    if not parts:
        return one
    return LinkedFact(**_of(one), parts=(*parts, (rest, "")))


def _of(one: Tile | Bar | Fact) -> dict[str, Any]:
    return {each.name: getattr(one, each.name) for each in fields(one)}
