"""What a reader makes of a file: cells as they were typed, each with its place."""

from __future__ import annotations

from dataclasses import dataclass

# The header of a long-form CSV update.
HEADER = ("agency", "quarter", "indicator", "dimension", "value", "note")


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure as typed. ``place`` is where it stands, such as ``line 12`` or ``Output!D7``."""

    indicator: str
    dimension: str
    text: str
    place: str


@dataclass(frozen=True, slots=True)
class Named:
    """An agency or quarter that a row names, and where."""

    text: str
    place: str


@dataclass(frozen=True)
class Update:
    """A readable file: its cells, whom and when its rows name, and whether NIL is ticked."""

    cells: tuple[Cell, ...]
    agencies: tuple[Named, ...] = ()
    quarters: tuple[Named, ...] = ()
    nil: str | None = None  # the place of the tick, None when it is not ticked


@dataclass(frozen=True)
class Unreadable:
    """A file that cannot be read at all; ``cause`` is a key of the catalogue (rule S00)."""

    cause: str
    detail: str = ""
    place: str = ""
