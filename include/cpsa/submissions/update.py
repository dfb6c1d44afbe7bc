"""What a reader makes of a file: cells as they were typed, each with its place."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cpsa.submissions.table_rows import TypedTable

# The header of a long-form CSV update.
HEADER = ("agency", "quarter", "indicator", "dimension", "value", "note")


class Doubt(StrEnum):
    """Why a cell is not surely the figure that its sender saw (rule S01)."""

    NONE = ""
    COMMA_INSIDE = "comma_inside"  # a comma seems to have split the figure over two cells
    SHOWN_OTHERWISE = "shown_otherwise"  # its number format shows another figure
    LOST = "lost"  # its cell is gone, though its row is there
    MOVED = "moved"  # its cell was moved into the row or column of another figure


# In such a file the figure's cell stays where it is, or is gone: it is corrected in a fresh template.
MISPLACED = (Doubt.LOST, Doubt.MOVED)


@dataclass(frozen=True, slots=True)
class TypedCell:
    """One figure as typed. ``place``: where it is in the file, such as ``line 12`` or ``Output!D7``.

    ``doubt``: why it is not surely the figure that the sender saw, and ``detail``: what it contains,
    or where it was moved to. ``quoted``: what a finding quotes in place of the text. ``formula``: the
    formula whose stored result it is, and ``outdated``: whether that result may be out of date.
    """

    indicator: str
    dimension: str
    text: str
    place: str
    doubt: Doubt = Doubt.NONE
    detail: str = ""
    quoted: str = ""
    formula: str = ""
    outdated: bool = False


@dataclass(frozen=True, slots=True)
class NamedValue:
    """An agency or quarter that a row names, and where."""

    text: str
    place: str


@dataclass(frozen=True)
class Update:
    """A readable file: its cells, whom and when its rows name, and whether NIL is ticked."""

    cells: tuple[TypedCell, ...]
    agencies: tuple[NamedValue, ...] = ()
    quarters: tuple[NamedValue, ...] = ()
    nil: str | None = None  # the place of the tick, None when it is not ticked
    tables: tuple[TypedTable, ...] = ()


@dataclass(frozen=True)
class Unreadable:
    """A file that cannot be read at all; ``cause`` is a key of the catalogue (rule S00).

    ``header``: what the first line of such a file has to be.
    """

    cause: str
    detail: str = ""
    place: str = ""
    header: str = ",".join(HEADER)
