"""The hidden lists behind the drop-downs: those of the reference data, urgency, tables' own."""

from __future__ import annotations

from collections.abc import Mapping

from cpsa.framework.agency_table import AgencyTable, TableColumn
from cpsa.i18n.text import Text
from cpsa.intake.readers.entries_reader import URGENCIES
from cpsa.submissions.listed_choice import format_choice
from cpsa.template.sheet_builder import SheetBuilder
from cpsa.template.template_context import TemplateContext


def fill_lists_sheet(sheet: SheetBuilder[TemplateContext]) -> None:
    context = sheet.context
    common = map_choices(context)
    lists = {
        **{name: list_choices(context, name) for name in common},
        **{
            column_list(table, column): list_column_choices(context, column)
            for table in context.framework.form_tables(context.agency.form)
            for column in table.filled_columns
            if column.choices or (column.list and column.list not in common)
        },
    }
    for column, (name, shown) in enumerate(lists.items()):
        sheet.write_text(0, column, name)
        for row, choice in enumerate(shown.values(), 1):
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
    return _format_choices(context, map_choices(context)[name])


def column_list(table: AgencyTable, column: TableColumn) -> str:
    """The list that a table's column offers: one of the common ones, or its own."""
    return column.list or f"{table.code}_{column.code}"


def list_column_choices(context: TemplateContext, column: TableColumn) -> dict[str, str]:
    """Return what the drop-down of a table's column offers, by code; nothing where it has none."""
    return _format_choices(context, map_column_choices(context, column))


def map_column_choices(context: TemplateContext, column: TableColumn) -> Mapping[str, Text]:
    if column.list == "sector":  # of no entry, so that only a sheet that needs the list has it
        return {code: sector.name for code, sector in context.reference.sectors.items()}
    return map_choices(context)[column.list] if column.list else column.choices


def _format_choices(context: TemplateContext, labels: Mapping[str, Text]) -> dict[str, str]:
    return {code: format_choice(code, context.in_first(label)) for code, label in labels.items()}


def map_choices(context: TemplateContext) -> dict[str, dict[str, Text]]:
    """Return the names to choose from, by list and code."""
    reference = context.reference
    return {
        "theme": {code: theme.name for code, theme in reference.themes.items()},
        "department": {code: department.name for code, department in reference.departments.items()},
        "contributor": {code: each.name for code, each in reference.contributors.items()},
        "help": {code: kind.name for code, kind in reference.kinds_of_help.items()},
        "scheme": {code: scheme.name for code, scheme in reference.schemes.items()},
        "module": {code: module.title for code, module in reference.training_modules.items()},
        "urgency": {code: context.get_text(f"urgency.{code}") for code in URGENCIES},
    }
