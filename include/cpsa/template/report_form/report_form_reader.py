"""Reads a form that came back, as .xlsx, .xls or .ods: the file guard, the readers and the seal are
those of the template. Nothing is judged here.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from cpsa.actions.answers import Answer
from cpsa.intake.file_guard.unwrap_zip import unwrap_zip
from cpsa.intake.readers.workbook.defined_names import Area, format_place
from cpsa.intake.readers.workbook.template_seal import Seal
from cpsa.intake.readers.workbook.workbook_cells import WorkbookCells
from cpsa.intake.readers.workbook.workbook_reader import open_book
from cpsa.intake.readers.workbook.workbook_update import find_seal
from cpsa.submissions.update import Unreadable
from cpsa.template.report_form import report_form_names

FAMILY = "ATR-"
"""How the make of every form begins, whatever its number."""


@dataclass(frozen=True)
class FilledReportForm:
    """What a form says: its seal (None: it never was ours), the officer's post, the filled rows."""

    seal: Seal | None
    post: str
    answers: tuple[Answer, ...]


def read_report_form(content: bytes) -> FilledReportForm | Unreadable:
    """Read one received form; ``Unreadable`` says why it is none that can be read. Never raises."""
    book = open_book(unwrap_zip(content))
    if isinstance(book, Unreadable):
        return book
    return FilledReportForm(
        find_seal(book),
        _get_text(book, book.names.get(report_form_names.POST)),
        tuple(_read_answers(book)),
    )


def is_report_form(content: bytes) -> bool:
    """Whether a file says that it is such a form, by its seal, even if that seal is broken."""
    form = read_report_form(content)
    return (
        isinstance(form, FilledReportForm)
        and form.seal is not None
        and form.seal.template.startswith(FAMILY)
    )


def _read_answers(book: WorkbookCells) -> list[Answer]:
    """The rows of the frame and below it, top to bottom; those without any input are left out."""
    columns = {
        column: area
        for column in report_form_names.COLUMNS
        if (area := book.names.get(report_form_names.column_name(column))) is not None
    }
    rows: dict[tuple[str, int], dict[str, str]] = {}
    of_column = {(area.sheet, area.left): (name, area.top) for name, area in columns.items()}
    for (sheet, row, column), found in sorted(book.cells.items()):
        if (known := of_column.get((sheet, column))) and row >= known[1]:
            rows.setdefault((sheet, row), {})[known[0]] = _plain(found.text)
    return [
        _make_answer(sheet, row, texts, columns)
        for (sheet, row), texts in rows.items()
        if any(text for name, text in texts.items() if name != "number")
    ]


def _make_answer(
    sheet: str, row: int, texts: Mapping[str, str], columns: Mapping[str, Area]
) -> Answer:
    return Answer(
        **{name: texts.get(name, "") for name in report_form_names.COLUMNS},
        places={name: format_place(sheet, row, area.left) for name, area in columns.items()},
    )


def _get_text(book: WorkbookCells, area: Area | None) -> str:
    found = book.get_cell(area)
    return _plain(found.text) if found else ""


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()
