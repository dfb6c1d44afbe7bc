"""A sheet of indicators: one group, one row for each, an input for its total and for each part."""

from __future__ import annotations
from cpsa.collect.template.context import Context
from collections.abc import Sequence

from cpsa import figures
from cpsa.bilingual import LANGUAGES, Text
from cpsa.collect.template.completeness import InputBlock
from cpsa.collect.template.paper import PrintBlock, print_in_parts
from cpsa.collect.template.sheet import Sheet
from cpsa.collect.workbook import names
from cpsa.framework import TOTAL, Group, Indicator

_CODE, _LABEL, _UNIT, _TARGET, _FIRST_PART = range(5)
_WIDTHS = (7, 36, 9, 15)
_SHOWN_WIDTH, _INPUT_WIDTH, _NOTE_WIDTH = 15, 15, 38
_HEAD_ROW = 4
_NONE_BEFORE = "–"


def fill(sheet: Sheet[Context], group: Group, indicators: Sequence[Indicator]) -> InputBlock:
    """Fill the sheet; where its inputs are."""
    context = sheet.context
    parts = [TOTAL, *dict.fromkeys(part for one in indicators for part in one.dimensions)]
    note = _FIRST_PART + 2 * len(parts)
    _set_widths(sheet, parts, note)
    name = context.first(context.agency.name)
    where = f"{name} ({context.agency.code}) · {context.quarter.label(context.language)}"
    sheet.heading(context.both(group.label, " / "), where, context.both(_last_of(sheet), " / "))
    _head(sheet, parts, note)
    for row, indicator in enumerate(indicators, _HEAD_ROW + 1):
        _line(sheet, row, indicator, parts, note)
    _group_note(sheet, group, _HEAD_ROW + len(indicators) + 2)
    sheet.page.repeat_rows(_HEAD_ROW)
    sheet.finish(freeze=(_HEAD_ROW + 1, _LABEL + 1))
    print_in_parts(sheet.page, _print_blocks(len(parts), note), repeated=_WIDTHS[: _LABEL + 1])
    columns = {part: _FIRST_PART + 2 * place + 1 for place, part in enumerate(parts)}
    return InputBlock(sheet.title, group, indicators, _HEAD_ROW + 1, columns)


def _print_blocks(parts: int, note: int) -> list[PrintBlock]:
    """What stays together on paper: the target with the total, each part, the explanation."""
    pair = (_SHOWN_WIDTH, _INPUT_WIDTH)
    first = PrintBlock(_UNIT, (_WIDTHS[_UNIT], _WIDTHS[_TARGET], *pair))
    others = [PrintBlock(_FIRST_PART + 2 * place, pair) for place in range(1, parts)]
    return [first, *others, PrintBlock(note, (_NOTE_WIDTH,))]


def _set_widths(sheet: Sheet[Context], parts: Sequence[str], note: int) -> None:
    for column, width in enumerate(_WIDTHS):
        sheet.page.set_column(column, column, width)
    for place in range(len(parts)):
        shown = _FIRST_PART + 2 * place
        sheet.page.set_column(shown, shown, _SHOWN_WIDTH)
        sheet.page.set_column(shown + 1, shown + 1, _INPUT_WIDTH)
    sheet.page.set_column(note, note, _NOTE_WIDTH)


def _last_of(sheet: Sheet[Context]) -> Text:
    """Which quarter the figures shown beside the inputs are of."""
    context = sheet.context
    if context.last_quarter is None:
        return context.said("last_none")
    labels = (context.last_quarter.label(one) for one in LANGUAGES)
    return Text(
        *(
            context.said("last_of", quarter=label).in_(one)
            for label, one in zip(labels, LANGUAGES, strict=True)
        )
    )


