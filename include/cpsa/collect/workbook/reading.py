"""Reads a filled workbook of any kind: the door first, then the parser its kind may have."""

from __future__ import annotations

from cpsa.collect import door
from cpsa.collect.update import Unreadable
from cpsa.collect.workbook import apart
from cpsa.collect.workbook.assembling import WorkbookUpdate, assemble
from cpsa.collect.workbook.book import Book, TooMuchError

SUFFIXES = (".xlsx", ".xls", ".ods")


def read(content: bytes, suffix: str) -> WorkbookUpdate | Unreadable:
    """Read a filled template; ``Unreadable`` says why it cannot be. Never raises."""
    book = open_book(content, suffix)
    return book if isinstance(book, Unreadable) else assemble(book)


def open_book(content: bytes, suffix: str) -> Book | Unreadable:
    """The named cells of any workbook of ours that came back. Never raises."""
    suffix = suffix.casefold()
    if refused := door.look(content, suffix):
        return refused
    if suffix not in SUFFIXES:
        return Unreadable("unreadable.kind", detail=suffix)
    return _xlsx(content) if suffix == ".xlsx" else apart.book(content, suffix)


def _xlsx(content: bytes) -> Book | Unreadable:
    from cpsa.collect.workbook import xlsx  # openpyxl is loaded only where it is needed

    try:
        return xlsx.book(content)
    except TooMuchError:
        return Unreadable("workbook.too_much")
    except MemoryError:
        return Unreadable("workbook.too_heavy")
    except Exception:  # whatever openpyxl says of a broken file is the file's fault
        return Unreadable("workbook.damaged")
