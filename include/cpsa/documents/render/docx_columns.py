"""How wide the columns of a Word table are, in twentieths of a point.

Word and LibreOffice disagree on columns that fit their text, so each has a set width. What must
not go here: anything else about how a document looks, which the template defines.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cpsa.documents.content_model import Bars, Cell, CellKind, Table
from cpsa.i18n.text import measure_text

PAGE_WIDTH = 9638
"""Between the margins of the template's page, A4 upright."""

_LETTER, _SMALL_LETTER = 100, 82  # on average, at the sizes of the template's table styles
_PADDING = 200
_WIDEST = PAGE_WIDTH // 3
_LABELS = 2200


def compute_widths(table: Table) -> tuple[int, ...]:
    """As wide as their text where a column has no share, the rest by their shares; no code is cut."""
    letter = _SMALL_LETTER if table.dense else _LETTER
    needs = [
        min(_WIDEST, _measure_longest(table, place) * letter + _PADDING)
        for place in _column_range(table)
    ]
    fixed = {place for place in _column_range(table) if not table.columns[place].width}
    for _ in needs:
        shared = _share_width(table, fixed, PAGE_WIDTH - sum(needs[place] for place in fixed))
        short = {
            place for place in shared if _has_codes(table, place) and shared[place] < needs[place]
        }
        if not short:
            break
        fixed |= short
    return _scale_widths(tuple(shared.get(place, needs[place]) for place in _column_range(table)))


def compute_even_widths(parts: Sequence[object]) -> tuple[int, ...]:
    return (PAGE_WIDTH // len(parts),) * len(parts)


def compute_bar_widths(bars: Bars) -> tuple[int, int, int]:
    """Of names, bars and figures."""
    names = max((measure_text(bar.label) for bar in bars.bars), default=0)
    figures = max((measure_text(bar.text) for bar in bars.bars), default=0)
    first = min(PAGE_WIDTH // 2, names * _LETTER + _PADDING)
    last = min(PAGE_WIDTH // 4, figures * _LETTER + _PADDING)
    return first, PAGE_WIDTH - first - last, last


def compute_fact_widths(_: object) -> tuple[int, int]:
    """Of the names of facts, and of what they say."""
    return _LABELS, PAGE_WIDTH - _LABELS


def _column_range(table: Table) -> range:
    return range(len(table.columns))


def _share_width(table: Table, fixed: set[int], remaining: int) -> dict[int, int]:
    """The widths of the columns that are not fixed."""
    shares = {
        place: column.width for place, column in enumerate(table.columns) if place not in fixed
    }
    room, whole = max(remaining, PAGE_WIDTH // 3), sum(shares.values())
    return {place: round(room * share / whole) for place, share in shares.items()}


def _measure_longest(table: Table, place: int) -> int:
    """Letters that must fit on one line: a list of codes may break between them."""
    texts = [table.columns[place].title.split()]
    texts += [
        cell.text.split() if cell.kind is CellKind.CODE else [cell.text]
        for cell in _list_cells(table, place)
    ]
    return max((measure_text(part) for parts in texts for part in parts), default=0)


def _has_codes(table: Table, place: int) -> bool:
    return any(cell.kind is CellKind.CODE for cell in _list_cells(table, place))


def _list_cells(table: Table, place: int) -> Iterator[Cell]:
    return (row[place] for body in table.bodies for row in body.rows)


def _scale_widths(widths: tuple[int, ...]) -> tuple[int, ...]:
    whole = sum(widths)
    return tuple(width * PAGE_WIDTH // whole for width in widths) if whole else widths
