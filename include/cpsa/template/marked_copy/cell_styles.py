"""The style of a marked cell, and the style it had before.

Different without colours too: what must be corrected has a thick border, what is to be explained a
dashed one. The colours are ours alone, so that a mark is recognised when the workbook comes back
and goes out once more.
"""

from __future__ import annotations

from typing import Any

from openpyxl.styles import Border, PatternFill, Side

from cpsa.template import styles

_CORRECT_FILL, _CORRECT_LINE = "#FFD8BF", "#B33C00"
_EXPLAIN_FILL, _EXPLAIN_LINE = "#D3E6F8", "#0A5C99"
_FILLS, _LINES = {_CORRECT_FILL, _EXPLAIN_FILL}, {_CORRECT_LINE, _EXPLAIN_LINE}


def apply_fault_style(cell: Any, *, must_correct: bool) -> None:
    """Mark a cell as one to correct or one to explain."""
    fill, line = (_CORRECT_FILL, _CORRECT_LINE) if must_correct else (_EXPLAIN_FILL, _EXPLAIN_LINE)
    cell.fill = _make_fill(fill)
    cell.border = make_border(Side("thick" if must_correct else "mediumDashed", format_argb(line)))


def remove_fault_style(cell: Any) -> None:
    """Give a marked cell the style of an input again; any other cell stays as it is."""
    if not cell.has_style:
        return
    if _rgb(cell.fill.fgColor) in _FILLS:
        cell.fill = _make_fill(styles.INPUT)
    sides = (cell.border.left, cell.border.right, cell.border.top, cell.border.bottom)
    if any(side is not None and _rgb(side.color) in _LINES for side in sides):
        cell.border = make_border(Side("thin", format_argb(styles.LINE)))


def make_border(side: Side) -> Border:
    return Border(left=side, right=side, top=side, bottom=side)


def format_argb(colour: str) -> str:
    """A colour as the format spells it: ``#FFD8BF`` → ``FFFFD8BF``."""
    return "FF" + colour.lstrip("#")


def _make_fill(colour: str) -> PatternFill:
    return PatternFill("solid", fgColor=format_argb(colour), bgColor=format_argb(colour))


def _rgb(colour: Any) -> str:
    """A colour without its opacity; "" for one of a theme or a palette."""
    known = colour is not None and isinstance(colour.rgb, str)
    return f"#{colour.rgb[-6:]}" if known else ""
