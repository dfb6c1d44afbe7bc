"""Every table of a document as a workbook: a sheet for each, and one that lists them.

What belongs here: laying out what the content says, for those who calculate with it. What must not:
a figure that the document does not print. The same content gives the same bytes.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import xlsxwriter
from xlsxwriter.utility import quote_sheetname

from cpsa.documents.content_model import Bars, Cell, Content, Subheading, Table, Trend
from cpsa.documents.render.chart_tables import chart_to_table
from cpsa.documents.render.excel_numbers import parse_printed_number
from cpsa.i18n.catalogue import text
from cpsa.i18n.cell_text import clean_cell_text
from cpsa.i18n.text import measure_text

INK, SOFT, ACCENT, HAIR, PALE = "#1C2327", "#5C6A72", "#12425C", "#C9D2D7", "#EEF3F5"
_FORMULA_PREFIXES = ("=", "+", "-", "@", "\t", "\r")
_INVALID_IN_TITLES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_MAX_TITLE_LENGTH = 31
_HEAD_ROW = 3
_MIN_WIDTH, _MAX_WIDTH = 7, 46


@dataclass(frozen=True)
class NumberedTable:
    """A table with its number, the title of its section, and its name."""

    number: int
    section: str
    name: str
    table: Table

    @property
    def title(self) -> str:
        """Its name, after its number in the document."""
        return " · ".join(filter(None, (self.table.label, self.name)))

    @property
    def sheet(self) -> str:
        """Unique by its number, and free of what a sheet's name cannot hold."""
        words = _INVALID_IN_TITLES.sub(" ", f"{self.number} {self.name}").split()
        while len(" ".join(words)) > _MAX_TITLE_LENGTH and len(words) > 2:
            words.pop()
        return " ".join(words)[:_MAX_TITLE_LENGTH].strip("'")


