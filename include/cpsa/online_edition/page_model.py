"""What a page hands to its template: where it is, what it is called, and where its figures lead."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cpsa.documents.content_model import Cell, Table
from cpsa.documents.linked_blocks import link_cell


@dataclass(frozen=True)
class Page:
    """One page of one language; ``path`` is its address, ``breadcrumbs`` the pages above it."""

    path: str
    template: str
    title: str
    breadcrumbs: tuple[tuple[str, str], ...] = ()  # address and name
    context: Mapping[str, Any] = field(default_factory=dict)

    @property
    def up(self) -> str:
        """From the page to its language's folder."""
        return "../" * self.path.count("/")


RowLink = Callable[[str], str]
"""From the code in a row's first cell to where a figure of that row leads."""


def link_columns(table: Table, links: Mapping[int, RowLink]) -> Table:
    """The table with the figures of some columns made links; what is blank stays as it is."""
    bodies = tuple(
        replace(body, rows=tuple(_link_row(row, links) for row in body.rows))
        for body in table.bodies
    )
    return replace(table, bodies=bodies)


def _link_row(row: Sequence[Cell], links: Mapping[int, RowLink]) -> tuple[Cell, ...]:
    code = row[0].text
    return tuple(
        link_cell(cell, links[place](code)) if place in links else cell
        for place, cell in enumerate(row)
    )
