"""The guide: every indicator and table of the form, what it counts, its parts, and its source."""

from __future__ import annotations

from collections.abc import Mapping

from cpsa.framework.agency_table import AgencyTable
from cpsa.framework.model import Indicator
from cpsa.i18n.text import Text
from cpsa.template.sheet_builder import SheetBuilder
from cpsa.template.template_context import TemplateContext

_WIDTHS = {"code": 7, "indicator": 36, "group": 18, "counts": 27, "unit": 9, "parts": 22}
_WIDTHS |= {"target": 9, "source": 20}
_COMMON = ("code", "indicator", "unit")  # headings shared with the sheets of indicators
_HEAD_ROW = 3


def fill_guide_sheet(sheet: SheetBuilder[TemplateContext]) -> None:
    context = sheet.context
    sheet.write_heading(
        *(context.in_both(context.get_text(key), " / ") for key in ("sheet.guide", "guide.about"))
    )
    heads = [
        context.get_text(f"column.{name}" if name in _COMMON else f"guide.{name}")
        for name in _WIDTHS
    ]
    for column, (head, width) in enumerate(zip(heads, _WIDTHS.values(), strict=True)):
        sheet.page.set_column(column, column, width)
        sheet.write_both(_HEAD_ROW, column, head, sheet.styles.head)
    sheet.set_height(_HEAD_ROW, *zip(heads, _WIDTHS.values(), strict=True))
    row = _HEAD_ROW
    for _, indicators in context.list_groups():
        for indicator in indicators:
            row += 1
            _add_row(sheet, row, indicator)
    for table in context.framework.form_tables(context.agency.form):
        row += 1
        _add_table_row(sheet, row, table)
    sheet.page.repeat_rows(_HEAD_ROW)
    sheet.finish(freeze=(_HEAD_ROW + 1, 2))


def _add_row(sheet: SheetBuilder[TemplateContext], row: int, indicator: Indicator) -> None:
    context = sheet.context
    texts = {
        "code": Text.untranslated(indicator.code),
        "indicator": indicator.label,
        "group": context.framework.groups[indicator.group].label,
        "counts": _describe_counts(sheet, indicator),
        "unit": context.get_text(f"unit.{indicator.unit}"),
        "parts": _describe_parts(sheet, indicator),
        "target": context.get_text("yes")
        if indicator.targeted
        else context.get_text("guide.no_parts"),
        "source": Text.untranslated(indicator.source),
    }
    _write_row(sheet, row, texts)


def _add_table_row(sheet: SheetBuilder[TemplateContext], row: int, table: AgencyTable) -> None:
    """A table: its sheet, what its rows are, and its columns."""
    columns = Text.from_function(
        lambda language: ", ".join(column.label.in_(language) for column in table.columns.values())
    )
    none = sheet.context.get_text("guide.no_parts")
    texts = {
        "code": none,
        "indicator": sheet.context.get_text("guide.table"),
        "group": table.label,
        "counts": table.guidance,
        "unit": none,
        "parts": columns,
        "target": none,
        "source": Text.untranslated(table.source),
    }
    _write_row(sheet, row, texts)


def _write_row(sheet: SheetBuilder[TemplateContext], row: int, texts: Mapping[str, Text]) -> None:
    for column, name in enumerate(_WIDTHS):
        style = sheet.styles.code if name == "code" else sheet.styles.label
        sheet.write_both(row, column, texts[name], style)
    sheet.set_height(row, *((texts[name], width - 2) for name, width in _WIDTHS.items()))


def _describe_counts(sheet: SheetBuilder[TemplateContext], indicator: Indicator) -> Text:
    counts = sheet.context.get_text(f"guide.{indicator.kind}")
    if not indicator.signed:
        return counts
    signed = sheet.context.get_text("guide.signed")
    return Text.from_function(lambda language: f"{counts.in_(language)}; {signed.in_(language)}")


def _describe_parts(sheet: SheetBuilder[TemplateContext], indicator: Indicator) -> Text:
    if not indicator.dimensions:
        return sheet.context.get_text("guide.no_parts")
    labels = [sheet.context.get_part_name(part) for part in indicator.dimensions]
    return Text.from_function(lambda language: ", ".join(label.in_(language) for label in labels))
