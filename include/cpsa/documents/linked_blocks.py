"""Cells that lead somewhere and rows that are led to: what web pages add to the content model.

What must not go here: where anything leads, which the modules of the pages decide.
"""

from __future__ import annotations

from dataclasses import dataclass

from cpsa.documents.content_model import Bar, Cell, Column, Fact, Rows, Tile
from cpsa.figures import NO_FIGURE


@dataclass(frozen=True, slots=True)
class LinkedCell(Cell):
    """A cell whose text leads somewhere, is led to, or has a note in small print."""

    href: str = ""
    id: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class LinkedColumn(Column):
    href: str = ""


@dataclass(frozen=True, slots=True)
class LinkedTile(Tile):
    href: str = ""


@dataclass(frozen=True, slots=True)
class LinkedBar(Bar):
    href: str = ""


@dataclass(frozen=True, slots=True)
class LinkedFact(Fact):
    """``parts`` are the value's parts in order, each with where it leads (nowhere where blank)."""

    parts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class AnchoredRows(Rows):
    """Rows that others link to; ``ids`` are those of the rows, ``id`` that of all of them."""

    ids: tuple[str, ...] = ()
    id: str = ""


def link_cell(cell: Cell, href: str) -> Cell:
    """The cell, leading somewhere; what is blank stays as it is."""
    if not cell.text or cell.text == NO_FIGURE:
        return cell
    names = ("text", "kind", "tone", "ratio", "mark", "other_language")
    values = {name: getattr(cell, name) for name in names}
    return LinkedCell(**values, href=href, origin=cell.origin)
