"""The hidden lists behind the drop-downs: themes, departments, schemes, modules, urgency."""

from __future__ import annotations

from cpsa.i18n.text import Text
from cpsa.intake.readers.entries_reader import URGENCIES
from cpsa.intake.readers.workbook.workbook_update import CODE_ENDS
from cpsa.template.sheet_builder import SheetBuilder
from cpsa.template.template_context import TemplateContext


def fill_lists_sheet(sheet: SheetBuilder[TemplateContext]) -> None:
    for column, name in enumerate(map_choices(sheet.context)):
        sheet.write_text(0, column, name)
        shown = list_choices(sheet.context, name).values()
        for row, choice in enumerate(shown, 1):
            sheet.write_text(row, column, choice)
        sheet.define_name(list_name(name), 1, column, len(shown))
        sheet.page.set_column(column, column, 50)
    sheet.page.protect("")
    sheet.page.hide()


def list_name(name: str) -> str:
    """The name a drop-down refers to; old .xls files allow no other reference."""
    return f"list_{name}"


def list_choices(context: TemplateContext, name: str) -> dict[str, str]:
    """Return what a drop-down offers, by code."""
    labels = map_choices(context)[name]
    return {code: f"{code}{CODE_ENDS}{context.in_first(label)}" for code, label in labels.items()}


def map_choices(context: TemplateContext) -> dict[str, dict[str, Text]]:
    """Return the names to choose from, by list and code."""
    reference = context.reference
    return {
        "theme": {code: theme.name for code, theme in reference.themes.items()},
        "department": {code: department.name for code, department in reference.departments.items()},
        "scheme": {code: scheme.name for code, scheme in reference.schemes.items()},
        "module": {code: module.title for code, module in reference.training_modules.items()},
        "urgency": {code: context.get_text(f"urgency.{code}") for code in URGENCIES},
    }
