"""Reads a filled workbook of any kind: the door first, then the parser its kind may have."""

from __future__ import annotations

from cpsa.collect import door
from cpsa.collect.update import Unreadable
from cpsa.collect.workbook import apart
from cpsa.collect.workbook.assembling import WorkbookUpdate, assemble
from cpsa.collect.workbook.book import Book, TooMuchError

SUFFIXES = (".xlsx", ".xls", ".ods")


def read(content: bytes, suffix: str) -> WorkbookUpdate | Unreadable:
    """Read a filled workbook; ``Unreadable`` says why it cannot be. Never raises."""
    suffix = suffix.casefold()
    if refused := door.look(content, suffix):
        return refused
    if suffix not in SUFFIXES:
        return Unreadable("unreadable.kind", detail=suffix)
    book = _xlsx(content) if suffix == ".xlsx" else apart.book(content, suffix)
    return book if isinstance(book, Unreadable) else assemble(book)


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
