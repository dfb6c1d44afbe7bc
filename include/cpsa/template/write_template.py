"""Puts the template together: its sheets in order, its names, its seal; the same bytes each time."""

from __future__ import annotations

from cpsa.intake.readers.entries_reader import KINDS
from cpsa.intake.readers.workbook import template_seal
from cpsa.template import (
    entry_sheet,
    group_sheet,
    guide_sheet,
    lists_sheet,
    start_sheet,
    table_sheet,
)
from cpsa.template.template_context import TemplateContext
from cpsa.template.workbook_builder import WorkbookBuilder


def write_template(context: TemplateContext) -> bytes:
    """The template of an agency for a quarter, as the bytes of an .xlsx."""
    title = f"{context.in_first(context.get_text('title'))} {context.quarter.key}"
    pages = WorkbookBuilder(context, title, context.agency.code, context.quarter.opens_at)
    start = pages.add_sheet(context.in_first(context.get_text("sheet.start")))
    places = start_sheet.fill_start_sheet(start)
    blocks = [
        group_sheet.fill_group_sheet(
            pages.add_sheet(context.in_first(group.label)), group, indicators
        )
        for group, indicators in context.list_groups()
    ]
    start_sheet.add_completeness(start, places, blocks)
    for table in context.framework.form_tables(context.agency.form):
        table_sheet.fill_table_sheet(pages.add_sheet(context.in_first(table.label)), table)
    for kind in KINDS:
        entry_sheet.fill_entry_sheet(
            pages.add_sheet(context.in_first(context.get_text(f"entries.{kind}"))), kind
        )
    guide_sheet.fill_guide_sheet(pages.add_sheet(context.in_first(context.get_text("sheet.guide"))))
    lists_sheet.fill_lists_sheet(pages.add_sheet(context.in_first(context.get_text("sheet.lists"))))
    return pages.save_sealed(
        context.key,
        agency=context.agency.code,
        quarter=context.quarter.key,
        framework=context.framework.version,
        template=template_seal.template_id(context.framework, context.agency.form),
    )
