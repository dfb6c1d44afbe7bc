"""Reads a filled workbook of any kind: the door first, then the parser its kind may have."""

from __future__ import annotations

from cpsa.collect import door
from cpsa.collect.door import FileKind
from cpsa.collect.update import Unreadable
from cpsa.collect.workbook import apart
from cpsa.collect.workbook.assembling import WorkbookUpdate, assemble
from cpsa.collect.workbook.book import Book, TooMuchError

SUFFIXES = (FileKind.XLSX, FileKind.XLS, FileKind.ODS)


def read(content: bytes) -> WorkbookUpdate | Unreadable:
    """Read a filled template; ``Unreadable`` says why it cannot be. Never raises."""
    book = open_book(content)
    return book if isinstance(book, Unreadable) else assemble(book)


def open_book(content: bytes) -> Book | Unreadable:
    """The named cells of any workbook of ours that came back. Never raises."""
    match kind := door.look(content):
        case Unreadable():
            return kind
        case FileKind.CSV:
            return Unreadable("door.is_text")
        case FileKind.XLSX:
            return _xlsx(content)
    return apart.book(content, kind)


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
