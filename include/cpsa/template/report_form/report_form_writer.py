"""Writes the form with xlsxwriter: one sheet to fill in, one that says how; the same bytes each time."""

from __future__ import annotations

from collections.abc import Mapping

from cpsa.i18n.text import Text
from cpsa.intake.readers.workbook.defined_names import format_place
from cpsa.template.report_form import report_form_names
from cpsa.template.report_form.report_form_context import ReportFormContext, ReportFormRow
from cpsa.template.sheet_builder import SheetBuilder, make_sheet_title
from cpsa.template.styles import INK, INPUT, LINE
from cpsa.template.workbook_builder import WorkbookBuilder

TEMPLATE = "ATR-3"
"""Its make; raised when the sheets change."""
READABLE = ("ATR-1", "ATR-2", TEMPLATE)
"""The makes that can be read: the first has no column for a promised date, and the second has the
agency's words and its request in one column."""

_WIDTHS = {
    "number": 19,
    "raised": 17,
    "agencies": 26,
    "words": 44,
    "request": 34,
    "urgency": 13,
    "due": 16,
    "last": 20,
    "decision": 22,
    "day": 15,
    "promised": 17,
    "remarks": 40,
}
_COLUMNS = tuple(_WIDTHS)
_INPUTS = ("decision", "day", "promised", "remarks")
_FACTS_ROW = 4
_HEAD_ROW = 8
_LIST = "list_decision"
_STEPS = ("rows", "decide", "pending", "again", "send")
_WIDE = 84


def write_report_form(context: ReportFormContext) -> bytes:
    """The form of a department for a half-year, as the bytes of an .xlsx."""
    title = f"{context.in_first(context.get_text('title'))} {context.half.key}"
    pages = WorkbookBuilder(context, title, context.department, context.made_at)
    _fill_form_sheet(pages.add_sheet(context.in_first(context.get_text("sheet"))))
    _fill_instructions(pages.add_sheet(context.in_first(context.get_text("how_sheet"))))
    _fill_lists(pages.add_sheet(context.in_first(context.get_text("lists_sheet"))))
    return pages.save_sealed(
        context.key,
        agency=context.department,
        quarter=context.half.key,
        framework="",
        template=TEMPLATE,
    )


def find_form_cell(context: ReportFormContext, number: str, column: str) -> str:
    """Return the cell of a column of an action on the form (``Report!H10``); "" for no action of it."""
    numbers = [line.number for line in context.lines]
    if number not in numbers or column not in _COLUMNS:
        return ""
    title = make_sheet_title(context.in_first(context.get_text("sheet")))
    row = _HEAD_ROW + 2 + numbers.index(number)
    return format_place(title, row, _COLUMNS.index(column) + 1)


def _fill_form_sheet(sheet: SheetBuilder[ReportFormContext]) -> None:
    context = sheet.context
    for index, width in enumerate(_WIDTHS.values()):
        sheet.page.set_column(index, index, width)
    sheet.write_heading(
        *(context.in_both(context.get_text(key), " / ") for key in ("title", "programme"))
    )
    sheet.write_text(2, 0, context.in_first(context.get_text("short")), sheet.styles.second)
    sheet.write_text(3, 0, context.in_second(context.get_text("short")), sheet.styles.second)
    _add_facts(sheet)
    heads = [context.get_text(f"column.{name}") for name in _COLUMNS]
    for index, head in enumerate(heads):
        sheet.write_both(_HEAD_ROW, index, head, sheet.styles.head)
    sheet.set_height(_HEAD_ROW, *zip(heads, _WIDTHS.values(), strict=True))
    styles = dict.fromkeys(_INPUTS, sheet.styles.words)
    styles |= dict.fromkeys(("day", "promised"), _make_text_format(sheet))
    for row, line in enumerate(context.lines, _HEAD_ROW + 1):
        _add_row(sheet, row, line, styles)
    last = _HEAD_ROW + len(context.lines)
    for column in report_form_names.COLUMNS:
        sheet.define_name(
            report_form_names.column_name(column), _HEAD_ROW + 1, _COLUMNS.index(column), last
        )
    for column in _INPUTS:
        _add_hint(sheet, column, last)
    sheet.page.repeat_rows(_HEAD_ROW)
    sheet.finish(freeze=(_HEAD_ROW + 1, 1))


