"""A sheet for one kind of entries: a frame of rows, each column named, codes from drop-downs."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cpsa.i18n.text import Text
from cpsa.intake.readers.workbook import defined_names
from cpsa.template.lists_sheet import list_choices, list_name
from cpsa.template.sheet_builder import SheetBuilder
from cpsa.template.template_context import TemplateContext

_ROWS = 20
_HEAD_ROW = 4


@dataclass(frozen=True)
class EntryColumn:
    """A column of a frame: what it is read as, what it is called, and the list it offers.

    ``open``: another text than a choice of the list is accepted.
    """

    name: str
    title: str
    width: int
    list: str = ""
    open: bool = False


_THEME = EntryColumn("theme", "theme", 22, "theme")
_DEPARTMENT = EntryColumn("department", "department", 22, "department")
_SCHEME = EntryColumn("scheme", "scheme", 22, "scheme")
_TEXT = EntryColumn("text", "text", 40)
COLUMNS = {
    "success": (_THEME, _TEXT),
    "challenge": (_THEME, _TEXT),
    "lesson": (_THEME, _TEXT),
    "suggestion": (_THEME, _TEXT),
    "policy_support": (
        _THEME,
        _DEPARTMENT,
        EntryColumn("request", "request", 34),
        EntryColumn("urgency", "urgency", 11, "urgency"),
        _TEXT,
        _SCHEME,
    ),
    "training_need": (EntryColumn("request", "module", 40, "module"), _THEME, _TEXT),
    # Narrow enough for one page on paper.
    "convergence": (
        EntryColumn("department", "contributor", 22, "contributor", open=True),
        EntryColumn("help", "help", 16, "help", open=True),
        EntryColumn("units", "units", 8),
        EntryColumn("rate", "rate", 9),
        EntryColumn("amount", "amount", 12),
        EntryColumn("people", "people", 10),
        EntryColumn("women", "women", 9),
        replace(_SCHEME, width=17),
        replace(_THEME, width=15),
        replace(_TEXT, width=30),
    ),
}


def fill_entry_sheet(sheet: SheetBuilder[TemplateContext], kind: str) -> None:
    context = sheet.context
    title, rows = (
        context.in_both(context.get_text(key), " / ") for key in (f"entries.{kind}", "rows")
    )
    sheet.write_heading(title, "", rows)
    widths = [column.width for column in COLUMNS[kind]]
    sheet.write_guidance(context.get_text(f"about.{kind}"), widths)
    entries = context.filled.entries.get(kind, ())
    first, last = _HEAD_ROW + 1, _HEAD_ROW + max(_ROWS, len(entries))
    heads: list[tuple[Text, float]] = []
    for place, column in enumerate(COLUMNS[kind]):
        head = context.get_text(f"entry.{column.title}")
        heads.append((head, column.width))
        sheet.page.set_column(place, place, column.width, sheet.styles.below)
        sheet.write_both(_HEAD_ROW, place, head, sheet.styles.head)
        shown = [_format_shown(context, column, row.get(column.name, "")) for row in entries]
        shown += [""] * (last + 1 - first - len(shown))
        for row, text in enumerate(shown, first):
            sheet.write_typed(row, place, sheet.styles.words, text)
        sheet.define_name(defined_names.entry_name(kind, column.name), first, place, last)
        if column.list:
            sheet.add_hint(
                first,
                place,
                context.in_first(head),
                context.in_both(context.get_text("choose_or_write" if column.open else "choose")),
                last_row=last,
                validate="list",
                source=f"={list_name(column.list)}",
                show_error=not column.open,
            )
    sheet.set_height(_HEAD_ROW, *heads)
    for row, entry in enumerate(entries, first):
        texts = ((entry.get(column.name, ""), column.width - 2) for column in COLUMNS[kind])
        sheet.set_height(row, *((Text.untranslated(text), width) for text, width in texts))
    sheet.page.repeat_rows(_HEAD_ROW)
    sheet.finish(freeze=(_HEAD_ROW + 1, 0))


def _format_shown(context: TemplateContext, column: EntryColumn, typed: str) -> str:
    """What a cell shows: a code as its drop-down offers it, anything else as it was typed."""
    return list_choices(context, column.list).get(typed, typed) if column.list else typed
