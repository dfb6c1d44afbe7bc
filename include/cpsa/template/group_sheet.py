"""A sheet of indicators: one group, one row for each, an input for its total and for each part."""

from __future__ import annotations

from collections.abc import Sequence

from cpsa import figures
from cpsa.framework.model import TOTAL, Indicator, IndicatorGroup
from cpsa.i18n.text import Text
from cpsa.intake.readers.workbook import defined_names
from cpsa.template.completeness import InputBlock
from cpsa.template.print_layout import PrintBlock, print_in_parts
from cpsa.template.sheet_builder import SheetBuilder
from cpsa.template.template_context import TemplateContext

_CODE, _LABEL, _UNIT, _TARGET, _FIRST_PART = range(5)
_WIDTHS = (7, 36, 9, 15)
_SHOWN_WIDTH, _INPUT_WIDTH, _NOTE_WIDTH = 15, 15, 38
_HEAD_ROW = 4
_NONE_BEFORE = "–"


def fill_group_sheet(
    sheet: SheetBuilder[TemplateContext], group: IndicatorGroup, indicators: Sequence[Indicator]
) -> InputBlock:
    """Fill the sheet and return where its inputs are."""
    context = sheet.context
    parts = [
        TOTAL,
        *dict.fromkeys(part for indicator in indicators for part in indicator.dimensions),
    ]
    note = _FIRST_PART + 2 * len(parts)
    _set_widths(sheet, parts, note)
    name = context.in_first(context.agency.name)
    where = f"{name} ({context.agency.code}) · {context.quarter.label(context.language)}"
    sheet.write_heading(
        context.in_both(group.label, " / "),
        where,
        context.in_both(_get_last_quarter_text(sheet), " / "),
    )
    _add_head(sheet, parts, note)
    for row, indicator in enumerate(indicators, _HEAD_ROW + 1):
        _add_row(sheet, row, indicator, parts, note)
    _add_group_note(sheet, group, _HEAD_ROW + len(indicators) + 2)
    sheet.page.repeat_rows(_HEAD_ROW)
    sheet.finish(freeze=(_HEAD_ROW + 1, _LABEL + 1))
    print_in_parts(sheet.page, _list_print_blocks(len(parts), note), repeated=_WIDTHS[: _LABEL + 1])
    columns = {part: _FIRST_PART + 2 * place + 1 for place, part in enumerate(parts)}
    return InputBlock(sheet.title, group, indicators, _HEAD_ROW + 1, columns)


def _list_print_blocks(parts: int, note: int) -> list[PrintBlock]:
    """What stays together on paper: the target with the total, each part, the explanation."""
    pair = (_SHOWN_WIDTH, _INPUT_WIDTH)
    first = PrintBlock(_UNIT, (_WIDTHS[_UNIT], _WIDTHS[_TARGET], *pair))
    rest = [PrintBlock(_FIRST_PART + 2 * place, pair) for place in range(1, parts)]
    return [first, *rest, PrintBlock(note, (_NOTE_WIDTH,))]


def _set_widths(sheet: SheetBuilder[TemplateContext], parts: Sequence[str], note: int) -> None:
    for column, width in enumerate(_WIDTHS):
        sheet.page.set_column(column, column, width)
    for place in range(len(parts)):
        shown = _FIRST_PART + 2 * place
        sheet.page.set_column(shown, shown, _SHOWN_WIDTH)
        sheet.page.set_column(shown + 1, shown + 1, _INPUT_WIDTH)
    sheet.page.set_column(note, note, _NOTE_WIDTH)


def _get_last_quarter_text(sheet: SheetBuilder[TemplateContext]) -> Text:
    """Which quarter the figures shown beside the inputs are of."""
    context = sheet.context
    if context.last_quarter is None:
        return context.get_text("last_none")
    return context.get_text("last_of", quarter=Text.from_function(context.last_quarter.label))


def _add_head(sheet: SheetBuilder[TemplateContext], parts: Sequence[str], note: int) -> None:
    context = sheet.context
    heads = {
        _CODE: context.get_text("column.code"),
        _LABEL: context.get_text("column.indicator"),
        _UNIT: context.get_text("column.unit"),
        _TARGET: context.get_text("column.target"),
        note: context.get_text("column.note"),
    }
    for place, part in enumerate(parts):
        for offset, key in enumerate(("column.last", "column.now")):
            heads[_FIRST_PART + 2 * place + offset] = _get_part_heading(sheet, key, part)
    for column, head in heads.items():
        sheet.write_both(_HEAD_ROW, column, head, sheet.styles.head)
    sheet.set_height(_HEAD_ROW, *((head, _SHOWN_WIDTH - 3) for head in heads.values()))