def write_xlsx(content: Content) -> bytes:
    """The workbook's bytes; its dates are the day of the figures."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_urls": False})
    book.set_properties(
        {
            "title": content.title,
            "subject": content.reference,
            "company": content.cover.programme,
            "created": datetime.fromisoformat(content.date),
        }
    )
    writer = _AnnexWriter(book, content)
    numbered_tables = tuple(list_tables(content))
    writer.write_index(numbered_tables)
    for numbered_table in numbered_tables:
        writer.write_table(numbered_table)
    book.close()
    return buffer.getvalue()


def list_tables(content: Content) -> Iterator[NumberedTable]:
    """The tables of a document in its order, charts among them; none that is still to be filled in."""
    table_count = 0
    for section in content.sections:
        heading = ""
        for block in section.blocks:
            if isinstance(block, Subheading):
                heading = block.text
            table = chart_to_table(block) if isinstance(block, Bars | Trend) else block
            if isinstance(table, Table) and not table.to_fill:
                table_count += 1
                yield NumberedTable(
                    table_count, section.title, table.caption or heading or section.title, table
                )


class _AnnexWriter:
    """Writes sheets; makes each format once."""

    def __init__(self, book: Any, content: Content) -> None:
        self._book = book
        self._content = content
        self._formats: dict[tuple[tuple[str, object], ...], Any] = {}

    def write_index(self, numbered_tables: tuple[NumberedTable, ...]) -> None:
        page = self._add_sheet(self._translate("sheet"), (6, 52, 42, 14, 10))
        self._write_text(
            page, 0, 0, self._content.title, bold=True, font_size=14, font_color=ACCENT
        )
        facts = (f"{fact.label}: {fact.value}" for fact in self._content.cover.facts)
        self._write_text(page, 1, 0, " · ".join(facts), font_color=SOFT)
        note_key = "as_printed" if numbered_tables else "none"
        self._write_text(page, 2, 0, self._translate(note_key), font_color=SOFT)
        if not numbered_tables:
            return
        for place, head in enumerate(("number", "table", "section", "code", "rows")):
            self._write_head(page, place, self._translate(head))
        for row, numbered_table in enumerate(numbered_tables, _HEAD_ROW + 1):
            page.write_number(
                row, 0, numbered_table.number, self._get_format(align="left", **_FRAMED)
            )
            link = self._get_format(font_color=ACCENT, underline=1, **_FRAMED)
            page.write_url(
                row,
                1,
                f"internal:{quote_sheetname(numbered_table.sheet)}!A1",
                link,
                numbered_table.title,
            )
            self._write_text(page, row, 2, numbered_table.section, **_FRAMED)
            self._write_text(page, row, 3, numbered_table.table.code, **_FRAMED)
            rows = sum(len(body.rows) for body in numbered_table.table.bodies)
            page.write_number(row, 4, rows, self._get_format(**_FRAMED))

    def write_table(self, numbered_table: NumberedTable) -> None:
        """Rows below one another, each with its heading, so that they can be sorted."""
        table = numbered_table.table
        under = int(any(body.title for body in table.bodies))
        page = self._add_sheet(numbered_table.sheet, _compute_widths(table, under))
        self._write_text(
            page, 0, 0, numbered_table.title, bold=True, font_size=12, font_color=ACCENT
        )
        subtitle = (numbered_table.section, self._content.reference, table.code)
        self._write_text(page, 1, 0, " · ".join(filter(None, subtitle)), font_color=SOFT)
        first = quote_sheetname(self._translate("sheet"))
        back = self._get_format(font_color=ACCENT, underline=1)
        page.write_url(2, 0, f"internal:{first}!A1", back, self._translate("sheet"))
        if under:
            self._write_head(page, 0, self._translate("heading"))
        for place, column in enumerate(table.columns, under):
            self._write_head(page, place, column.title, right=column.figure)
        named = any(column.title for column in table.columns)
        row = _HEAD_ROW
        for body in table.bodies:
            for cells in body.rows:
                row += 1
                if under:
                    self._write_text(page, row, 0, body.title, **_FRAMED)
                self._write_row(page, row, under, table, cells)
        if named and row > _HEAD_ROW:
            page.autofilter(_HEAD_ROW, 0, row, under + len(table.columns) - 1)
        if table.total:
            self._write_row(page, row + 1, under, table, table.total, bold=True, top=1)

    def _write_row(
        self,
        page: Any,
        row: int,
        first: int,
        table: Table,
        cells: tuple[Cell, ...],
        **style: object,
    ) -> None:
        for place, cell in enumerate(cells):
            right = {"align": "right"} if table.columns[place].figure else {}
            style = {**_FRAMED, **style}
            if excel_number := parse_printed_number(cell.text) if right else None:
                shown = self._get_format(
                    num_format=_add_mark(excel_number.format, cell.mark), **right, **style
                )
                page.write_number(row, first + place, excel_number.value, shown)
            else:
                self._write_text(page, row, first + place, cell.text + cell.mark, **right, **style)

    def _add_sheet(self, title: str, widths: tuple[int, ...]) -> Any:
        page = self._book.add_worksheet(title)
        for place, width in enumerate(widths):
            page.set_column(place, place, width)
        page.freeze_panes(_HEAD_ROW + 1, 0)
        page.repeat_rows(_HEAD_ROW)
        page.hide_gridlines(2)
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        page.set_footer(f"&L&8{self._content.reference.replace('&', '&&')}&R&8&P / &N")
        return page

    def _write_head(self, page: Any, place: int, title: str, *, right: bool = False) -> None:
        shade = {"bg_color": PALE, "font_color": ACCENT, "bold": True, "valign": "bottom"}
        side = "right" if right else "left"
        self._write_text(page, _HEAD_ROW, place, title, **{**_FRAMED, **shade, "align": side})

    def _write_text(self, page: Any, row: int, column: int, value: str, **style: object) -> None:
        """Always as text, even where it begins as a formula does and is edited later."""
        if value.startswith(_FORMULA_PREFIXES):
            style["quote_prefix"] = True
        page.write_string(row, column, clean_cell_text(value), self._get_format(**style))

    def _get_format(self, **properties: object) -> Any:
        whole = {"font_color": INK, "valign": "top", **properties}
        key = tuple(sorted(whole.items()))
        if key not in self._formats:
            self._formats[key] = self._book.add_format(whole)
        return self._formats[key]

    def _translate(self, key: str) -> str:
        return text(f"annex.{key}", self._content.language)


_FRAMED: dict[str, object] = {"border": 1, "border_color": HAIR, "text_wrap": True}


def _add_mark(format: str, mark: str) -> str:
    """A number's format with a sign behind it, so that the cell stays a number."""
    return ";".join(f'{part}"{mark}"' for part in format.split(";")) if mark else format


def _compute_widths(table: Table, under: int) -> tuple[int, ...]:
    """In letters: the widest cell, within what can be read."""
    rows = [cells for body in table.bodies for cells in body.rows]
    rows += [table.total] if table.total else []
    cell_widths = [
        max(
            (measure_text(line) for cells in rows for line in cells[place].text.split("\n")),
            default=0,
        )
        for place in range(len(table.columns))
    ]
    heads = [
        max(map(measure_text, column.title.split()), default=0) + 3  # the arrow of the filter
        for column in table.columns
    ]
    widths = [
        max(cell_width, head) + 2 for cell_width, head in zip(cell_widths, heads, strict=True)
    ]
    if under:
        widths.insert(0, max(measure_text(body.title) for body in table.bodies) + 2)
    return tuple(min(max(width, _MIN_WIDTH), _MAX_WIDTH) for width in widths)
