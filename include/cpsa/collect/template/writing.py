"""Puts the template together: its sheets in order, its names, its seal; the same bytes each time."""

from __future__ import annotations

from cpsa.collect.entries_reader import KINDS
from cpsa.collect.template import (
    entry_sheet,
    group_sheet,
    guide_sheet,
    lists_sheet,
    start_sheet,
)
from cpsa.collect.template.context import Context
from cpsa.collect.template.pages import Pages
from cpsa.collect.workbook import seal


def write(context: Context) -> bytes:
    """The template of an agency for a quarter, as the bytes of an .xlsx."""
    title = f"{context.first(context.said('title'))} {context.quarter.key}"
    pages = Pages(context, title, context.agency.code, context.quarter.opens_at)
    start = pages.add(context.first(context.said("sheet.start")))
    places = start_sheet.fill(start)
    blocks = [
        group_sheet.fill(pages.add(context.first(group.label)), group, indicators)
        for group, indicators in context.groups()
    ]
    start_sheet.add_completeness(start, places, blocks)
    for kind in KINDS:
        entry_sheet.fill(pages.add(context.first(context.said(f"entries.{kind}"))), kind)
    guide_sheet.fill(pages.add(context.first(context.said("sheet.guide"))))
    lists_sheet.fill(pages.add(context.first(context.said("sheet.lists"))))
    return pages.sealed(
        context.key,
        agency=context.agency.code,
        quarter=context.quarter.key,
        framework=context.framework.version,
        template=seal.template_id(context.framework, context.agency.form),
    )