def _add_facts(sheet: SheetBuilder[ReportFormContext]) -> None:
    context = sheet.context
    name = Text.from_function(
        lambda language: f"{context.name.in_(language)} ({context.department})"
    )
    half = Text.from_function(context.half.label)
    for row, (key, value) in enumerate((("department", name), ("half", half)), _FACTS_ROW):
        _write_merged(sheet, row, 0, 1, context.get_text(key), sheet.styles.code)
        _write_merged(sheet, row, 2, 3, value, sheet.styles.label)
        sheet.set_height(row, (value, _WIDTHS["agencies"] + _WIDTHS["words"] - 4))
    row = _FACTS_ROW + 2
    _write_merged(sheet, row, 0, 1, context.get_text("post"), sheet.styles.code)
    sheet.page.merge_range(row, 2, row, 3, "", sheet.styles.words)
    sheet.add_input(row, 2, sheet.styles.words, report_form_names.POST, context.post)
    sheet.add_hint(
        row,
        2,
        context.in_first(context.get_text("post")),
        context.in_both(context.get_text("post_hint")),
    )
    sheet.set_height(row, (context.get_text("post"), _WIDTHS["number"] + _WIDTHS["raised"] - 4))


def _write_merged(
    sheet: SheetBuilder[ReportFormContext],
    row: int,
    left: int,
    right: int,
    text: Text,
    style: object,
) -> None:
    sheet.page.merge_range(row, left, row, right, "", style)
    sheet.write_both(row, left, text, style)


def _make_text_format(sheet: SheetBuilder[ReportFormContext]) -> object:
    """An input that stays text: an office program set to another country would swap days and months."""
    properties = {"font_color": INK, "bg_color": INPUT, "border": 1, "border_color": LINE}
    return sheet.book.add_format(
        {**properties, "valign": "top", "locked": False, "num_format": "@"}
    )


def _add_row(
    sheet: SheetBuilder[ReportFormContext],
    row: int,
    line: ReportFormRow,
    styles: Mapping[str, object],
) -> None:
    sheet.write_text(row, 0, line.number, sheet.styles.code)
    shown = {name: getattr(line, name) for name in ("raised", "agencies", "urgency", "due", "last")}
    shown |= {name: Text.untranslated(getattr(line, name)) for name in ("words", "request")}
    for name, text in shown.items():
        sheet.write_both(row, _COLUMNS.index(name), text)
    typed = sheet.context.answers.get(line.number, {})
    for name in _INPUTS:
        sheet.write_typed(row, _COLUMNS.index(name), styles[name], typed.get(name, ""))
    # Bold and Devanagari run wider than the digits a column's width is counted in.
    sheet.set_height(row, *((text, _WIDTHS[name] * 0.8) for name, text in shown.items()))


def _add_hint(sheet: SheetBuilder[ReportFormContext], column: str, last: int) -> None:
    context = sheet.context
    rule = {"validate": "list", "source": f"={_LIST}"} if column == "decision" else {}
    hint = "choose" if column == "decision" else f"{column}_hint"
    sheet.add_hint(
        _HEAD_ROW + 1,
        _COLUMNS.index(column),
        context.in_first(context.get_text(f"column.{column}")),
        context.in_both(context.get_text(hint)),
        last_row=last,
        **rule,
    )


def _fill_instructions(sheet: SheetBuilder[ReportFormContext]) -> None:
    context = sheet.context
    sheet.page.set_column(0, 0, _WIDE)
    sheet.write_heading(context.in_both(context.get_text("how.title"), " / "))
    for row, step in enumerate(_STEPS, 2):
        instruction = context.get_text(f"how.{step}", days=context.term_days, **context.choices)
        sheet.write_both(row, 0, instruction, sheet.styles.plain)
        sheet.set_height(row, (instruction, _WIDE * 0.9))
    sheet.finish(freeze=(1, 0), landscape=False)


def _fill_lists(sheet: SheetBuilder[ReportFormContext]) -> None:
    """The hidden list behind the drop-down; old .xls files allow no other reference."""
    context = sheet.context
    for row, label in enumerate(context.choices.values()):
        sheet.write_text(row, 0, context.in_first(label))
    sheet.define_name(_LIST, 0, 0, len(context.choices) - 1)
    sheet.page.protect("")
    sheet.page.hide()