def _get_part_heading(sheet: SheetBuilder[TemplateContext], key: str, part: str) -> Text:
    """``Women: this quarter`` in both languages."""
    return sheet.context.get_text(key, part=sheet.context.get_part_name(part))


def _add_row(
    sheet: SheetBuilder[TemplateContext],
    row: int,
    indicator: Indicator,
    parts: Sequence[str],
    note: int,
) -> None:
    context, styles = sheet.context, sheet.styles
    sheet.write_text(row, _CODE, indicator.code, styles.code)
    sheet.write_both(row, _LABEL, indicator.label)
    sheet.write_text(
        row, _UNIT, context.in_first(context.get_text(f"unit.{indicator.unit}")), styles.unit
    )
    sheet.write_text(
        row,
        _TARGET,
        _format_shown(sheet, context.targets.get(indicator.code), indicator),
        styles.shown,
    )
    for place, part in enumerate(parts):
        column = _FIRST_PART + 2 * place
        if part != TOTAL and part not in indicator.dimensions:
            sheet.write_blank(row, column, styles.closed)
            sheet.write_blank(row, column + 1, styles.closed)
            continue
        last = context.last.get((indicator.code, part))
        sheet.write_text(row, column, _format_shown(sheet, last, indicator), styles.shown)
        typed = context.filled.values.get((indicator.code, part), "")
        name = defined_names.input_name(indicator.code, part)
        style = styles.rupees if indicator.unit == "inr" else styles.figure
        sheet.add_input(row, column + 1, style, name, typed)
        _add_hint(sheet, row, column + 1, indicator, part)
    explanation = context.filled.explanations.get(indicator.code, "")
    sheet.add_input(row, note, styles.words, defined_names.note_name(indicator.code), explanation)
    sheet.set_height(
        row,
        (indicator.label, _WIDTHS[_LABEL] - 2),
        (Text.untranslated(explanation), _NOTE_WIDTH - 2),
    )


def _format_shown(
    sheet: SheetBuilder[TemplateContext], hundredths: int | None, indicator: Indicator
) -> str:
    """A figure beside an input, as text a person may type again."""
    if hundredths is None:
        return _NONE_BEFORE
    return figures.quantity(int(hundredths), indicator.unit, sheet.context.language)


def _add_hint(
    sheet: SheetBuilder[TemplateContext], row: int, column: int, indicator: Indicator, part: str
) -> None:
    """Show what to enter; warn of a figure that would be returned, but accept it."""
    context = sheet.context
    kind = f"input.{indicator.unit}" + ("_signed" if indicator.signed else "")
    cell = f"{defined_names.column_letters(column + 1)}{row + 1}"
    wrong = []
    if not indicator.signed:
        wrong.append(f"{cell}<0")
    if indicator.unit == "count":
        wrong.append(f"{cell}<>INT({cell})")
    doubt = {}
    if wrong:
        formula = f"=IF(ISNUMBER({cell}),NOT(OR({','.join(wrong)})),TRUE)"
        doubt = {
            "validate": "custom",
            "value": formula,
            "error_title": context.in_first(context.get_text("input.doubt"))[:32],
            "error_message": context.in_both(context.get_text(kind))[:255],
        }
    title = f"{indicator.code} · {context.in_first(context.get_part_name(part))}"
    sheet.add_hint(row, column, title, context.in_both(context.get_text(kind)), **doubt)


def _add_group_note(sheet: SheetBuilder[TemplateContext], group: IndicatorGroup, row: int) -> None:
    label = sheet.context.get_text("note.group")
    sheet.write_both(row, _LABEL, label, sheet.styles.label)
    explanation = sheet.context.filled.explanations.get(group.code, "")
    merged = _WIDTHS[_TARGET] + _SHOWN_WIDTH + _INPUT_WIDTH
    sheet.set_height(
        row, (label, _WIDTHS[_LABEL] - 2), (Text.untranslated(explanation), merged - 2)
    )
    sheet.page.merge_range(row, _TARGET, row, _FIRST_PART + 1, "", sheet.styles.words)
    sheet.add_input(
        row, _TARGET, sheet.styles.words, defined_names.note_name(group.code), explanation
    )