def _head(sheet: Sheet[Context], parts: Sequence[str], note: int) -> None:
    context = sheet.context
    heads = {
        _CODE: context.said("column.code"),
        _LABEL: context.said("column.indicator"),
        _UNIT: context.said("column.unit"),
        _TARGET: context.said("column.target"),
        note: context.said("column.note"),
    }
    for place, part in enumerate(parts):
        for offset, key in enumerate(("column.last", "column.now")):
            heads[_FIRST_PART + 2 * place + offset] = _of_part(sheet, key, part)
    for column, head in heads.items():
        sheet.both(_HEAD_ROW, column, head, sheet.styles.head)
    sheet.height(_HEAD_ROW, *((head, _SHOWN_WIDTH - 3) for head in heads.values()))


def _of_part(sheet: Sheet[Context], key: str, part: str) -> Text:
    """``Women: this quarter`` in both languages."""
    named = sheet.context.part(part)
    return Text(*(sheet.context.said(key, part=named.in_(one)).in_(one) for one in LANGUAGES))


def _line(sheet: Sheet[Context], row: int, indicator: Indicator, parts: Sequence[str], note: int) -> None:
    context, styles = sheet.context, sheet.styles
    sheet.text(row, _CODE, indicator.code, styles.code)
    sheet.both(row, _LABEL, indicator.label)
    sheet.text(row, _UNIT, context.first(context.said(f"unit.{indicator.unit}")), styles.unit)
    sheet.text(
        row, _TARGET, _shown(sheet, context.targets.get(indicator.code), indicator), styles.shown
    )
    for place, part in enumerate(parts):
        column = _FIRST_PART + 2 * place
        if part != TOTAL and part not in indicator.dimensions:
            sheet.blank(row, column, styles.closed)
            sheet.blank(row, column + 1, styles.closed)
            continue
        last = context.last.get((indicator.code, part))
        sheet.text(row, column, _shown(sheet, last, indicator), styles.shown)
        said = context.filled.values.get((indicator.code, part), "")
        name = names.input_name(indicator.code, part)
        style = styles.rupees if indicator.unit == "inr" else styles.figure
        sheet.input(row, column + 1, style, name, said)
        _hint(sheet, row, column + 1, indicator, part)
    said = context.filled.explanations.get(indicator.code, "")
    sheet.input(row, note, styles.words, names.note_name(indicator.code), said)
    sheet.height(row, (indicator.label, _WIDTHS[_LABEL] - 2), (Text(said, said), _NOTE_WIDTH - 2))


def _shown(sheet: Sheet[Context], hundredths: int | None, indicator: Indicator) -> str:
    """A figure beside an input, as text a person may type again."""
    if hundredths is None:
        return _NONE_BEFORE
    return figures.quantity(int(hundredths), indicator.unit, sheet.context.language)


def _hint(sheet: Sheet[Context], row: int, column: int, indicator: Indicator, part: str) -> None:
    """Say what is asked; doubt a figure that would come back, and let it stand all the same."""
    context = sheet.context
    kind = f"input.{indicator.unit}" + ("_signed" if indicator.signed else "")
    cell = f"{names.column_letters(column + 1)}{row + 1}"
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
            "error_title": context.first(context.said("input.doubt"))[:32],
            "error_message": context.both(context.said(kind))[:255],
        }
    title = f"{indicator.code} · {context.first(context.part(part))}"
    sheet.hint(row, column, title, context.both(context.said(kind)), **doubt)


def _group_note(sheet: Sheet[Context], group: Group, row: int) -> None:
    asked = sheet.context.said("note.group")
    sheet.both(row, _LABEL, asked, sheet.styles.label)
    said = sheet.context.filled.explanations.get(group.code, "")
    merged = _WIDTHS[_TARGET] + _SHOWN_WIDTH + _INPUT_WIDTH
    sheet.height(row, (asked, _WIDTHS[_LABEL] - 2), (Text(said, said), merged - 2))
    sheet.page.merge_range(row, _TARGET, row, _FIRST_PART + 1, "", sheet.styles.words)
    sheet.input(row, _TARGET, sheet.styles.words, names.note_name(group.code), said)
