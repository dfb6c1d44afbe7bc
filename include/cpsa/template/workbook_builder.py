"""A workbook under construction: its names, its sheets under free titles, and its hidden seal.

What belongs here: what every workbook of ours that comes back needs. What must not: which sheets
there are or what is on them.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Generic

import xlsxwriter

from cpsa.intake.readers.workbook import defined_names, template_seal
from cpsa.template.sheet_builder import C, SheetBuilder, make_sheet_title
from cpsa.template.styles import Styles

_SEAL_TITLE = "Seal"


class WorkbookBuilder(Generic[C]):
    """Adds sheets under titles that are fit for a sheet and differ from one another.

    ``made_at`` replaces the clock, so that nothing in the file shows when it was made.
    """

    def __init__(self, context: C, title: str, subject: str, made_at: datetime) -> None:
        self._buffer = io.BytesIO()
        self._book = _NamedWorkbook(self._buffer, {"in_memory": True, "strings_to_urls": False})
        self._book.set_properties(
            {
                "title": title,
                "subject": subject,
                "company": context.in_first(context.get_text("programme")),
                "created": made_at.replace(tzinfo=None),
            }
        )
        self._context = context
        self._styles = Styles.for_workbook(self._book)
        self._taken: set[str] = set()

    def add_sheet(self, title: str) -> SheetBuilder[C]:
        wanted = make_sheet_title(title)
        free = next(
            variant
            for variant in _iter_title_variants(wanted)
            if variant.casefold() not in self._taken
        )
        self._taken.add(free.casefold())
        return SheetBuilder(self._book, self._book.add_worksheet(free), self._context, self._styles)

    def save_sealed(self, key: bytes, **fields: str) -> bytes:
        """Add the hidden sheet that says whose workbook this is, signed; return the finished bytes.

        ``fields``: the fields of the seal but its names and code.
        """
        ours = [name for name in self._book.defined if defined_names.is_template_name(name)]
        ours += [defined_names.seal_name(field) for field in template_seal.FIELDS]
        signed: Mapping[str, str] = {**fields, "names": defined_names.digest_names(ours)}
        whole = {**signed, "code": template_seal.sign_seal(key, **signed)}
        sheet = self.add_sheet(_SEAL_TITLE)
        for row, field in enumerate(template_seal.FIELDS):
            sheet.write_text(row, 0, field)
            sheet.write_text(row, 1, whole[field])
            sheet.define_name(defined_names.seal_name(field), row, 1)
        sheet.page.protect("")
        sheet.page.very_hidden()
        self._book.close()
        return self._buffer.getvalue()


class _NamedWorkbook(xlsxwriter.Workbook):  # type: ignore[misc]
    """A workbook that remembers which names it defined, because the seal covers them."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.defined: list[str] = []

    def define_name(self, name: str, formula: str) -> Any:
        self.defined.append(name)
        return super().define_name(name, formula)


def _iter_title_variants(title: str) -> Iterator[str]:
    yield title
    for number in range(2, 100):
        yield f"{title[:27]} {number}"
