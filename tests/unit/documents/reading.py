"""Finding things in a content: sections, tables by their heads, and every text with its kind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import StrEnum
from typing import Any

from cpsa.documents.content_model import Cell, CellKind, Content, Fact, Quote, Section, Table


def section(content: Content, id: str) -> Section:
    return next(one for one in content.sections if one.id == id)


def blocks(section: Section, kind: type) -> list[Any]:
    return [block for block in section.blocks if isinstance(block, kind)]


def rows(table: Table) -> list[list[str]]:
    """All rows of a table as texts, whatever body they stand in."""
    return [[cell.text for cell in row] for body in table.bodies for row in body.rows]


def row_of(table: Table, start: str) -> list[str]:
    """The row whose first cell is the given text."""
    return next(row for row in rows(table) if row[0] == start)


def texts(value: Any, *, own: bool = True, alternatives: bool = True) -> Iterator[str]:
    """Every text of a content; without ``own``, not what agencies wrote themselves.

    Without ``alternatives``, not what stands for a chart where it cannot be seen.
    """
    if isinstance(value, StrEnum):
        return
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from texts(item, own=own, alternatives=alternatives)
    elif isinstance(value, Quote) and not own:
        yield value.source
    elif isinstance(value, Fact) and value.own_words and not own:
        yield value.label
    elif isinstance(value, Cell):
        if own or value.kind is not CellKind.OWN_WORDS:
            yield value.text
    elif is_dataclass(value):
        for field in fields(value):
            if field.name == "alternative" and not alternatives:
                continue
            if field.compare and field.name not in ("id", "language", "date", "code"):
                held = getattr(value, field.name)
                yield from texts(held, own=own, alternatives=alternatives)
