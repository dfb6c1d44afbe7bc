"""What a letter is made of: blocks that the templates ``letter.html`` and ``letter.txt`` lay out.

Both forms are made from the same blocks, so that the plain text says what the HTML says. Words are
chosen where a block is made, neither here nor in the templates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cpsa.delivery.mail_message import one_line


@dataclass(frozen=True)
class LetterParagraph:
    """A sentence or two."""

    text: str
    strong: bool = False
    kind: str = field(default="paragraph", init=False)


@dataclass(frozen=True)
class Facts:
    """Labels with their values."""

    rows: tuple[tuple[str, str], ...]
    kind: str = field(default="facts", init=False)


@dataclass(frozen=True)
class Point:
    """One thing to do something about: where it is (or ""), what it is, what to do.

    ``about``: the text of a link to the meaning of the check, and its ``address``; blank for none.
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
class LetterLink:
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


LetterBlock = LetterParagraph | Facts | Points | LetterLink | FigureTable


@dataclass(frozen=True)
class LetterBody:
    """What one letter says: the words of its subject, then its blocks."""

    subject: str
    blocks: tuple[LetterBlock, ...]


def make_facts(*rows: tuple[str, str]) -> Facts:
    """Facts in one line each, also where an agency's file name has line breaks."""
    return Facts(tuple((label, one_line(value)) for label, value in rows))


def build_body(subject: str, *blocks: LetterBlock | Sequence[LetterBlock] | None) -> LetterBody:
    """A body from blocks; None, and lists of them, are where there may be none or several."""
    placed: list[LetterBlock] = []
    for block in blocks:
        if isinstance(block, Sequence):
            placed += block
        elif block is not None:
            placed.append(block)
    return LetterBody(subject, tuple(placed))
