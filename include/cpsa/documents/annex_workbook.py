"""Every table of a document as a workbook: a sheet for each, and one that lists them.

What belongs here: laying out what the content says, for those who reckon with it. What must not:
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

from cpsa.collect.template.filled import fit_for_a_cell
from cpsa.documents.charts import as_table
from cpsa.documents.model import Bars, Cell, Content, Subheading, Table, Trend
from cpsa.documents.printed import number
from cpsa.documents.word_columns import letters
from cpsa.messages import text

INK, SOFT, ACCENT, HAIR, PALE = "#1C2327", "#5C6A72", "#12425C", "#C9D2D7", "#EEF3F5"
_RUN_AS_FORMULAS = ("=", "+", "-", "@", "\t", "\r")
_UNFIT_IN_TITLES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_LONGEST_TITLE = 31
_HEAD_ROW = 3
_NARROWEST, _WIDEST = 7, 46


@dataclass(frozen=True)
class Listed:
    """A table with its number, the section it stands in, and what it is called."""

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
        words = _UNFIT_IN_TITLES.sub(" ", f"{self.number} {self.name}").split()
        while len(" ".join(words)) > _LONGEST_TITLE and len(words) > 2:
            words.pop()
        return " ".join(words)[:_LONGEST_TITLE].strip("'")


def write(content: Content) -> bytes:
    """The workbook's bytes; its dates are the day of the figures."""
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held, {"in_memory": True, "strings_to_urls": False})
    book.set_properties(
        {
            "title": content.title,
            "subject": content.reference,
            "company": content.cover.programme,
            "created": datetime.fromisoformat(content.date),
        }
    )
    writer = _Writer(book, content)
    listed = tuple(tables(content))
    writer.list(listed)
    for one in listed:
        writer.table(one)
    book.close()
    return held.getvalue()


def tables(content: Content) -> Iterator[Listed]:
    """The tables of a document in its order, charts among them; none that is still to be filled in."""
    found = 0
    for section in content.sections:
        heading = ""
        for block in section.blocks:
            if isinstance(block, Subheading):
                heading = block.text
            table = as_table(block) if isinstance(block, Bars | Trend) else block
            if isinstance(table, Table) and not table.to_fill:
                found += 1
                yield Listed(found, section.title, table.caption or heading or section.title, table)


