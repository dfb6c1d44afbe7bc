"""One sheet of the template under construction: writing texts, inputs, names and validations.

What belongs here: the few ways in which our workbooks use xlsxwriter. What must not: which
sheets there are or what is on them. All text is written as text, so that a label that begins
with ``=`` stays a label.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from xlsxwriter.utility import quote_sheetname, xl_rowcol_to_cell

from cpsa.i18n.cell_text import clean_cell_text
from cpsa.i18n.text import Text, measure_text
from cpsa.template.print_layout import A4, MARGINS_INCH
from cpsa.template.styles import Styles
from cpsa.template.workbook_language import WorkbookLanguage

_UNPRINTABLE = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_LONGEST_TITLE = 31
_LINE_HEIGHT = 17.0  # Devanagari is taller than Latin
_MARGIN = 4.0
_TITLE_HEIGHT = 26.0
_ALL_CELLS = "A1:Z999"
# What a person may do on a protected sheet; the protection has no password, it only guards.
_ALLOWED = {
    "insert_rows": True,
    "delete_rows": True,
    "format_cells": True,
    "format_columns": True,
    "format_rows": True,
}


def _escape_footer(text: str) -> str:
    """A text in a footer, where ``&`` begins a code."""
    return text.replace("&", "&&")


def make_sheet_title(text: str) -> str:
    """A text as the name of a sheet."""
    return _UNPRINTABLE.sub(" ", text).strip("' ")[:_LONGEST_TITLE]


C = TypeVar("C", bound=WorkbookLanguage)


@dataclass(frozen=True)
class SheetBuilder(Generic[C]):
    """A sheet, the workbook it is in, and what both are made from."""

    book: Any
    page: Any
    context: C
    styles: Styles

    @property
    def title(self) -> str:
        return str(self.page.get_name())

    def write_heading(self, *lines: str) -> None:
        """The first rows of the sheet: its title, and what a reader needs to know of it."""
        self.page.set_row(0, _TITLE_HEIGHT)
        for row, line in enumerate(lines):
            self.write_text(row, 0, line, self.styles.second if row else self.styles.title)
            if row:
                self.page.set_row(row, _LINE_HEIGHT)

    def write_guidance(self, guidance: Text, widths: Sequence[float]) -> None:
        """Below the title, as wide as the columns of the frame, in as many lines as it needs."""
        both = self.context.in_both(guidance)
        self.page.merge_range(1, 0, 1, len(widths) - 1, both, self.styles.subtitle)
        self.set_height(1, (guidance, sum(widths)))

    def write_text(self, row: int, column: int, text: str, style: Any = None) -> None:
        self.page.write_string(row, column, text, style or self.styles.plain)

    def write_both(self, row: int, column: int, text: Text, style: Any = None) -> None:
        """A text in both languages: the agency's own, the other below it in grey."""
        style = style or self.styles.label
        first, second = self.context.in_first(text), self.context.in_second(text)
        if not second:
            self.write_text(row, column, first, style)
            return
        self.page.write_rich_string(row, column, first, self.styles.second, f"\n{second}", style)

    def write_formula(
        self, row: int, column: int, formula: str, value: str | float, style: Any
    ) -> None:
        """A formula of ours, with what it shows of the workbook as it is made."""
        self.page.write_formula(row, column, formula, style, value)

    def write_blank(self, row: int, column: int, style: Any) -> None:
        self.page.write_blank(row, column, None, style)

    def add_input(self, row: int, column: int, style: Any, name: str, typed: str = "") -> None:
        """Add a cell to be filled in, with what was typed already; named, to be read back."""
        self.write_typed(row, column, style, typed)
        self.define_name(name, row, column)

    def write_typed(self, row: int, column: int, style: Any, typed: str) -> None:
        """Write what an agency typed, as text and unchanged; an empty cell for nothing."""
        if text := clean_cell_text(typed):
            self.page.write_string(row, column, text, style)
        else:
            self.page.write_blank(row, column, None, style)

    def define_name(self, name: str, row: int, column: int, last_row: int | None = None) -> None:
        """Give a cell, or a part of a column, the name by which it is read back."""
        reference = xl_rowcol_to_cell(row, column, row_abs=True, col_abs=True)
        if last_row is not None:
            reference += ":" + xl_rowcol_to_cell(last_row, column, row_abs=True, col_abs=True)
        self.book.define_name(name, f"={quote_sheetname(self.title)}!{reference}")

    def set_height(self, row: int, *texts: tuple[Text, float]) -> None:
        """Make a row high enough for its texts, each with the width it wraps in."""
        lines = max(
            sum(-(-measure_text(line) // max(1, int(width))) for line in both.split("\n"))
            for both, width in ((self.context.in_both(text), width) for text, width in texts)
        )
        self.page.set_row(row, max(2, lines) * _LINE_HEIGHT + _MARGIN)

    def add_hint(self, row: int, column: int, title: str, message: str, **rule: object) -> None:
        """Show a message beside a cell while it is filled in; nothing is ever blocked."""
        self.page.data_validation(
            row,
            column,
            rule.pop("last_row", row),
            column,
            {
                "validate": "any",
                "input_title": title[:32],
                "input_message": message[:255],
                "error_type": "information",
                **rule,
            },
        )

    def finish(self, freeze: tuple[int, int], *, landscape: bool = True) -> None:
        """Protection and print settings, the same on all sheets."""
        self.page.protect("", _ALLOWED)
        self.page.freeze_panes(*freeze)
        self.page.set_paper(A4)
        self.page.set_margins(*MARGINS_INCH)
        self.page.set_footer(f"&L{_escape_footer(self.context.footer)}&C&A&R&P / &N")
        self.page.fit_to_pages(1, 0)
        self.page.hide_gridlines(2)
        if landscape:
            self.page.set_landscape()
        # What people type is text as often as a number; no spreadsheet need point at it.
        self.page.ignore_errors({"number_stored_as_text": _ALL_CELLS})
