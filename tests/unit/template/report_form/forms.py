"""Forms made for tests, and filled in by defined name as a person would fill their rows."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import datetime

from openpyxl import load_workbook

from cpsa.actions.decision import Decision
from cpsa.calendar import IST, parse_period
from cpsa.i18n.text import Text
from cpsa.template.report_form.report_form_context import ReportFormContext, ReportFormRow
from cpsa.template.report_form.report_form_names import POST, column_name
from cpsa.template.report_form.report_form_writer import write_report_form

KEY = b"a key for tests"
HALF = "2025-26-H2"


def line(number: str) -> ReportFormRow:
    both = Text("words", "शब्द")
    return ReportFormRow(number, both, both, "=No power at noon", "=Light it", both, both, both)


def blank(*numbers: str, department: str = "DOIC", language: str = "en") -> bytes:
    return write_report_form(
        ReportFormContext(
            department=department,
            name=Text("Department of Industry", "उद्योग विभाग"),
            half=parse_period(HALF),
            reader=language,
            lines=[line(number) for number in numbers],
            choices={one.value: one.label for one in Decision},
            term_days=90,
            made_at=datetime(2026, 5, 1, 6, tzinfo=IST),
            key=KEY,
        )
    )


def filled(
    content: bytes, rows: Sequence[Mapping[str, object]], post: str = "Joint Director"
) -> bytes:
    """A form with its rows filled from the first on, each by column."""
    book = load_workbook(io.BytesIO(content))
    _cell(book, POST).value = post
    for place, row in enumerate(rows):
        for column, value in row.items():
            _cell(book, column_name(column), place).value = value
    return saved(book)


def numbers(content: bytes) -> list[str]:
    """The actions on a form, in its order."""
    book = load_workbook(io.BytesIO(content))
    title, _, area = book.defined_names[column_name("number")].attr_text.rpartition("!")
    return [row[0].value for row in book[title.strip("'")][area.replace("$", "")]]


def saved(book) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _cell(book, name: str, below: int = 0):
    title, _, area = book.defined_names[name].attr_text.rpartition("!")
    first = area.partition(":")[0].replace("$", "")
    return book[title.strip("'")][first].offset(row=below)
