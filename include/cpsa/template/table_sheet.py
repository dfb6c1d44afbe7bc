"""A sheet for one table of the form: a frame of rows, each column that is filled in named.

What belongs here: what the sheet looks like and offers. What must not: which rows it begins with
(``shown_rows``), or reading it back (``intake.readers.workbook.table_frames``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from cpsa import figures
from cpsa.framework.agency_table import AgencyTable, TableColumn
from cpsa.i18n.text import Text
from cpsa.intake.readers.workbook import defined_names
from cpsa.submissions.listed_choice import format_choice
from cpsa.submissions.table_rows import TableValue
from cpsa.template.lists_sheet import (
    column_list,
    list_column_choices,
    list_name,
    map_column_choices,
)
from cpsa.template.print_layout import PrintBlock, print_in_parts
from cpsa.template.sheet_builder import SheetBuilder
from cpsa.template.shown_rows import ShownRow, list_shown_rows
from cpsa.template.template_context import TemplateContext

_ROWS = 20
_HEAD_ROW = 4
_WIDTHS = {"count": 13, "inr": 17, "date": 14, "text": 32, "choice": 30}
# Of a table with more columns than go on one page: narrower, its guidance on the first page.
_WIDE = 12
_WIDTHS_OF_WIDE = {"count": 11, "inr": 15, "date": 12, "text": 20, "choice": 16}
_GUIDANCE_WIDTH = 130


def fill_table_sheet(sheet: SheetBuilder[TemplateContext], table: AgencyTable) -> None:
    context = sheet.context
    rows_key = "fixed_rows" if table.fixed_rows else "rows"
    about_rows = context.in_both(context.get_text(rows_key), " / ")
    sheet.write_heading(context.in_both(table.label, " / "), "", about_rows)
    all_widths = [_get_widths(table)[column.type] for column in table.columns.values()]
    widths = [
        width
        for number, width in enumerate(all_widths)
        if not _is_wide(table) or sum(all_widths[: number + 1]) <= _GUIDANCE_WIDTH
    ]
    sheet.write_guidance(table.guidance, widths)
    rows = list_shown_rows(
        table, context.last_tables.get(table.code, ()), context.filled.tables.get(table.code, ())
    )
    number = len(rows) if table.fixed_rows else max(_ROWS, len(rows))
    rows += [ShownRow()] * (number - len(rows))
    _TableFrame(sheet, table).fill(rows)
    sheet.page.repeat_rows(_HEAD_ROW)
    sheet.finish(freeze=(_HEAD_ROW + 1, len(table.key)))
    if _is_wide(table):
        _print_in_parts(sheet, table)


def _print_in_parts(sheet: SheetBuilder[TemplateContext], table: AgencyTable) -> None:
    """Each page with the columns of the key."""
    widths = _get_widths(table)
    repeated = [widths[table.columns[code].type] for code in table.key]
    others = [column for column in table.columns.values() if column.code not in table.key]
    blocks = [
        PrintBlock(place, [widths[column.type]])
        for place, column in enumerate(others, len(table.key))
    ]
    print_in_parts(sheet.page, blocks, repeated)


def _is_wide(table: AgencyTable) -> bool:
    return len(table.columns) > _WIDE


def _get_widths(table: AgencyTable) -> Mapping[str, int]:
    """The width of a column, by its type."""
    return _WIDTHS_OF_WIDE if _is_wide(table) else _WIDTHS


class _TableFrame:
    """The frame of one table: heads, cells, names and drop-downs; key columns come first."""

    def __init__(self, sheet: SheetBuilder[TemplateContext], table: AgencyTable) -> None:
        self.sheet, self.table, self.widths = sheet, table, _get_widths(table)
        self.columns = sorted(
            table.columns.values(), key=lambda column: column.code not in table.key
        )
        self.places = {column.code: place for place, column in enumerate(self.columns)}
        self.labels = {
            column.code: list_column_choices(sheet.context, column) for column in self.columns
        }

    def fill(self, rows: Sequence[ShownRow]) -> None:
        first, last = _HEAD_ROW + 1, _HEAD_ROW + len(rows)
        for place, column in enumerate(self.columns):
            width = self.widths[column.type]
            below = None if column.is_computed else self.sheet.styles.below
            self.sheet.page.set_column(place, place, width, below)
            self.sheet.write_both(_HEAD_ROW, place, column.label, self.sheet.styles.head)
            if not column.is_computed:
                name = defined_names.table_name(self.table.code, column.code)
                self.sheet.define_name(name, first, place, last)
                self._add_hint(column, first, last)
        heads = ((column.label, self.widths[column.type] - 2) for column in self.columns)
        self.sheet.set_height(_HEAD_ROW, *heads)
        for row, shown in enumerate(rows, first):
            self._fill_row(row, shown)

    def _fill_row(self, row: int, shown: ShownRow) -> None:
        values: Mapping[str, str | TableValue]
        values = shown.prefilled if shown.typed is None else shown.typed
        known: dict[str, int] = {}
        texts: list[tuple[Text, float]] = []
        for place, column in enumerate(self.columns):
            code = column.code
            value = values.get(code, "")
            if column.is_computed:
                self._write_computed(row, column, known)
                continue
            text = self._name_key(column, shown.key[code]) if code in shown.key else None
            if text is not None:
                self.sheet.write_both(row, place, text)
            else:
                self._write_value(row, column, value)
                text = Text.untranslated(value if isinstance(value, str) else value.text)
            texts.append((text, self.widths[column.type] - 2))
            if column.is_figure and (hundredths := _read_hundredths(value)) is not None:
                known[code] = hundredths
        if values or shown.key:
            self.sheet.set_height(row, *texts)

    def _name_key(self, column: TableColumn, code: str) -> Text:
        """A locked key: its code and its label in both languages, where it is of a list."""
        label = map_column_choices(self.sheet.context, column).get(code)
        if label is None:
            return Text.untranslated(code)
        return Text.from_function(lambda language: format_choice(code, label.in_(language)))

    def _write_value(self, row: int, column: TableColumn, value: str | TableValue) -> None:
        """What was typed as text; a figure or date of the rows accepted last as a number or date."""
        place, style = self.places[column.code], self._get_style(column)
        if isinstance(value, TableValue) and value.hundredths is not None:
            self.sheet.page.write_number(row, place, _get_number(value.hundredths), style)
        elif isinstance(value, TableValue) and column.type == "date":
            self.sheet.page.write_datetime(row, place, date.fromisoformat(value.text), style)
        else:
            text = value if isinstance(value, str) else value.text
            shown = self.labels[column.code].get(text, text)
            self.sheet.write_typed(row, place, style, shown)

    def _write_computed(self, row: int, column: TableColumn, known: dict[str, int]) -> None:
        """A figure that the sheet shows from others of its row; it is never read back."""
        parts = [(code, "+") for code in column.add] + [(code, "-") for code in column.subtract]
        cells = {code: self._format_cell(row, code) for code, _ in parts}
        blank = ",".join(f'{cell}=""' for cell in cells.values())
        total = "".join(f"{sign}IFERROR(VALUE({cells[code]}),0)" for code, sign in parts)
        shown: float | str = ""
        if known.keys() & cells.keys():
            signed = {"+": 1, "-": -1}
            known[column.code] = sum(known.get(code, 0) * signed[sign] for code, sign in parts)
            shown = _get_number(known[column.code])
        self.sheet.write_formula(
            row,
            self.places[column.code],
            f'=IF(AND({blank}),"",{total.removeprefix("+")})',
            shown,
            self.sheet.styles.shown,
        )

    def _format_cell(self, row: int, code: str) -> str:
        return f"{defined_names.column_letters(self.places[code] + 1)}{row + 1}"

    def _get_style(self, column: TableColumn) -> Any:
        styles = self.sheet.styles
        by_type = {"count": styles.figure, "inr": styles.rupees, "date": styles.date}
        return by_type.get(column.type, styles.words)

    def _add_hint(self, column: TableColumn, first: int, last: int) -> None:
        """Show what to enter; what is none of the list, or no date, is accepted after a warning."""
        context = self.sheet.context
        rule: dict[str, object] = {}
        key = f"input.{column.type}" + ("_signed" if column.signed else "")
        if column.type == "choice":
            key = "choose_or_write" if column.open else "choose"
            source = list_name(column_list(self.table, column))
            rule = {"validate": "list", "source": f"={source}"}
            rule["show_error"] = not column.open
        elif column.type == "text":
            return
        self.sheet.add_hint(
            first,
            self.places[column.code],
            context.in_first(column.label),
            context.in_both(context.get_text(key)),
            last_row=last,
            **rule,
        )


def _read_hundredths(value: str | TableValue) -> int | None:
    if isinstance(value, TableValue):
        return value.hundredths
    return figures.parse_figure(value).hundredths


def _get_number(hundredths: int) -> float:
    return (
        hundredths / figures.HUNDRED
        if hundredths % figures.HUNDRED
        else hundredths // figures.HUNDRED
    )
