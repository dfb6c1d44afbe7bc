"""What a letter is made of: blocks that the templates ``letter.html`` and ``letter.txt`` lay out.

Both forms are made from the same blocks, so that the plain text says what the HTML says. Words are
put in by whoever makes a block; nothing here or in the templates chooses them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cpsa.deliver.message import one_line


@dataclass(frozen=True)
class Paragraph:
    """A sentence or two."""

    text: str
    strong: bool = False
    kind: str = field(default="paragraph", init=False)


@dataclass(frozen=True)
class Facts:
    """Labels with what stands beside them."""

    rows: tuple[tuple[str, str], ...]
    kind: str = field(default="facts", init=False)


@dataclass(frozen=True)
class Point:
    """One thing to do something about: where it is (or ""), what it is, what to do.

    ``about``: the words of a link to what the check means, and its ``address``; blank for none.
    """

    where: str
    what: str
    then: str
    about: str = ""
    address: str = ""


@dataclass(frozen=True)
class Points:
    """A numbered list under a heading."""

    heading: str
    points: tuple[Point, ...]
    kind: str = field(default="points", init=False)


@dataclass(frozen=True)
class Way:
    """A link: its words, its address, and what to know about it."""

    text: str
    address: str
    note: str
    kind: str = field(default="way", init=False)


@dataclass(frozen=True)
class FigureLine:
    """One figure: what it is called, where it is in the file (or ""), its value, what is beside it
    (the last quarter's, the change), and what was found in it."""

    name: str
    place: str
    value: str
    beside: tuple[str, ...]
    marks: tuple[str, ...]
    is_part: bool


@dataclass(frozen=True)
class FigureTable:
    """Figures under the titles of their groups; ``note``: of which quarter the earlier ones are."""

    heading: str
    note: str
    groups: tuple[tuple[str, tuple[FigureLine, ...]], ...]
    kind: str = field(default="figures", init=False)


Block = Paragraph | Facts | Points | Way | FigureTable


@dataclass(frozen=True)
class Body:
    """What one letter says: the words of its subject, then its blocks."""

    subject: str
    blocks: tuple[Block, ...]


def facts(*rows: tuple[str, str]) -> Facts:
    """Facts in one line each, whatever an agency's file is called."""
    return Facts(tuple((label, one_line(value)) for label, value in rows))


def body(subject: str, *blocks: Block | Sequence[Block] | None) -> Body:
    """A body from blocks; None, and lists of them, are where there may be none or several."""
    laid: list[Block] = []
    for block in blocks:
        if isinstance(block, Sequence):
            laid += block
        elif block is not None:
            laid.append(block)
    return Body(subject, tuple(laid))
