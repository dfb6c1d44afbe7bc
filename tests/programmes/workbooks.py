"""A long-form update typed into the template of its agency, as an office would do it.

Cells are found as a person finds them, by the code at the left and the heading above, never by
the defined names that the readers go by. What a workbook cannot say (a row twice, an indicator
that is not on it, another agency's rows) is left to the long form.
"""

import csv
import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from openpyxl import load_workbook
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet
from tests.programmes.files import HEADER
from tests.programmes.table import FORMS

Place = tuple[str, str]  # indicator and dimension, "" being the total

HEADINGS = {
    "": "Total: this quarter",
    "women": "Women: this quarter",
    "micro": "Micro enterprises: this quarter",
    "poverty": "Below the poverty line: this quarter",
}
NIL = "NIL return"
TICKS = ("yes", "हाँ", "YES", True)
ABOVE = 3  # rows are inserted here, between the title and the table
PLAIN_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,11})(\.[0-9]{1,2})?")


FORMULA = re.compile(rb"(<f>)([0-9.-]+)\+0(</f>)<v *(?:/>|></v>)")  # written without its result


@dataclass
class Said:
    """What an update says, as far as a template can say it.

    ``formulas``: figures that are results of formulas; ``outdated``: the file says that they may be
    out of date; ``broken_seal``: somebody changed what signs the template.
    """

    texts: dict[Place, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    nil: bool = False
    formulas: frozenset[Place] = frozenset()
    outdated: bool = False
    broken_seal: bool = False


@dataclass
class Filled:
    """A workbook as it is sent, and where each figure stands in it."""

    content: bytes
    places: dict[Place, str]


def said_by(content: bytes, agency: str, quarter: str) -> Said | None:
    """What a long-form update says; None where no filled template can say the same."""
    try:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error):
        return None
    if not rows or tuple(rows[0]) != HEADER:
        return None
    asked = {
        (one.code, dimension) for one in FORMS[agency[:2]] for dimension in ("", *one.dimensions)
    }
    said = Said()
    for row in filter(None, rows[1:]):
        if len(row) != len(HEADER) or row[:2] != [agency, quarter]:
            return None
        code, dimension, text, note = row[2], row[3], row[4], row[5]
        if code.casefold() == "nil":
            said.nil = True
            continue
        place = (code, "" if dimension.casefold() == "total" else dimension)
        if place in said.texts or place not in asked:
            return None
        said.texts[place] = text
        said.notes.setdefault(code, note)
    return said


def typed_in(said: Said, template: bytes, rng: Random, rearranged: bool) -> Filled:
    """The template with everything typed in; ``rearranged``: rows inserted above, tabs renamed."""
    book = load_workbook(io.BytesIO(template))
    cells = {
        place: cell
        for sheet in book.worksheets
        if sheet.sheet_state == "visible"
        for place, cell in _inputs(sheet).items()
    }
    for place, text in said.texts.items():
        formula = place in said.formulas and PLAIN_NUMBER.fullmatch(text)
        cells[place].value = f"={text}+0" if formula else _as_typed(text, rng)
    for code, note in said.notes.items():
        _explanation(cells[code, ""]).value = note or None
    book.calculation.fullCalcOnLoad = said.outdated
    if said.broken_seal:
        sheet, _, cell = book.defined_names["seal_code"].attr_text.rpartition("!")
        book[sheet.strip("'")][cell.replace("$", "")].value = "0" * 64
    if said.nil:
        _beside(book.worksheets[0], NIL).value = rng.choice(TICKS)
    if rearranged:
        for sheet in {cell.parent.title: cell.parent for cell in cells.values()}.values():
            _rearrange(book, sheet, rng.randint(1, 4))
    places = {place: f"{cell.parent.title}!{cell.coordinate}" for place, cell in cells.items()}
    return Filled(_with_results(_saved(book)) if said.formulas else _saved(book), places)


def _inputs(sheet: Worksheet) -> dict[Place, Any]:
    """The cells of a sheet of indicators by what stands at their left and above them."""
    heads = next((row for row in sheet.iter_rows() if {"Code", "कोड"} & set(_lines(row[0]))), None)
    if heads is None:
        return {}
    columns = {
        dimension: head.column
        for head in heads
        for dimension, heading in HEADINGS.items()
        if heading in _lines(head)
    }
    asked = {one.code: one for form in FORMS.values() for one in form}
    return {
        (row[0].value, dimension): sheet.cell(row[0].row, columns[dimension])
        for row in sheet.iter_rows(min_row=heads[0].row + 1)
        if columns and row[0].value in asked
        for dimension in ("", *asked[row[0].value].dimensions)
    }


def _explanation(figure: Any) -> Any:
    """The last column of the row a figure stands in."""
    return figure.parent.cell(figure.row, figure.parent.max_column)


def _beside(sheet: Worksheet, label: str) -> Any:
    (row,) = (
        row for row in sheet.iter_rows() if any(one.startswith(label) for one in _lines(row[0]))
    )
    return row[1]


def _lines(cell: Any) -> list[str]:
    return str(cell.value or "").split("\n")


def _as_typed(text: str, rng: Random) -> object:
    """A plain number becomes a number in most offices, and stays text in some."""
    if PLAIN_NUMBER.fullmatch(text) and rng.random() < 0.7:
        return float(text) if "." in text else int(text)
    return text or None


def _rearrange(book: Workbook, sheet: Worksheet, rows: int) -> None:
    """Insert rows and rename the tab; names go along, as they do in every office program."""
    before, after = sheet.title, f"{sheet.title[:20]} मेरी"
    sheet.insert_rows(ABOVE, rows)
    sheet.title = after
    for defined in book.defined_names.values():
        title, _, area = defined.attr_text.rpartition("!")
        if title.strip("'") == before:
            defined.attr_text = f"'{after}'!{re.sub(r'[0-9]+', _moved(rows), area)}"


def _moved(rows: int) -> Callable[[re.Match[str]], str]:
    return lambda match: str(int(match[0]) + rows)


def _with_results(content: bytes) -> bytes:
    """The workbook with the results of its formulas, as an office program stores them."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w") as new:
        for part in old.infolist():
            data = old.read(part)
            if part.filename.startswith("xl/worksheets/"):
                data = FORMULA.sub(rb"\1\2+0\3<v>\2</v>", data)
            new.writestr(part, data)
    return stream.getvalue()


def _saved(book: Workbook) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()
