"""The defined names by which a filled workbook is read, and the references they refer to.

What belongs here: the grammar of names (the template writes them, the readers look for them) and
the spellings in which office programs keep a reference. What must not: files, or what a value means.

====================  =============================================================
``in_OP2_total``      the input for an indicator's total; ``in_OP2_women`` for a part of it
``note_OP2``          the explanation of an indicator; ``note_output`` of a group's score
``note_general``      the explanation of the update as a whole
``nil_return``        the NIL tick
``signing_officer_name``  the officer who signs; ``signing_officer_designation``
``entry_lesson_text``  one column of the sheet for entries of a kind
``table_steps_planned``  one column of the sheet of a table
``seal_agency``       one field of the seal
====================  =============================================================
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

NIL = "nil_return"
GENERAL_NOTE = "note_general"
OFFICER_NAME, OFFICER_DESIGNATION = "signing_officer_name", "signing_officer_designation"
_SINGLE = (NIL, OFFICER_NAME, OFFICER_DESIGNATION)
_INPUT, _NOTE, _ENTRY, _SEAL = "in_", "note_", "entry_", "seal_"
_TOTAL = "total"
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_TABLE_COLUMN = re.compile(r"table_([a-z][a-z0-9]*)_([a-z][a-z0-9_]*)")
_WORD = re.compile(r"[a-z][a-z_]*")

# A name that points further out than this points at nothing a person has filled in.
LAST_ROW = 10_000
LAST_COLUMN = 702  # ZZ


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of cells on one sheet; rows and columns count from 1, ends included."""

    sheet: str
    top: int
    left: int
    bottom: int
    right: int


def input_name(indicator: str, dimension: str) -> str:
    """``OP2``, ``women`` → ``in_OP2_women``; ValueError for codes that no name can hold."""
    if not _CODE.fullmatch(indicator) or dimension == _TOTAL:
        raise ValueError(f"no defined name can hold {indicator!r} {dimension!r}")
    if dimension and not _WORD.fullmatch(dimension):
        raise ValueError(f"no defined name can hold {indicator!r} {dimension!r}")
    return f"{_INPUT}{indicator}_{dimension or _TOTAL}"


def input_key(name: str) -> tuple[str, str] | None:
    """``in_OP2_women`` → ``OP2``, ``women``; None for a name of another family."""
    if not name.startswith(_INPUT):
        return None
    indicator, _, dimension = name.removeprefix(_INPUT).partition("_")
    return indicator, "" if dimension == _TOTAL else dimension


def note_name(subject: str) -> str:
    return f"{_NOTE}{subject}"


def note_subject(name: str) -> str | None:
    """What a note explains: an indicator, a group, or "" for the update as a whole."""
    if name == GENERAL_NOTE:
        return ""
    return name.removeprefix(_NOTE) if name.startswith(_NOTE) else None


def entry_name(kind: str, column: str) -> str:
    return f"{_ENTRY}{kind}_{column}"


def entry_key(name: str) -> tuple[str, str] | None:
    """``entry_policy_support_text`` → ``policy_support``, ``text``."""
    if not name.startswith(_ENTRY):
        return None
    kind, _, column = name.removeprefix(_ENTRY).rpartition("_")
    return (kind, column) if kind else None


def table_name(table: str, column: str) -> str:
    return f"table_{table}_{column}"


def table_key(name: str) -> tuple[str, str] | None:
    """``table_applications_over_30`` → ``applications``, ``over_30``."""
    match = _TABLE_COLUMN.fullmatch(name)
    return (match[1], match[2]) if match else None


def is_frame_name(name: str) -> bool:
    """Whether a name is one of a column in which rows may go on below their frame."""
    return entry_key(name) is not None or table_key(name) is not None


def seal_name(field: str) -> str:
    return f"{_SEAL}{field}"


def is_template_name(name: str) -> bool:
    """Whether a name is one of the template's inputs, notes, entries, tables or seal.

    A template made before a name was added does not have it, and its seal is whole without it.
    """
    is_of_family = name.startswith((_INPUT, _NOTE, _ENTRY, _SEAL))
    return name in _SINGLE or is_of_family or table_key(name) is not None


def digest_names(names: Iterable[str]) -> str:
    """A digest of the names, whatever their order: what the seal keeps of them."""
    listed = "\n".join(sorted({name.casefold() for name in names}))
    return hashlib.sha256(listed.encode()).hexdigest()[:32]


# 'S'!$C$5, S!$C$5:$C$9 (Excel), $'S'.$C$5, $S.$C$5:.$C$9 (OpenDocument)
_REFERENCE = re.compile(
    r"=?\$?(?:'(?P<quoted>(?:[^']|'')+)'|(?P<plain>[^'!]+?))[!.]"
    r"\$?(?P<left>[A-Za-z]{1,3})\$?(?P<top>[0-9]{1,7})"
    r"(?::(?:[^:]*[!.])?\$?(?P<right>[A-Za-z]{1,3})\$?(?P<bottom>[0-9]{1,7}))?"
)
_LONGEST = 300


def parse_area(reference: str) -> Area | None:
    """Return the area of a reference; None when it has none (``#REF!``) or is too far out."""
    match = _REFERENCE.fullmatch(reference[: _LONGEST + 1])
    if match is None:
        return None
    sheet = match["quoted"].replace("''", "'") if match["quoted"] else match["plain"]
    left, top = column_number(match["left"]), int(match["top"])
    right = column_number(match["right"]) if match["right"] else left
    bottom = int(match["bottom"]) if match["bottom"] else top
    return limit_area(Area(sheet, top, left, bottom, right))


def limit_area(area: Area) -> Area | None:
    if not 1 <= area.top <= area.bottom <= LAST_ROW:
        return None
    return area if 1 <= area.left <= area.right <= LAST_COLUMN else None


def column_number(letters: str) -> int:
    """``A`` → 1, ``AA`` → 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def column_letters(number: int) -> str:
    """1 → ``A``, 27 → ``AA``."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def format_place(sheet: str, row: int, column: int) -> str:
    """Return the address of a cell, as an agency reads it: ``Output!D7``."""
    return f"{sheet[:31]}!{column_letters(column)}{row}"
