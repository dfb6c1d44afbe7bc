"""How a marked cell looks, and how it looked before.

Told apart without colours too: what must be mended has a thick border, what is to be explained a
dashed one. The colours are ours alone, so that a mark is known again when the workbook comes back
and goes out once more.
"""

from __future__ import annotations

from typing import Any

from openpyxl.styles import Border, PatternFill, Side

from cpsa.collect.template import styles

_MEND_FILL, _MEND_LINE = "#FFD8BF", "#B33C00"
_EXPLAIN_FILL, _EXPLAIN_LINE = "#D3E6F8", "#0A5C99"
_FILLS, _LINES = {_MEND_FILL, _EXPLAIN_FILL}, {_MEND_LINE, _EXPLAIN_LINE}


def put_on(cell: Any, must: bool) -> None:
    """Mark a cell as one to mend or one to explain."""
    fill, line = (_MEND_FILL, _MEND_LINE) if must else (_EXPLAIN_FILL, _EXPLAIN_LINE)
    cell.fill = _filled(fill)
    cell.border = framed(Side("thick" if must else "mediumDashed", argb(line)))


def take_off(cell: Any) -> None:
    """Give a marked cell back the look of an input; leave any other cell as it is."""
    if not cell.has_style:
        return
    if _rgb(cell.fill.fgColor) in _FILLS:
        cell.fill = _filled(styles.INPUT)
    sides = (cell.border.left, cell.border.right, cell.border.top, cell.border.bottom)
    if any(side is not None and _rgb(side.color) in _LINES for side in sides):
        cell.border = framed(Side("thin", argb(styles.LINE)))


def framed(side: Side) -> Border:
    return Border(left=side, right=side, top=side, bottom=side)


def argb(colour: str) -> str:
    """A colour as the format spells it: ``#FFD8BF`` → ``FFFFD8BF``."""
    return "FF" + colour.lstrip("#")


def _filled(colour: str) -> PatternFill:
    return PatternFill("solid", fgColor=argb(colour), bgColor=argb(colour))


def _rgb(colour: Any) -> str:
    """A colour without its opacity; "" for one of a theme or a palette."""
    known = colour is not None and isinstance(colour.rgb, str)
    return f"#{colour.rgb[-6:]}" if known else ""
