"""A document with its sources: every figure leads to where it comes from, within the same page.

For editions on the web only; the content it starts from is the one that is printed.
What must not go here: the content of a source (the modules ``source_*``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from typing import Any

from cpsa.documents.content_model import (
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
from cpsa.documents.document_text import DocumentText
from cpsa.documents.linked_blocks import (
    AnchoredRows,
    LinkedBar,
    LinkedCell,
    LinkedFact,
    LinkedTile,
    link_cell,
)
from cpsa.documents.sources import source_lists, source_scores, source_sums, source_tables
from cpsa.documents.sources.source_needs import NeededSources, make_origin_anchor
from cpsa.provenance.derivation import DerivationResolver
from cpsa.provenance.origin import Origin

ID = "sources"


def add_sources(words: DocumentText, content: Content) -> Content:
    """The content with its figures as links, and a last section to which they lead."""
    resolver = DerivationResolver(words.snapshot, words)
    needs = NeededSources.from_content(content, resolver)
    section = _build_sources_section(words, resolver, needs)
    ids = set(_list_ids(section))

    def find_anchor(origin: Origin | None) -> str:
        anchor_id = make_origin_anchor(origin, needs) if origin is not None else ""
        return anchor_id if anchor_id in ids else ""

    sections = tuple(
        replace(
            content_section,
            blocks=tuple(_link_block(block, find_anchor) for block in content_section.blocks),
        )
        for content_section in content.sections
    )
    return replace(content, sections=(*sections, section))


def _build_sources_section(
    words: DocumentText, resolver: DerivationResolver, needs: NeededSources
) -> Section:
    blocks: list[Block | None] = [source_lists.build_reporting_sources(words, needs)]
    if not needs.too_many:
        blocks += [
            source_sums.build_sum_sources(words, resolver, needs),
            source_scores.build_score_sources(words, resolver, needs),
            *source_lists.build_row_sources(words, resolver, needs),
            *source_tables.build_agency_sources(words, resolver, needs),
        ]
    shown = tuple(block for block in blocks if block is not None)
    key = "source.too_many" if needs.too_many else "source.explained" if shown else "source.nothing"
    return Section(ID, words("source.title"), (Paragraph(words(key), note=True), *shown))


def _list_ids(section: Section) -> Iterator[str]:
    for block in section.blocks:
        if isinstance(block, Table):
            for body in block.bodies:
                if isinstance(body, AnchoredRows):
                    yield body.id
                    yield from body.ids
                for row in body.rows:
                    yield from (cell.id for cell in row if isinstance(cell, LinkedCell))


AnchorFinder = Callable[[Origin | None], str]


def _link_block(block: Block, find_anchor: AnchorFinder) -> Block:
    match block:
        case Table():
            bodies = tuple(
                replace(body, rows=tuple(_link_row(row, find_anchor) for row in body.rows))
                for body in block.bodies
            )
            return replace(block, bodies=bodies, total=_link_row(block.total, find_anchor))
        case Tiles():
            return replace(
                block, tiles=tuple(_link_tile(tile, find_anchor) for tile in block.tiles)
            )
        case Bars():
            return replace(block, bars=tuple(_link_bar(bar, find_anchor) for bar in block.bars))
        case Case():
            return replace(
                block, facts=tuple(_link_fact(fact, find_anchor) for fact in block.facts)
            )
    return block


def _link_row(row: tuple[Cell, ...], find_anchor: AnchorFinder) -> tuple[Cell, ...]:
    return tuple(
        link_cell(cell, href)
        if cell.origin is not None and (href := find_anchor(cell.origin))
        else cell
        for cell in row
    )


def _link_tile(tile: Tile, find_anchor: AnchorFinder) -> Tile:
    href = find_anchor(tile.origin)
    return LinkedTile(**_field_values(tile), href=href) if href else tile


def _link_bar(bar: Bar, find_anchor: AnchorFinder) -> Bar:
    href = find_anchor(bar.origin)
    return LinkedBar(**_field_values(bar), href=href) if href else bar


def _link_fact(fact: Fact, find_anchor: AnchorFinder) -> Fact:
    """The value cut into its figures and what is between them."""
    parts: list[tuple[str, str]] = []
    rest = fact.value
    for text, origin in fact.figures or ():
        before, found, after = rest.partition(text)
        if found:
            parts += [(before, ""), (text, find_anchor(origin))]
            rest = after
    if not parts:
        return fact
    return LinkedFact(**_field_values(fact), parts=(*parts, (rest, "")))


def _field_values(item: Tile | Bar | Fact) -> dict[str, Any]:
    return {field.name: getattr(item, field.name) for field in fields(item)}
