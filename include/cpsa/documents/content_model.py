"""What a document says: one model for both formats, already in the reader's language.

Frozen dataclasses, nothing else: a ``Content`` is a cover and sections of blocks. Every word in it
is final, every figure is printed text; ``ratio`` and ``values`` are there for drawing only. Fields
that are not compared are not printed: two contents that read the same are the same.
What must not go here: Typst, HTML, frames, or any decision what to say.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields, is_dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from cpsa.provenance.origin import Origin


class Tone(StrEnum):
    """How a word or figure is emphasised; formats choose the colour."""

    PLAIN = "plain"
    GOOD = "good"
    WATCH = "watch"
    BAD = "bad"
    MUTED = "muted"


class CellKind(StrEnum):
    """What a cell holds: a figure is set to the right, own words are an agency's, as written."""

    TEXT = "text"
    CODE = "code"
    FIGURE = "figure"
    STATUS = "status"
    OWN_WORDS = "own_words"


@dataclass(frozen=True, slots=True)
class OtherLanguage:
    """The language of own words that are not in the document's; set by ``quote_languages``."""

    code: str
    """For readers aloud, such as ``hi``."""
    note: str
    """Behind the words, for the eye."""


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    kind: CellKind = CellKind.TEXT
    tone: Tone = Tone.PLAIN
    ratio: float | None = None
    """Drawn as a small bar beside the text, 0 to 1."""
    mark: str = ""
    """Set behind the text; a note beside the table says what it means."""
    other_language: OtherLanguage | None = field(default=None, kw_only=True)
    origin: Origin | None = field(default=None, compare=False, kw_only=True)
    """From what a figure was computed."""


@dataclass(frozen=True, slots=True)
class Column:
    title: str
    width: float = 0.0
    """Share of the line relative to other columns; 0 for as wide as its text."""
    figure: bool = False


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows under one spanning title (none when blank)."""

    rows: tuple[tuple[Cell, ...], ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    caption: str
    columns: tuple[Column, ...]
    bodies: tuple[Rows, ...]
    total: tuple[Cell, ...] = ()
    dense: bool = False
    to_fill: bool = False
    """Rows high enough to write in."""
    code: str = ""
    """What ``cpsa trace`` finds it by; given by ``blocks.build_document``."""
    label: str = ""
    """Its number among the document's tables, with the word for a table; given there too."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str
    note: bool = False
    about: str = field(default="", compare=False, kw_only=True)
    """The section whose tables it rests on; ``blocks.build_document`` names them behind it."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """The one sentence of an empty section."""

    text: str


@dataclass(frozen=True, slots=True)
class Subheading:
    text: str


@dataclass(frozen=True, slots=True)
class Tile:
    label: str
    value: str
    note: str = ""
    tone: Tone = Tone.PLAIN
    origin: Origin | None = field(default=None, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Tiles:
    tiles: tuple[Tile, ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """An agency's own words, exactly as it wrote them; the source where it is not plain."""

    text: str
    source: str
    other_language: OtherLanguage | None = None


@dataclass(frozen=True, slots=True)
class Quotes:
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    label: str
    text: str
    ratio: float | None
    tone: Tone = Tone.PLAIN
    origin: Origin | None = field(default=None, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Bars:
    """Horizontal bars from 0 to 1."""

    caption: str
    alternative: str
    bars: tuple[Bar, ...]
    target: float | None = None
    """Where the target is, drawn across all bars; those beyond it pass it."""
    label: str = ""
    """Its number among the document's charts; given by ``blocks.build_document``."""


@dataclass(frozen=True, slots=True)
class Series:
    name: str
    values: tuple[float | None, ...]
    texts: tuple[str, ...]
    carried: tuple[bool, ...] = ()
    """Which values are carried over from an earlier quarter: drawn hollow, and dashed before."""

    def is_carried(self, place: int) -> bool:
        return place < len(self.carried) and self.carried[place]


@dataclass(frozen=True, slots=True)
class Mark:
    """A level drawn across a chart, and how it is written."""

    value: float
    text: str


@dataclass(frozen=True, slots=True)
class Trend:
    """Lines over periods, from 0 to 1; ``marks`` are levels drawn across."""

    caption: str
    alternative: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    marks: tuple[Mark, ...] = ()
    low: bool = False
    """Drawn lower, where much else is on the page."""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    label: str
    value: str
    own_words: bool = False
    """Whether the value is an agency's, as written."""
    other_language: OtherLanguage | None = field(default=None, kw_only=True)
    figures: tuple[tuple[str, Origin], ...] | None = field(
        default=None, compare=False, kw_only=True
    )
    """The parts of the value that are figures, in its order, each with its origin."""


@dataclass(frozen=True, slots=True)
class Case:
    """One action requested of a department, with its evidence."""

    number: str
    title: str
    badge: str
    tone: Tone
    quote: Quote
    facts: tuple[Fact, ...]


Block = (
    Paragraph | Nothing | Subheading | Tiles | Table | Quotes | Bars | Trend | Case
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Section:
    id: str
    title: str
    blocks: tuple[Block, ...]
    new_page: bool = False
    wide: bool = False
    """Set across the page (landscape) where a table has many columns."""


@dataclass(frozen=True, slots=True)
class Cover:
    programme: str
    kind: str
    subject: str
    period: str
    facts: tuple[Fact, ...]
    own_page: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Wording:
    """The few words a format needs of its own."""

    contents: str
    page: str
    """With ``{page}`` and ``{pages}``."""
    agency_code: str = field(compare=False)
    """A pattern of the agencies' codes, not printed: a format never tears one over two lines."""


@dataclass(frozen=True, slots=True)
class Content:
    language: str
    title: str
    reference: str
    date: str
    """ISO date of the figures; formats use it where they need a date of creation."""
    cover: Cover
    sections: tuple[Section, ...]
    wording: Wording
    contents: bool = False


def as_data(value: Any, text: Callable[[str], str] = str) -> Any:
    """Plain JSON data; each dataclass says what it ``is`` by its name in lower case.

    ``text`` is applied to every text, to fit it to what a format can show. What is not printed is left
    out.
    """
    if value is None:  # most fields of a cell
        return None
    if isinstance(value, str):
        return text(value)
    if isinstance(value, tuple):
        return [as_data(item, text) for item in value]
    if names := _list_field_names(value.__class__):
        data = {name: as_data(getattr(value, name), text) for name in names}
        data["is"] = get_block_kind(value)
        return data
    return value


def find_texts(value: Any) -> set[str]:
    """Each text of what ``as_data`` gives, once."""
    found: set[str] = set()
    left = [value]
    while left:
        part = left.pop()
        if isinstance(part, str):
            found.add(part)
        elif isinstance(part, tuple):
            left += part
        elif part is not None:
            left += [getattr(part, name) for name in _list_field_names(part.__class__)]
    return found


def get_block_kind(block: object) -> str:
    """What a block is for the templates: the name of its class in lower case."""
    return type(block).__name__.lower()


@cache
def _list_field_names(kind: type) -> tuple[str, ...]:
    """The printed fields of a dataclass; none of another type."""
    if not is_dataclass(kind):
        return ()
    return tuple(field.name for field in fields(kind) if field.compare)
