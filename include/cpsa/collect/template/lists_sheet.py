"""The hidden lists behind the drop-downs: themes, departments, schemes, modules, urgency."""

from __future__ import annotations

from cpsa.bilingual import Text
from cpsa.collect.entries_reader import URGENCIES
from cpsa.collect.template.context import Context
from cpsa.collect.template.sheet import Sheet
from cpsa.collect.workbook.assembling import CODE_ENDS


def fill(sheet: Sheet[Context]) -> None:
    for column, name in enumerate(choices(sheet.context)):
        sheet.text(0, column, name)
        shown = offered(sheet.context, name).values()
        for row, choice in enumerate(shown, 1):
            sheet.text(row, column, choice)
        sheet.name(list_name(name), 1, column, len(shown))
        sheet.page.set_column(column, column, 50)
    sheet.page.protect("")
    sheet.page.hide()


def list_name(name: str) -> str:
    """The name a drop-down refers to; old .xls files allow no other reference."""
    return f"list_{name}"


def offered(context: Context, name: str) -> dict[str, str]:
    """What a drop-down offers, by code."""
    labels = choices(context)[name]
    return {code: f"{code}{CODE_ENDS}{context.first(label)}" for code, label in labels.items()}


def choices(context: Context) -> dict[str, dict[str, Text]]:
    """What there is to choose from, by list and code."""
    reference = context.reference
    return {
        "theme": {code: one.name for code, one in reference.themes.items()},
        "department": {code: one.name for code, one in reference.departments.items()},
        "scheme": {code: one.name for code, one in reference.schemes.items()},
        "module": {code: one.title for code, one in reference.training_modules.items()},
        "urgency": {code: context.said(f"urgency.{code}") for code in URGENCIES},
    }
