"""How a sheet goes on paper: A4, with letters that can be read.

A sheet that would have to be made too small for the width of a page is printed on several pages side
by side, each with the columns that name its rows. What must not go here: what is on a sheet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

A4 = 9
MARGINS_INCH = (0.4, 0.4, 0.5, 0.6)  # left, right, top, bottom
# Letters of 11 points come out at 8 points and more.
_SCALE_PERCENT = 76
# A landscape page at that scale, in the pixels of a column's width; a program that does not have the
# workbook's font makes columns a fifth wider, and there is room for that.
_PAGE_PIXELS = 1080


@dataclass(frozen=True)
class PrintBlock:
    """Columns that stay on one page: the first one (from 0), and the width of each."""

    column: int
    widths: Sequence[float]


def print_in_parts(page: Any, blocks: Sequence[PrintBlock], repeated: Sequence[float]) -> None:
    """Print on as many pages side by side as are needed; ``repeated``: the widths of the columns,
    from the first on, that each page has. A sheet that fits on one page does not change."""
    breaks, used = [], _pixels(repeated)
    for block in blocks:
        width = _pixels(block.widths)
        if used + width > _PAGE_PIXELS:
            breaks.append(block.column)
            used = _pixels(repeated)
        used += width
    if breaks:
        page.set_print_scale(_SCALE_PERCENT)
        page.set_v_pagebreaks(breaks)
        page.repeat_columns(0, len(repeated) - 1)
        page.print_across()


def _pixels(widths: Sequence[float]) -> int:
    return sum(round(7 * width) + 5 for width in widths)
