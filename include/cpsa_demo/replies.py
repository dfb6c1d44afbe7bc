"""What departments answer in the demo: the rows of ``replies.csv``, filled into the forms they were sent.

A form is taken from the department's own mail, filled in as a person would, and comes back by mail or
through the inbox folder. Nothing here knows what an answer means.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from openpyxl import load_workbook

from cpsa.template.report_form.report_form_names import column_name

BY_MAIL, BY_FOLDER = "mail", "folder"
_TYPED = ("decision", "day", "promised", "remarks")
_NUMBERS = "number"


@dataclass(frozen=True)
class Reply:
    """One filled form. ``form``: which of the department's for the half-year; ``by``: its way in."""

    department: str
    half: str
    form: int
    by: str
    answers: tuple[Mapping[str, str], ...]


def load_replies(file: Path) -> tuple[Reply, ...]:
    """The forms in the order of the file; one for each department, half-year and number."""
    with file.open(encoding="utf-8", newline="") as rows:
        return tuple(_group_forms(csv.DictReader(rows)))


def _group_forms(rows: Iterable[Mapping[str, str]]) -> Iterable[Reply]:
    def find_form(row: Mapping[str, str]) -> tuple[str, str, str, str]:
        return row["department"], row["half"], row["form"], row["by"]

    for (department, half, form, by), answers in groupby(rows, find_form):
        yield Reply(department, half, int(form), by, tuple(answers))


def fill_form(form: bytes, answers: Iterable[Mapping[str, str]]) -> bytes:
    """The form with the answers typed in, each in the row that shows its number.

    KeyError for a number that is not on the form.
    """
    book = load_workbook(io.BytesIO(form))
    columns = {}
    for column in (_NUMBERS, *_TYPED):
        [(sheet, area)] = book.defined_names[column_name(column)].destinations
        first, _, last = area.replace("$", "").partition(":")
        columns[column] = [cell for (cell,) in book[sheet][f"{first}:{last or first}"]]
    rows = {cell.value: place for place, cell in enumerate(columns[_NUMBERS])}
    for answer in answers:
        place = rows[answer[_NUMBERS]]
        for column in _TYPED:
            columns[column][place].value = answer[column] or None
    filled = io.BytesIO()
    book.save(filled)
    return filled.getvalue()
