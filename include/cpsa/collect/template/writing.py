"""Puts the template together: its sheets in order, its names, its seal; the same bytes each time."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Any

import xlsxwriter

from cpsa.collect.entries_reader import KINDS
from cpsa.collect.template import (
    entry_sheet,
    group_sheet,
    guide_sheet,
    lists_sheet,
    start_sheet,
)
from cpsa.collect.template.context import Context
from cpsa.collect.template.sheet import Sheet, title_of
from cpsa.collect.template.styles import Styles
from cpsa.collect.workbook import names, seal

_SEAL_TITLE = "Seal"


def write(context: Context) -> bytes:
    """The template of an agency for a quarter, as the bytes of an .xlsx."""
    buffer = io.BytesIO()
    book = _Names(buffer, {"in_memory": True, "strings_to_urls": False})
    # The quarter's own hour stands for the clock, so that nothing in the file tells when it was made.
    opens = context.quarter.opens_at.replace(tzinfo=None)
    book.set_properties(
        {
            "title": f"{context.first(context.said('title'))} {context.quarter.key}",
            "subject": context.agency.code,
            "company": context.first(context.said("programme")),
            "created": opens,
        }
    )
    pages = _Pages(book, context)
    start_sheet.fill(pages.add(context.first(context.said("sheet.start"))))
    for group, indicators in context.groups():
        group_sheet.fill(pages.add(context.first(group.label)), group, indicators)
    for kind in KINDS:
        entry_sheet.fill(pages.add(context.first(context.said(f"entries.{kind}"))), kind)
    guide_sheet.fill(pages.add(context.first(context.said("sheet.guide"))))
    lists_sheet.fill(pages.add(context.first(context.said("sheet.lists"))))
    _seal(pages.add(_SEAL_TITLE), book.defined)
    book.close()
    return buffer.getvalue()


class _Names(xlsxwriter.Workbook):
    """A workbook that remembers which names it defined, because the seal covers them."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.defined: list[str] = []

    def define_name(self, name: str, formula: str) -> Any:
        self.defined.append(name)
        return super().define_name(name, formula)


class _Pages:
    """Adds sheets under titles that are fit for a sheet and differ from one another."""

    def __init__(self, book: _Names, context: Context) -> None:
        self._book = book
        self._context = context
        self._styles = Styles.of(book)
        self._taken: set[str] = set()

    def add(self, title: str) -> Sheet:
        wanted = title_of(title)
        free = next(one for one in _variants(wanted) if one.casefold() not in self._taken)
        self._taken.add(free.casefold())
        return Sheet(self._book, self._book.add_worksheet(free), self._context, self._styles)


def _variants(title: str) -> Iterator[str]:
    yield title
    for number in range(2, 100):
        yield f"{title[:27]} {number}"


def _seal(sheet: Sheet, defined: Iterable[str]) -> None:
    """The hidden sheet that says whose template this is, signed."""
    context = sheet.context
    ours = [name for name in defined if names.is_ours(name)]
    ours += [names.seal_name(field) for field in seal.FIELDS]
    said = {
        "agency": context.agency.code,
        "quarter": context.quarter.key,
        "framework": context.framework.version,
        "template": seal.template_id(context.framework, context.agency.form),
        "names": names.digest(ours),
    }
    said["code"] = seal.code(context.key, **said)
    for row, field in enumerate(seal.FIELDS):
        sheet.text(row, 0, field)
        sheet.text(row, 1, said[field])
        sheet.name(names.seal_name(field), row, 1)
    sheet.page.protect("")
    sheet.page.very_hidden()
