"""How wide the columns of a Word table are, in twentieths of a point.

Word and LibreOffice disagree on columns that fit their text, so each is told its width. What must
not go here: anything else about how a document looks; the template says that.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

from cpsa.documents.model import Bars, Cell, CellKind, Table

ROOM = 9638
"""Between the margins of the template's page, A4 upright."""

_LETTER, _SMALL_LETTER = 100, 82  # on average, at the sizes of the template's table styles
_PADDING = 200
_WIDEST = ROOM // 3
_LABELS = 2200


def widths(table: Table) -> tuple[int, ...]:
    """As wide as their text where a column has no share, the rest by their shares; no code is cut."""
    letter = _SMALL_LETTER if table.dense else _LETTER
    needs = [min(_WIDEST, _needs(table, place) * letter + _PADDING) for place in _places(table)]
    fixed = {place for place in _places(table) if not table.columns[place].width}
    for _ in needs:
        shared = _shared(table, fixed, ROOM - sum(needs[place] for place in fixed))
        short = {place for place in shared if _codes(table, place) and shared[place] < needs[place]}
        if not short:
            break
        fixed |= short
    return _scaled(tuple(shared.get(place, needs[place]) for place in _places(table)))


def evenly(parts: Sequence[object]) -> tuple[int, ...]:
    return (ROOM // len(parts),) * len(parts)


def bar_widths(bars: Bars) -> tuple[int, int, int]:
    """Of names, bars and figures."""
    names = max((letters(bar.label) for bar in bars.bars), default=0)
    figures = max((letters(bar.text) for bar in bars.bars), default=0)
    first = min(ROOM // 2, names * _LETTER + _PADDING)
    last = min(ROOM // 4, figures * _LETTER + _PADDING)
    return first, ROOM - first - last, last


def fact_widths(_: object) -> tuple[int, int]:
    """Of the names of facts, and of what they say."""
    return _LABELS, ROOM - _LABELS


def letters(text: str) -> int:
    """How many letters wide a text is; vowel signs above and below a letter take no room."""
    return sum(unicodedata.category(letter) != "Mn" for letter in text)


def _places(table: Table) -> range:
    return range(len(table.columns))


def _shared(table: Table, fixed: set[int], left: int) -> dict[int, int]:
    """The widths of the columns that are not fixed."""
    shares = {
        place: column.width for place, column in enumerate(table.columns) if place not in fixed
    }
    room, whole = max(left, ROOM // 3), sum(shares.values())
    return {place: round(room * share / whole) for place, share in shares.items()}


def _needs(table: Table, place: int) -> int:
    """Letters that must stand on one line: a list of codes may break between them."""
    told = [table.columns[place].title.split()]
    told += [
        cell.text.split() if cell.kind is CellKind.CODE else [cell.text]
        for cell in _cells(table, place)
    ]
    return max((letters(part) for parts in told for part in parts), default=0)


def _codes(table: Table, place: int) -> bool:
    return any(cell.kind is CellKind.CODE for cell in _cells(table, place))


def _cells(table: Table, place: int) -> Iterator[Cell]:
    return (row[place] for body in table.bodies for row in body.rows)


def _scaled(found: tuple[int, ...]) -> tuple[int, ...]:
    whole = sum(found)
    return tuple(one * ROOM // whole for one in found) if whole else found
