"""The first sheet: for whom and when, how to fill the workbook in, and the NIL tick."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from xlsxwriter.utility import xl_rowcol_to_cell

from cpsa.i18n.text import Text
from cpsa.intake.readers.workbook import defined_names
from cpsa.template.completeness import (
    InputBlock,
    build_completeness_formula,
    build_completeness_text,
)
from cpsa.template.sheet_builder import SheetBuilder
from cpsa.template.template_context import TemplateContext

_STEPS = ("cells", "copy", "numbers", "rupees", "parts", "notes", "entries", "free")
_NARROW, _WIDE = 26, 72


class StartSheetPlaces(NamedTuple):
    """Where the sheet has the NIL tick, and the row from which what is still to do is written."""

    tick: str
    to_do: int


def fill_start_sheet(sheet: SheetBuilder[TemplateContext]) -> StartSheetPlaces:
    """Fill the sheet except for what is still to do; return where that comes."""
    context, page = sheet.context, sheet.page
    page.set_column(0, 0, _NARROW)
    page.set_column(1, 1, _WIDE)
    sheet.write_heading(
        *(context.in_both(context.get_text(key), " / ") for key in ("title", "programme"))
    )
    row = 3
    for key, value in _list_facts(sheet).items():
        sheet.write_both(row, 0, context.get_text(key), sheet.styles.code)
        sheet.write_both(row, 1, value)
        sheet.set_height(row, (value, _WIDE))
        row += 1
    tick = xl_rowcol_to_cell(row + 1, 1)
    to_do = _add_officer(sheet, _add_tick(sheet, row + 1))
    row = to_do + len(context.list_groups()) + 2
    sheet.write_both(row, 0, context.get_text("how.title"), sheet.styles.bold)
    sheet.set_height(row, (context.get_text("how.title"), _NARROW))
    for instruction in _list_instructions(context):
        row += 1
        sheet.write_both(row, 1, instruction, sheet.styles.plain)
        sheet.set_height(row, (instruction, _WIDE))
    sheet.finish(freeze=(3, 0), landscape=False)
    return StartSheetPlaces(tick, to_do)


def _list_instructions(context: TemplateContext) -> list[Text]:
    """How to fill the workbook in; of a form with tables also what their sheets are called."""
    instructions = [context.get_text(f"how.{step}") for step in _STEPS]
    tables = context.framework.form_tables(context.agency.form)
    if tables:
        sheets = ", ".join(f"“{context.in_first(table.label)}”" for table in tables)
        about = context.get_text("how.tables", sheets=sheets)
        instructions.insert(_STEPS.index("entries"), about)
    return instructions


def add_completeness(
    sheet: SheetBuilder[TemplateContext], places: StartSheetPlaces, blocks: Sequence[InputBlock]
) -> None:
    """What is still to do on each sheet of indicators, counted by formulas."""
    context, row = sheet.context, places.to_do
    sheet.write_both(row, 0, context.get_text("complete.title"), sheet.styles.bold)
    about = context.get_text("complete.about")
    sheet.write_both(row, 1, about, sheet.styles.subtitle)
    sheet.set_height(row, (context.get_text("complete.title"), _NARROW), (about, _WIDE))
    for block in blocks:
        row += 1
        sheet.write_both(row, 0, block.group.label)
        sheet.set_height(row, (block.group.label, _NARROW))
        formula = build_completeness_formula(context, block, places.tick)
        sheet.write_formula(
            row, 1, formula, build_completeness_text(context, block), sheet.styles.shown_words
        )


def _list_facts(sheet: SheetBuilder[TemplateContext]) -> dict[str, Text]:
    context = sheet.context
    due = f"{context.due_day or context.quarter.due_day:%d-%m-%Y}"
    name = Text.from_function(
        lambda language: f"{context.agency.name.in_(language)} ({context.agency.code})"
    )
    return {
        "agency": name,
        "quarter": Text.from_function(context.quarter.label),
        "due": Text.untranslated(due),
    }


def _add_tick(sheet: SheetBuilder[TemplateContext], row: int) -> int:
    """The NIL tick and the explanation of the whole update; the row after them."""
    context = sheet.context
    yes = context.in_first(context.get_text("yes"))
    instruction = context.get_text("nil.how", yes=yes)
    sheet.write_both(row, 0, context.get_text("nil"), sheet.styles.code)
    sheet.add_input(
        row, 1, sheet.styles.words, defined_names.NIL, yes if context.filled.nil else ""
    )
    sheet.set_height(row, (context.get_text("nil"), _NARROW))
    sheet.add_hint(
        row,
        1,
        context.in_first(context.get_text("sheet.start")),
        context.in_both(instruction),
        validate="list",
        source=[yes],
    )
    sheet.write_both(row + 1, 1, instruction, sheet.styles.subtitle)
    sheet.set_height(row + 1, (instruction, _WIDE))
    general = context.get_text("note.general")
    sheet.write_both(row + 2, 0, general, sheet.styles.code)
    explanation = context.filled.explanations.get("", "")
    sheet.add_input(row + 2, 1, sheet.styles.words, defined_names.GENERAL_NOTE, explanation)
    sheet.set_height(row + 2, (general, _NARROW), (Text.untranslated(explanation), _WIDE))
    return row + 3


def _add_officer(sheet: SheetBuilder[TemplateContext], row: int) -> int:
    """Name and designation of the officer who signs; the row after them, and a blank one."""
    context = sheet.context
    officer = context.filled.officer
    for name, key, typed in (
        (defined_names.OFFICER_NAME, "officer.name", officer.name),
        (defined_names.OFFICER_DESIGNATION, "officer.designation", officer.designation),
    ):
        label = context.get_text(key)
        sheet.write_both(row, 0, label, sheet.styles.code)
        sheet.add_input(row, 1, sheet.styles.words, name, typed)
        sheet.set_height(row, (label, _NARROW))
        title, about = (
            context.in_first(context.get_text("sheet.start")),
            context.get_text("officer.about"),
        )
        sheet.add_hint(row, 1, title, context.in_both(about))
        row += 1
    return row + 1
