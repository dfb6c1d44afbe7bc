"""Reads a form that came back, as .xlsx, .xls or .ods: the door, the readers and the seal are those
of the template. Nothing is judged here.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from cpsa.actions.answers import Answer
from cpsa.collect import door
from cpsa.collect.atr import names
from cpsa.collect.update import Unreadable
from cpsa.collect.workbook import Seal, open_book
from cpsa.collect.workbook.assembling import found_seal
from cpsa.collect.workbook.book import Book
from cpsa.collect.workbook.names import Area, place

FAMILY = "ATR-"
"""How the make of every form begins, whatever its number."""


@dataclass(frozen=True)
class Form:
    """What a form says: its seal (None: it never was ours), the officer's post, the filled rows."""

    seal: Seal | None
    post: str
    answers: tuple[Answer, ...]


def read(content: bytes) -> Form | Unreadable:
    """Read one received form; ``Unreadable`` says why it is none that can be read. Never raises."""
    book = open_book(door.unwrap(content))
    if isinstance(book, Unreadable):
        return book
    return Form(found_seal(book), _text(book, book.names.get(names.POST)), tuple(_answers(book)))


def is_form(content: bytes) -> bool:
    """Whether a file says that it is such a form, by its seal, however that seal stands."""
    form = read(content)
    return (
        isinstance(form, Form) and form.seal is not None and form.seal.template.startswith(FAMILY)
    )


def _answers(book: Book) -> list[Answer]:
    """The rows of the frame and below it, top to bottom; those without any input are left out."""
    columns = {
        column: area
        for column in names.COLUMNS
        if (area := book.names.get(names.column_name(column))) is not None
    }
    rows: dict[tuple[str, int], dict[str, str]] = {}
    of_column = {(area.sheet, area.left): (name, area.top) for name, area in columns.items()}
    for (sheet, row, column), found in sorted(book.cells.items()):
        if (known := of_column.get((sheet, column))) and row >= known[1]:
            rows.setdefault((sheet, row), {})[known[0]] = _plain(found.text)
    return [
        _answer(sheet, row, said, columns)
        for (sheet, row), said in rows.items()
        if any(text for name, text in said.items() if name != "number")
    ]


def _answer(sheet: str, row: int, said: Mapping[str, str], columns: Mapping[str, Area]) -> Answer:
    return Answer(
        **{name: said.get(name, "") for name in names.COLUMNS},
        places={name: place(sheet, row, area.left) for name, area in columns.items()},
    )


def _text(book: Book, area: Area | None) -> str:
    found = book.at(area)
    return _plain(found.text) if found else ""


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()