class _Writer:
    """Writes sheets; makes each look once."""

    def __init__(self, book: Any, content: Content) -> None:
        self._book = book
        self._content = content
        self._looks: dict[tuple[tuple[str, object], ...], Any] = {}

    def list(self, listed: tuple[Listed, ...]) -> None:
        page = self._page(self._say("sheet"), (6, 52, 42, 14, 10))
        self._text(page, 0, 0, self._content.title, bold=True, font_size=14, font_color=ACCENT)
        facts = (f"{fact.label}: {fact.value}" for fact in self._content.cover.facts)
        self._text(page, 1, 0, " · ".join(facts), font_color=SOFT)
        told = "as_printed" if listed else "none"
        self._text(page, 2, 0, self._say(told), font_color=SOFT)
        if not listed:
            return
        for place, head in enumerate(("number", "table", "section", "code", "rows")):
            self._head(page, place, self._say(head))
        for row, one in enumerate(listed, _HEAD_ROW + 1):
            page.write_number(row, 0, one.number, self._look(align="left", **_FRAMED))
            link = self._look(font_color=ACCENT, underline=1, **_FRAMED)
            page.write_url(row, 1, f"internal:{quote_sheetname(one.sheet)}!A1", link, one.title)
            self._text(page, row, 2, one.section, **_FRAMED)
            self._text(page, row, 3, one.table.code, **_FRAMED)
            rows = sum(len(body.rows) for body in one.table.bodies)
            page.write_number(row, 4, rows, self._look(**_FRAMED))

    def table(self, one: Listed) -> None:
        """Rows below one another, each with the heading it stands under, so that they can be sorted."""
        table = one.table
        under = int(any(body.title for body in table.bodies))
        page = self._page(one.sheet, _widths(table, under))
        self._text(page, 0, 0, one.title, bold=True, font_size=12, font_color=ACCENT)
        where = (one.section, self._content.reference, table.code)
        self._text(page, 1, 0, " · ".join(filter(None, where)), font_color=SOFT)
        first = quote_sheetname(self._say("sheet"))
        back = self._look(font_color=ACCENT, underline=1)
        page.write_url(2, 0, f"internal:{first}!A1", back, self._say("sheet"))
        if under:
            self._head(page, 0, self._say("heading"))
        for place, column in enumerate(table.columns, under):
            self._head(page, place, column.title, right=column.figure)
        named = any(column.title for column in table.columns)
        row = _HEAD_ROW
        for body in table.bodies:
            for cells in body.rows:
                row += 1
                if under:
                    self._text(page, row, 0, body.title, **_FRAMED)
                self._row(page, row, under, table, cells)
        if named and row > _HEAD_ROW:
            page.autofilter(_HEAD_ROW, 0, row, under + len(table.columns) - 1)
        if table.total:
            self._row(page, row + 1, under, table, table.total, bold=True, top=1)

    def _row(
        self,
        page: Any,
        row: int,
        first: int,
        table: Table,
        cells: tuple[Cell, ...],
        **look: object,
    ) -> None:
        for place, cell in enumerate(cells):
            right = {"align": "right"} if table.columns[place].figure else {}
            look = {**_FRAMED, **look}
            if found := number(cell.text) if right else None:
                shown = self._look(num_format=_marked(found.format, cell.mark), **right, **look)
                page.write_number(row, first + place, found.value, shown)
            else:
                self._text(page, row, first + place, cell.text + cell.mark, **right, **look)

    def _page(self, title: str, widths: tuple[int, ...]) -> Any:
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

    def _head(self, page: Any, place: int, title: str, right: bool = False) -> None:
        shade = {"bg_color": PALE, "font_color": ACCENT, "bold": True, "valign": "bottom"}
        side = "right" if right else "left"
        self._text(page, _HEAD_ROW, place, title, **{**_FRAMED, **shade, "align": side})

    def _text(self, page: Any, row: int, column: int, told: str, **look: object) -> None:
        """Always as text, even where it begins as a formula does and is edited later."""
        if told.startswith(_RUN_AS_FORMULAS):
            look["quote_prefix"] = True
        page.write_string(row, column, fit_for_a_cell(told), self._look(**look))

    def _look(self, **properties: object) -> Any:
        whole = {"font_color": INK, "valign": "top", **properties}
        key = tuple(sorted(whole.items()))
        if key not in self._looks:
            self._looks[key] = self._book.add_format(whole)
        return self._looks[key]

    def _say(self, key: str) -> str:
        return text(f"annex.{key}", self._content.language)


_FRAMED: dict[str, object] = {"border": 1, "border_color": HAIR, "text_wrap": True}


def _marked(format: str, mark: str) -> str:
    """A number's format with a sign behind it, so that the cell stays a number."""
    return ";".join(f'{part}"{mark}"' for part in format.split(";")) if mark else format


def _widths(table: Table, under: int) -> tuple[int, ...]:
    """In letters: the widest cell, within what can be read."""
    rows = [cells for body in table.bodies for cells in body.rows]
    rows += [table.total] if table.total else []
    found = [
        max((letters(line) for cells in rows for line in cells[place].text.split("\n")), default=0)
        for place in range(len(table.columns))
    ]
    heads = [
        max(map(letters, column.title.split()), default=0) + 3  # the arrow of the filter
        for column in table.columns
    ]
    widths = [max(one, head) + 2 for one, head in zip(found, heads, strict=True)]
    if under:
        widths.insert(0, max(letters(body.title) for body in table.bodies) + 2)
    return tuple(min(max(width, _NARROWEST), _WIDEST) for width in widths)
