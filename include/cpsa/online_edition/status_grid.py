"""Agencies by status, to be drawn as a grid: a shape, a name and the status in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from cpsa.calendar import Quarter
from cpsa.online_edition import page_addresses
from cpsa.online_edition.site_edition import SiteEdition

MAX_AGENCIES = 400
"""Beyond that many agencies a page shows districts, and each district its agencies."""


@dataclass(frozen=True)
class StatusTile:
    address: str
    name: str
    note: str


@dataclass(frozen=True)
class StatusGrid:
    """The agencies of one status, or the districts whose worst agency has it.

    ``tone``: the status's, which gives shape and colour.
    """

    tone: str
    label: str
    tiles: tuple[StatusTile, ...]


def make_agency_grid(
    edition: SiteEdition, codes: Iterable[str], quarter: Quarter, address: Callable[[str], str]
) -> tuple[StatusGrid, ...]:
    """The worst status first: that is where help is needed."""
    words = edition.words
    tiles_by_status: dict[str, list[StatusTile]] = {}
    for code in codes:
        row = edition.find_score(code, quarter)
        if row is not None:
            score = f"{words.score(row.composite)}{words.coverage_note(row)}"
            tile = StatusTile(address(code), words.agency(code), score)
            tiles_by_status.setdefault(row.status, []).append(tile)
    return _make_grids(edition, tiles_by_status)


def make_district_grid(edition: SiteEdition, quarter: Quarter) -> tuple[StatusGrid, ...]:
    """Districts by their worst agency's status, with the number of their agencies."""
    tiles_by_status: dict[str, list[StatusTile]] = {}
    order = _order_statuses(edition)
    for name, codes in edition.districts.items():
        rows = [row for code in codes if (row := edition.find_score(code, quarter)) is not None]
        if rows:
            worst = min((row.status for row in rows), key=order.index)
            note = edition.words.count("n.agencies", len(rows))
            address = page_addresses.make_district_address(name)
            tile = StatusTile(address, edition.name_district(name), note)
            tiles_by_status.setdefault(worst, []).append(tile)
    return _make_grids(edition, tiles_by_status)


def _order_statuses(edition: SiteEdition) -> list[str]:
    """From the lowest score a status needs to the highest; the one without a score last."""
    statuses = edition.snapshot.framework.statuses.values()
    return [
        status.code
        for status in sorted(
            statuses, key=lambda status: (status.at_least is None, status.at_least or 0.0)
        )
    ]


def _make_grids(
    edition: SiteEdition, tiles_by_status: dict[str, list[StatusTile]]
) -> tuple[StatusGrid, ...]:
    statuses = edition.snapshot.framework.statuses
    return tuple(
        StatusGrid(
            statuses[status].tone, edition.words.status(status), tuple(tiles_by_status[status])
        )
        for status in _order_statuses(edition)
        if status in tiles_by_status
    )
