"""Writes the form with xlsxwriter: one sheet to fill in, one that says how; the same bytes each time."""

from __future__ import annotations

from collections.abc import Mapping

from cpsa.bilingual import LANGUAGES, Text
from cpsa.collect.atr import names
from cpsa.collect.atr.context import Context, Line
from cpsa.collect.template.pages import Pages
from cpsa.collect.template.sheet import Sheet, title_of
from cpsa.collect.template.styles import INK, INPUT, LINE
from cpsa.collect.workbook.names import place

TEMPLATE = "ATR-2"
"""Its make; raised when the sheets change."""
READABLE = ("ATR-1", TEMPLATE)
"""The makes that can be read: the first has no column for a promised date."""

_WIDTHS = {
    "number": 19,
    "raised": 17,
    "agencies": 26,
    "asked": 48,
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
_HOW = ("rows", "decide", "pending", "again", "send")
_WIDE = 84


def write(context: Context) -> bytes:
    """The form of a department for a half-year, as the bytes of an .xlsx."""
    title = f"{context.first(context.said('title'))} {context.half.key}"
    pages = Pages(context, title, context.department, context.made_at)
    _fill_in(pages.add(context.first(context.said("sheet"))))
    _how(pages.add(context.first(context.said("how_sheet"))))
    _lists(pages.add(context.first(context.said("lists_sheet"))))
    return pages.sealed(
        context.key,
        agency=context.department,
        quarter=context.half.key,
        framework="",
        template=TEMPLATE,
    )


def cell(context: Context, number: str, column: str) -> str:
    """Where a column of an action stands on the form (``Report!H10``); "" for no action of it."""
    numbers = [line.number for line in context.lines]
    if number not in numbers or column not in _COLUMNS:
        return ""
    title = title_of(context.first(context.said("sheet")))
    row = _HEAD_ROW + 2 + numbers.index(number)
    return place(title, row, _COLUMNS.index(column) + 1)


def _fill_in(sheet: Sheet[Context]) -> None:
    context = sheet.context
    for index, width in enumerate(_WIDTHS.values()):
        sheet.page.set_column(index, index, width)
    sheet.heading(*(context.both(context.said(key), " / ") for key in ("title", "programme")))
    sheet.text(2, 0, context.first(context.said("short")), sheet.styles.second)
    sheet.text(3, 0, context.second(context.said("short")), sheet.styles.second)
    _facts(sheet)
    heads = [context.said(f"column.{name}") for name in _COLUMNS]
    for index, head in enumerate(heads):
        sheet.both(_HEAD_ROW, index, head, sheet.styles.head)
    sheet.height(_HEAD_ROW, *zip(heads, _WIDTHS.values(), strict=True))
    styles = dict.fromkeys(_INPUTS, sheet.styles.words)
    styles |= dict.fromkeys(("day", "promised"), _as_typed(sheet))
    for row, line in enumerate(context.lines, _HEAD_ROW + 1):
        _line(sheet, row, line, styles)
    last = _HEAD_ROW + len(context.lines)
    for column in names.COLUMNS:
        sheet.name(names.column_name(column), _HEAD_ROW + 1, _COLUMNS.index(column), last)
    for column in _INPUTS:
        _hint(sheet, column, last)
    sheet.page.repeat_rows(_HEAD_ROW)
    sheet.finish(freeze=(_HEAD_ROW + 1, 1))


def _facts(sheet: Sheet[Context]) -> None:
    context = sheet.context
    name = Text(*(f"{context.name.in_(one)} ({context.department})" for one in LANGUAGES))
    half = Text(*(context.half.label(one) for one in LANGUAGES))
    for row, (key, value) in enumerate((("department", name), ("half", half)), _FACTS_ROW):
        _merged(sheet, row, 0, 1, context.said(key), sheet.styles.code)
        _merged(sheet, row, 2, 3, value, sheet.styles.label)
        sheet.height(row, (value, _WIDTHS["agencies"] + _WIDTHS["asked"] - 4))
    row = _FACTS_ROW + 2
    _merged(sheet, row, 0, 1, context.said("post"), sheet.styles.code)
    sheet.page.merge_range(row, 2, row, 3, "", sheet.styles.words)
    sheet.input(row, 2, sheet.styles.words, names.POST, context.post)
    sheet.hint(
        row,
        2,
        context.first(context.said("post")),
        context.both(context.said("post_hint")),
    )
    sheet.height(row, (context.said("post"), _WIDTHS["number"] + _WIDTHS["raised"] - 4))


def _merged(
    sheet: Sheet[Context], row: int, left: int, right: int, text: Text, style: object
) -> None:
    sheet.page.merge_range(row, left, row, right, "", style)
    sheet.both(row, left, text, style)


def _as_typed(sheet: Sheet[Context]) -> object:
    """An input that stays text: an office program set to another country would turn days and months."""
    look = {"font_color": INK, "bg_color": INPUT, "border": 1, "border_color": LINE}
    return sheet.book.add_format({**look, "valign": "top", "locked": False, "num_format": "@"})


def _line(sheet: Sheet[Context], row: int, line: Line, styles: Mapping[str, object]) -> None:
    sheet.text(row, 0, line.number, sheet.styles.code)
    shown = {name: getattr(line, name) for name in ("raised", "agencies", "urgency", "due", "last")}
    shown["asked"] = Text(line.asked, line.asked)
    for name, text in shown.items():
        sheet.both(row, _COLUMNS.index(name), text)
    typed = sheet.context.answers.get(line.number, {})
    for name in _INPUTS:
        sheet.said(row, _COLUMNS.index(name), styles[name], typed.get(name, ""))
    # Bold and Devanagari run wider than the digits a column's width is counted in.
    sheet.height(row, *((text, _WIDTHS[name] * 0.8) for name, text in shown.items()))


def _hint(sheet: Sheet[Context], column: str, last: int) -> None:
    context = sheet.context
    rule = {"validate": "list", "source": f"={_LIST}"} if column == "decision" else {}
    hint = "choose" if column == "decision" else f"{column}_hint"
    sheet.hint(
        _HEAD_ROW + 1,
        _COLUMNS.index(column),
        context.first(context.said(f"column.{column}")),
        context.both(context.said(hint)),
        last_row=last,
        **rule,
    )


def _how(sheet: Sheet[Context]) -> None:
    context = sheet.context
    sheet.page.set_column(0, 0, _WIDE)
    sheet.heading(context.both(context.said("how.title"), " / "))
    labels = {
        one: {code: label.in_(one) for code, label in context.choices.items()} for one in LANGUAGES
    }
    for row, step in enumerate(_HOW, 2):
        said = Text(
            *(
                context.said(f"how.{step}", days=context.term_days, **labels[one]).in_(one)
                for one in LANGUAGES
            )
        )
        sheet.both(row, 0, said, sheet.styles.plain)
        sheet.height(row, (said, _WIDE * 0.9))
    sheet.finish(freeze=(1, 0), landscape=False)


def _lists(sheet: Sheet[Context]) -> None:
    """The hidden list behind the drop-down; old .xls files allow no other reference."""
    context = sheet.context
    for row, label in enumerate(context.choices.values()):
        sheet.text(row, 0, context.first(label))
    sheet.name(_LIST, 0, 0, len(context.choices) - 1)
    sheet.page.protect("")
    sheet.page.hide()
