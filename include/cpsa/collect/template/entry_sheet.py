"""A sheet for one kind of entries: a frame of rows, each column named, codes from drop-downs."""

from __future__ import annotations

from dataclasses import dataclass

from cpsa.bilingual import Text
from cpsa.collect.template.context import Context
from cpsa.collect.template.lists_sheet import list_name, offered
from cpsa.collect.template.sheet import Sheet
from cpsa.collect.workbook import names

_ROWS = 20
_HEAD_ROW = 4


@dataclass(frozen=True)
class Column:
    """A column of a frame: what it is read as, what it is called, and the list it offers."""

    name: str
    title: str
    width: int
    list: str = ""


_THEME = Column("theme", "theme", 22, "theme")
_DEPARTMENT = Column("department", "department", 22, "department")
_SCHEME = Column("scheme", "scheme", 22, "scheme")
_WHAT = Column("text", "text", 40)
COLUMNS = {
    "success": (_THEME, _WHAT),
    "challenge": (_THEME, _WHAT),
    "lesson": (_THEME, _WHAT),
    "suggestion": (_THEME, _WHAT),
    "policy_support": (
        _THEME,
        _DEPARTMENT,
        Column("request", "request", 34),
        Column("urgency", "urgency", 11, "urgency"),
        _WHAT,
        _SCHEME,
    ),
    "training_need": (Column("request", "module", 40, "module"), _THEME, _WHAT),
    "convergence": (
        _DEPARTMENT,
        _SCHEME,
        Column("amount", "amount", 14),
        Column("people", "people", 12),
        _THEME,
        _WHAT,
    ),
}


def fill(sheet: Sheet[Context], kind: str) -> None:
    context = sheet.context
    sheet.heading(
        *(
            context.both(context.said(key), " / ")
            for key in (f"entries.{kind}", f"about.{kind}", "rows")
        )
    )
    said = context.filled.entries.get(kind, ())
    first, last = _HEAD_ROW + 1, _HEAD_ROW + max(_ROWS, len(said))
    heads: list[tuple[Text, float]] = []
    for place, column in enumerate(COLUMNS[kind]):
        head = context.said(f"entry.{column.title}")
        heads.append((head, column.width))
        sheet.page.set_column(place, place, column.width, sheet.styles.below)
        sheet.both(_HEAD_ROW, place, head, sheet.styles.head)
        shown = [_shown(context, column, row.get(column.name, "")) for row in said]
        shown += [""] * (last + 1 - first - len(shown))
        for row, text in enumerate(shown, first):
            sheet.said(row, place, sheet.styles.words, text)
        sheet.name(names.entry_name(kind, column.name), first, place, last)
        if column.list:
            sheet.hint(
                first,
                place,
                context.first(head),
                context.both(context.said("choose")),
                last_row=last,
                validate="list",
                source=f"={list_name(column.list)}",
            )
    sheet.height(_HEAD_ROW, *heads)
    for row, one in enumerate(said, first):
        texts = ((one.get(column.name, ""), column.width - 2) for column in COLUMNS[kind])
        sheet.height(row, *((Text(text, text), width) for text, width in texts))
    sheet.page.repeat_rows(_HEAD_ROW)
    sheet.finish(freeze=(_HEAD_ROW + 1, 0))


def _shown(context: Context, column: Column, said: str) -> str:
    """What a cell shows: a code as its drop-down offers it, anything else as it was typed."""
    return offered(context, column.list).get(said, said) if column.list else said
