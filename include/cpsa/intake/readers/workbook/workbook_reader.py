"""Reads a filled workbook of any kind: the file guard first, then the parser for its kind."""

from __future__ import annotations

from cpsa.intake.file_guard.containers import FileKind
from cpsa.intake.file_guard.inspect_file import inspect_file
from cpsa.intake.readers.workbook import parser_process
from cpsa.intake.readers.workbook.workbook_cells import TooMuchError, WorkbookCells
from cpsa.intake.readers.workbook.workbook_update import WorkbookUpdate, assemble_update
from cpsa.submissions.update import Unreadable

SUFFIXES = (FileKind.XLSX, FileKind.XLS, FileKind.ODS)


def read_workbook(content: bytes) -> WorkbookUpdate | Unreadable:
    """Read a filled template; ``Unreadable`` says why it cannot be. Never raises."""
    book = open_book(content)
    return book if isinstance(book, Unreadable) else assemble_update(book)


def open_book(content: bytes) -> WorkbookCells | Unreadable:
    """The named cells of any workbook of ours that came back. Never raises."""
    match kind := inspect_file(content):
        case Unreadable():
            return kind
        case FileKind.CSV:
            return Unreadable("door.is_text")
        case FileKind.XLSX:
            return _open_xlsx(content)
    return parser_process.parse_in_process(content, kind)


def _open_xlsx(content: bytes) -> WorkbookCells | Unreadable:
    from cpsa.intake.readers.workbook import (
        xlsx_reader,  # openpyxl is loaded only where it is needed
    )

    try:
        return xlsx_reader.read_xlsx(content)
    except TooMuchError:
        return Unreadable("workbook.too_much")
    except MemoryError:
        return Unreadable("workbook.too_heavy")
    except Exception:  # whatever openpyxl says of a broken file is the file's fault
        return Unreadable("workbook.damaged")
