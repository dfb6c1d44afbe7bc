"""Agencies by status, to be drawn as a grid: a shape, a name and the status in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from cpsa.calendar import Quarter
from cpsa.public import addresses
from cpsa.public.edition import Edition

MOST = 400
"""Beyond that many agencies a page shows districts, and each district its agencies."""


@dataclass(frozen=True)
class Tile:
    address: str
    name: str
    note: str
    status: str


@dataclass(frozen=True)
class Grid:
    """The agencies of one status, or the districts whose worst agency has it."""

    status: str
    label: str
    tiles: tuple[Tile, ...]


def of_agencies(
    edition: Edition, codes: Iterable[str], quarter: Quarter, address: Callable[[str], str]
) -> tuple[Grid, ...]:
    """The worst status first: that is where help is needed."""
    words = edition.words
    held: dict[str, list[Tile]] = {}
    for code in codes:
        row = edition.score(code, quarter)
        if row is not None:
            score = f"{words.score(row.composite)}{words.coverage_note(row)}"
            tile = Tile(address(code), words.agency(code), score, row.status)
            held.setdefault(row.status, []).append(tile)
    return _grids(edition, held)


def of_districts(edition: Edition, quarter: Quarter) -> tuple[Grid, ...]:
    """Districts by their worst agency's status, with the number of their agencies."""
    held: dict[str, list[Tile]] = {}
    order = _order(edition)
    for name, codes in edition.districts.items():
        rows = [row for code in codes if (row := edition.score(code, quarter)) is not None]
        if rows:
            worst = min((row.status for row in rows), key=order.index)
            note = edition.words.counted("n.agencies", len(rows))
            tile = Tile(addresses.district(name), edition.district(name), note, worst)
            held.setdefault(worst, []).append(tile)
    return _grids(edition, held)


def _order(edition: Edition) -> list[str]:
    """From the lowest score a status needs to the highest; the one without a score last."""
    statuses = edition.snapshot.framework.statuses.values()
    return [
        one.code
        for one in sorted(statuses, key=lambda one: (one.at_least is None, one.at_least or 0.0))
    ]


def _grids(edition: Edition, held: dict[str, list[Tile]]) -> tuple[Grid, ...]:
    return tuple(
        Grid(status, edition.words.status(status), tuple(held[status]))
        for status in _order(edition)
        if status in held
    )
