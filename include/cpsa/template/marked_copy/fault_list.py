"""The first sheet of a marked workbook: every mark, with a link to its cell.

No reader looks for anything on it; its own defined name says which sheet it is when the workbook
comes back renamed and is marked again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import quote_sheetname
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.hyperlink import Hyperlink

from cpsa.i18n import catalogue
from cpsa.i18n.cell_text import clean_cell_text
from cpsa.i18n.text import order_languages
from cpsa.intake.readers.workbook import defined_names
from cpsa.template import styles
from cpsa.template.marked_copy import cell_styles
from cpsa.template.marked_copy.fault_mark import FaultMark

_NAME = "marks_list"
_WIDTHS = {"number": 5, "kind": 21, "rule": 8, "where": 26, "what": 62, "to_do": 62}
_HEAD_ROW = 4
_LINE_HEIGHT, _MARGIN = 17.0, 6.0  # Devanagari is taller than Latin
_LINK = "#0A5C99"


def remove_fault_list(book: Any) -> None:
    """Remove the list of an earlier return, whatever its tab is called now."""
    if (known := book.defined_names.pop(_NAME, None)) is None:
        return
    area = defined_names.parse_area(known.attr_text or "")
    if area and area.sheet in book.sheetnames:
        book.remove(book[area.sheet])


def add_fault_list(
    book: Any, marked_cells: Sequence[tuple[FaultMark, Any]], language: str, instruction_key: str
) -> None:
    """List all marks, each with its cell (None where it has none); ``instruction_key``: what to do."""
    page = book.create_sheet(_make_title(language, " · "), 0)
    book.defined_names[_NAME] = DefinedName(
        _NAME, attr_text=f"{quote_sheetname(page.title)}!$A$1", hidden=True
    )
    _add_head(page, marked_cells, language, instruction_key)
    for number, (mark, cell) in enumerate(marked_cells, 1):
        _add_row(page, _HEAD_ROW + number, number, mark, cell, language)
    _protect_sheet(page)
    book.active = 0
    for sheet in book.worksheets:
        sheet.sheet_view.tabSelected = sheet is page  # two selected tabs are edited as one


def _make_title(language: str, between: str) -> str:
    """In both languages, the agency's first; "/" may be in no sheet's name."""
    return between.join(catalogue.text("marking.title", code) for code in order_languages(language))


def _add_head(
    page: Any, marked_cells: Sequence[tuple[FaultMark, Any]], language: str, instruction_key: str
) -> None:
    title = _write(page, 1, 1, _make_title(language, " / "), wrap=False)
    title.font = _make_font(bold=True, size=16)
    for row, height in ((1, 26), (2, _LINE_HEIGHT), (3, _LINE_HEIGHT + _MARGIN), (_HEAD_ROW, 24)):
        page.row_dimensions[row].height = height
    musts = sum(mark.must_correct for mark, _ in marked_cells)
    summary = catalogue.text("marking.sum", language, musts=musts, mays=len(marked_cells) - musts)
    _write(page, 2, 1, summary, wrap=False)
    _write(page, 3, 1, catalogue.text(instruction_key, language), wrap=False)
    for column, (name, width) in enumerate(_WIDTHS.items(), 1):
        page.column_dimensions[defined_names.column_letters(column)].width = width
        head = _write(page, _HEAD_ROW, column, catalogue.text(f"marking.column.{name}", language))
        head.font = _make_font(bold=True)
        head.fill = PatternFill("solid", fgColor=cell_styles.format_argb(styles.HEAD))
        head.border = _make_thin_border()


def _add_row(page: Any, row: int, number: int, mark: FaultMark, cell: Any, language: str) -> None:
    kind = catalogue.text("marking.must" if mark.must_correct else "marking.may", language)
    where = catalogue.text("marking.nowhere", language)
    if cell is not None:
        where = defined_names.format_place(cell.parent.title, cell.row, cell.column)
    texts = (str(number), kind, mark.rule, where, mark.message, mark.correction)
    for column, text in enumerate(texts, 1):
        _write(page, row, column, text).border = _make_thin_border()
    cell_styles.apply_fault_style(page.cell(row, 2), must_correct=mark.must_correct)
    if mark.address:
        about = page.cell(row, 3)
        about.hyperlink = mark.address
        about.font = _make_font(color=cell_styles.format_argb(_LINK), underline="single")
    if cell is not None:
        link = page.cell(row, 4)
        target = f"{quote_sheetname(cell.parent.title)}!{cell.coordinate}"
        link.hyperlink = Hyperlink(ref=link.coordinate, location=target, display=where)
        link.font = _make_font(color=cell_styles.format_argb(_LINK), underline="single")
    widths = list(_WIDTHS.values())
    lines = max(-(-len(text) // (width - 4)) for text, width in zip(texts, widths, strict=True))
    page.row_dimensions[row].height = max(1, lines) * _LINE_HEIGHT + _MARGIN


def _write(page: Any, row: int, column: int, text: str, *, wrap: bool = True) -> Any:
    cell = page.cell(row, column, clean_cell_text(text))
    cell.data_type = "s"  # a text that begins with "=" is a text
    cell.alignment = Alignment(vertical="center", wrap_text=wrap)
    cell.font = _make_font()
    return cell


def _make_font(**properties: object) -> Font:
    """In the font of the template's own sheets."""
    whole = {
        "name": "Calibri",
        "family": 2,
        "size": 11,
        "color": cell_styles.format_argb(styles.INK),
    }
    return Font(**{**whole, **properties})


def _make_thin_border() -> Border:
    return cell_styles.make_border(Side("thin", cell_styles.format_argb(styles.LINE)))


def _protect_sheet(page: Any) -> None:
    """Protection and print settings, as on the template's own sheets."""
    page.freeze_panes = page.cell(_HEAD_ROW + 1, 1)
    page.sheet_view.showGridLines = False
    page.print_title_rows = f"{_HEAD_ROW}:{_HEAD_ROW}"
    page.page_setup.orientation = "landscape"
    page.page_setup.paperSize = page.PAPERSIZE_A4
    page.page_setup.fitToHeight = 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.protection.sheet = True
    page.protection.formatColumns = page.protection.formatRows = False  # False: allowed
