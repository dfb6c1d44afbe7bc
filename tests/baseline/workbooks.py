"""A workbook as text: everything that a person sees or a program reads in it.

What belongs here: reading workbooks. What must not: what they mean.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

from openpyxl import load_workbook


def cells(content: bytes) -> str:
    """Sheet by sheet and cell by cell, one a line."""
    book = load_workbook(io.BytesIO(content))
    return "\n".join(_lines(book)) + "\n"


def _lines(book: Any) -> Iterator[str]:
    about = book.properties
    yield f"properties {about.title!r} {about.subject!r} {about.creator!r} {about.description!r}"
    yield f"properties {about.keywords!r} {about.category!r} {about.created} {about.modified}"
    for name, defined in sorted(book.defined_names.items()):
        yield f"name {name} = {defined.attr_text} hidden={defined.hidden}"
    for sheet in book.worksheets:
        yield f"== sheet {sheet.title!r} {sheet.sheet_state} {sheet.dimensions}"
        yield f"freeze {sheet.freeze_panes} protected {sheet.protection.sheet}"
        yield f"merged {sorted(map(str, sheet.merged_cells.ranges))}"
        for name, defined in sorted(sheet.defined_names.items()):
            yield f"name {name} = {defined.attr_text}"
        for column, size in sorted(sheet.column_dimensions.items()):
            yield f"column {column} width {size.width} hidden {size.hidden}"
        for check in sheet.data_validations.dataValidation:
            yield (
                f"rule {check.sqref} {check.type} {check.operator} {check.formula1!r} "
                f"{check.formula2!r} {check.errorTitle!r} {check.error!r} "
                f"{check.promptTitle!r} {check.prompt!r}"
            )
        for ranges in sheet.conditional_formatting:
            for rule in ranges.rules:
                yield f"conditional {ranges.sqref} {rule.type} {rule.operator} {rule.formula}"
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value is None and cell.comment is None and cell.hyperlink is None:
                    continue
                said = [cell.coordinate, repr(cell.value), cell.number_format]
                if cell.protection.locked is False:
                    said.append("open")
                if cell.font.b:
                    said.append("bold")
                if cell.fill.fill_type:
                    said.append(f"fill {cell.fill.fgColor.rgb}")
                if cell.hyperlink:
                    said.append(f"link {cell.hyperlink.target or cell.hyperlink.location}")
                if cell.comment:
                    said.append(f"note {cell.comment.text!r}")
                yield " | ".join(said)


def without_times(content: bytes) -> bytes:
    """The same workbook as if it had been written at no particular time."""
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as archive,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as bare,
    ):
        for name in archive.namelist():
            part = archive.read(name)
            if name == "docProps/core.xml":
                part = re.sub(rb">\d{4}-\d\d-\d\dT[\d:]+Z<", b">2026-01-01T00:00:00Z<", part)
            bare.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), part)
    return made.getvalue()
