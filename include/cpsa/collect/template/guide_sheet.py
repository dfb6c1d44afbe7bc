"""The guide: every indicator of the form, what it counts, its parts, and its source."""

from __future__ import annotations
from cpsa.collect.template.context import Context
from cpsa.bilingual import LANGUAGES, Text
from cpsa.collect.template.sheet import Sheet
from cpsa.framework import Indicator

_WIDTHS = {"code": 7, "indicator": 36, "group": 18, "counts": 27, "unit": 9, "parts": 22}
_WIDTHS |= {"target": 9, "source": 20}
_COMMON = ("code", "indicator", "unit")  # headings shared with the sheets of indicators
_HEAD_ROW = 3


def fill(sheet: Sheet[Context]) -> None:
    context = sheet.context
    sheet.heading(
        *(context.both(context.said(key), " / ") for key in ("sheet.guide", "guide.about"))
    )
    heads = [
        context.said(f"column.{name}" if name in _COMMON else f"guide.{name}") for name in _WIDTHS
    ]
    for column, (head, width) in enumerate(zip(heads, _WIDTHS.values(), strict=True)):
        sheet.page.set_column(column, column, width)
        sheet.both(_HEAD_ROW, column, head, sheet.styles.head)
    sheet.height(_HEAD_ROW, *zip(heads, _WIDTHS.values(), strict=True))
    row = _HEAD_ROW
    for _, indicators in context.groups():
        for indicator in indicators:
            row += 1
            _line(sheet, row, indicator)
    sheet.page.repeat_rows(_HEAD_ROW)
    sheet.finish(freeze=(_HEAD_ROW + 1, 2))


def _line(sheet: Sheet[Context], row: int, indicator: Indicator) -> None:
    context = sheet.context
    said = {
        "code": Text(indicator.code, indicator.code),
        "indicator": indicator.label,
        "group": context.framework.groups[indicator.group].label,
        "counts": _counts(sheet, indicator),
        "unit": context.said(f"unit.{indicator.unit}"),
        "parts": _parts(sheet, indicator),
        "target": context.said("yes") if indicator.targeted else context.said("guide.no_parts"),
        "source": Text(indicator.source, indicator.source),
    }
    for column, name in enumerate(_WIDTHS):
        style = sheet.styles.code if name == "code" else sheet.styles.label
        sheet.both(row, column, said[name], style)
    sheet.height(row, *((said[name], width - 2) for name, width in _WIDTHS.items()))


def _counts(sheet: Sheet[Context], indicator: Indicator) -> Text:
    counts = sheet.context.said(f"guide.{indicator.kind}")
    if not indicator.signed:
        return counts
    signed = sheet.context.said("guide.signed")
    return Text(*(f"{counts.in_(one)}; {signed.in_(one)}" for one in LANGUAGES))


def _parts(sheet: Sheet[Context], indicator: Indicator) -> Text:
    if not indicator.dimensions:
        return sheet.context.said("guide.no_parts")
    labels = [sheet.context.part(part) for part in indicator.dimensions]
    return Text(*(", ".join(label.in_(one) for label in labels) for one in LANGUAGES))
