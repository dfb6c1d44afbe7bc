"""The first sheet: for whom and when, how to fill the workbook in, and the NIL tick."""

from __future__ import annotations
from cpsa.collect.template.context import Context
from collections.abc import Sequence
from typing import NamedTuple

from xlsxwriter.utility import xl_rowcol_to_cell

from cpsa.bilingual import LANGUAGES, Text
from cpsa.collect.template.completeness import (
    InputBlock,
    completeness_formula,
    completeness_text,
)
from cpsa.collect.template.sheet import Sheet
from cpsa.collect.workbook import names

_HOW = ("cells", "copy", "numbers", "rupees", "parts", "notes", "entries", "free")
_NARROW, _WIDE = 26, 72


class Places(NamedTuple):
    """Where the sheet has the NIL tick, and the row from which what is still to do is written."""

    tick: str
    to_do: int


def fill(sheet: Sheet[Context]) -> Places:
    """Fill the sheet but for what is still to do; where that comes."""
    context, page = sheet.context, sheet.page
    page.set_column(0, 0, _NARROW)
    page.set_column(1, 1, _WIDE)
    sheet.heading(*(context.both(context.said(key), " / ") for key in ("title", "programme")))
    row = 3
    for key, value in _facts(sheet).items():
        sheet.both(row, 0, context.said(key), sheet.styles.code)
        sheet.both(row, 1, value)
        sheet.height(row, (value, _WIDE))
        row += 1
    tick = xl_rowcol_to_cell(row + 1, 1)
    to_do = _officer(sheet, _tick(sheet, row + 1))
    row = to_do + len(context.groups()) + 2
    sheet.both(row, 0, context.said("how.title"), sheet.styles.bold)
    sheet.height(row, (context.said("how.title"), _NARROW))
    for step in _HOW:
        row += 1
        said = context.said(f"how.{step}")
        sheet.both(row, 1, said, sheet.styles.plain)
        sheet.height(row, (said, _WIDE))
    sheet.finish(freeze=(3, 0), landscape=False)
    return Places(tick, to_do)


def add_completeness(sheet: Sheet[Context], places: Places, blocks: Sequence[InputBlock]) -> None:
    """What is still to do on each sheet of indicators, counted by formulas."""
    context, row = sheet.context, places.to_do
    sheet.both(row, 0, context.said("complete.title"), sheet.styles.bold)
    about = context.said("complete.about")
    sheet.both(row, 1, about, sheet.styles.subtitle)
    sheet.height(row, (context.said("complete.title"), _NARROW), (about, _WIDE))
    for block in blocks:
        row += 1
        sheet.both(row, 0, block.group.label)
        sheet.height(row, (block.group.label, _NARROW))
        formula = completeness_formula(context, block, places.tick)
        sheet.formula(row, 1, formula, completeness_text(context, block), sheet.styles.shown_words)


def _facts(sheet: Sheet[Context]) -> dict[str, Text]:
    context = sheet.context
    due = f"{context.due_day or context.quarter.due_day:%d-%m-%Y}"
    name = Text(*(f"{context.agency.name.in_(one)} ({context.agency.code})" for one in LANGUAGES))
    return {
        "agency": name,
        "quarter": Text(*(context.quarter.label(one) for one in LANGUAGES)),
        "due": Text(due, due),
    }


def _tick(sheet: Sheet[Context], row: int) -> int:
    """The NIL tick and the explanation of the whole update; the row after them."""
    context = sheet.context
    yes = context.first(context.said("yes"))
    how = Text(*(context.said("nil.how", yes=yes).in_(one) for one in LANGUAGES))
    sheet.both(row, 0, context.said("nil"), sheet.styles.code)
    sheet.input(row, 1, sheet.styles.words, names.NIL, yes if context.filled.nil else "")
    sheet.height(row, (context.said("nil"), _NARROW))
    sheet.hint(
        row,
        1,
        context.first(context.said("sheet.start")),
        context.both(how),
        validate="list",
        source=[yes],
    )
    sheet.both(row + 1, 1, how, sheet.styles.subtitle)
    sheet.height(row + 1, (how, _WIDE))
    general = context.said("note.general")
    sheet.both(row + 2, 0, general, sheet.styles.code)
    said = context.filled.explanations.get("", "")
    sheet.input(row + 2, 1, sheet.styles.words, names.GENERAL_NOTE, said)
    sheet.height(row + 2, (general, _NARROW), (Text(said, said), _WIDE))
    return row + 3


def _officer(sheet: Sheet[Context], row: int) -> int:
    """Name and designation of the officer who signs; the row after them, and a blank one."""
    context = sheet.context
    officer = context.filled.officer
    for name, key, said in (
        (names.OFFICER_NAME, "officer.name", officer.name),
        (names.OFFICER_DESIGNATION, "officer.designation", officer.designation),
    ):
        label = context.said(key)
        sheet.both(row, 0, label, sheet.styles.code)
        sheet.input(row, 1, sheet.styles.words, name, said)
        sheet.height(row, (label, _NARROW))
        title, about = context.first(context.said("sheet.start")), context.said("officer.about")
        sheet.hint(row, 1, title, context.both(about))
        row += 1
    return row + 1
