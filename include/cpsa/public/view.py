"""What a page hands to its template: where it is, what it is called, and where its figures lead."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cpsa.documents.linked import link
from cpsa.documents.model import Cell, Table


@dataclass(frozen=True)
class Page:
    """One page of one language; ``path`` is its address, ``trail`` the pages above it."""

    path: str
    template: str
    title: str
    trail: tuple[tuple[str, str], ...] = ()  # address and name
    held: Mapping[str, Any] = field(default_factory=dict)

    @property
    def up(self) -> str:
        """From the page to its language's folder."""
        return "../" * self.path.count("/")


Leads = Callable[[str], str]
"""From the code in a row's first cell to where a figure of that row leads."""


def linked(table: Table, leads: Mapping[int, Leads]) -> Table:
    """The table with the figures of some columns made links; what is blank stays as it is."""
    bodies = tuple(
        replace(body, rows=tuple(_row(row, leads) for row in body.rows)) for body in table.bodies
    )
    return replace(table, bodies=bodies)


def _row(row: Sequence[Cell], leads: Mapping[int, Leads]) -> tuple[Cell, ...]:
    code = row[0].text
    return tuple(
        link(cell, leads[place](code)) if place in leads else cell for place, cell in enumerate(row)
    )
