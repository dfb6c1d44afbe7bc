"""Templates filled in for tests, and workbooks taken apart and put together again."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from openpyxl import Workbook, load_workbook
from tests.factories import INCLUDE

from cpsa.calendar import Quarter
from cpsa.framework.loader import load_framework
from cpsa.framework.model import Framework
from cpsa.i18n.text import Text
from cpsa.reference.reference_data import Reference
from cpsa.template.template_context import TemplateAgency, TemplateContext
from cpsa.template.write_template import write_template

KEY = b"a key for tests"
QUARTER = Quarter.parse("2026-27-Q2")
AGENCIES = {"IA": "IA-INDPH", "FC": "FC-IND"}


def framework() -> Framework:
    return load_framework(QUARTER, INCLUDE / "programme" / "framework")


@cache
def reference() -> Reference:
    return Reference.load(INCLUDE / "programme" / "reference")


def context(form: str = "IA", language: str = "en", **changed: object) -> TemplateContext:
    agency = TemplateAgency(
        AGENCIES[form], form, Text("Agency of the tests", "परीक्षण की एजेंसी"), language
    )
    history: dict[str, Any] = {
        "last": {("OP2", ""): 12_300, ("OP2", "women"): 4_500, ("B1", ""): 25_000_000_00},
        "last_quarter": QUARTER - 1,
        "targets": {"OP2": 15_000, "B2": 17_305_83_00},
        **changed,
    }
    return TemplateContext(agency, QUARTER, framework(), reference(), KEY, **history)


@cache
def blank(form: str = "IA", language: str = "en") -> bytes:
    return write_template(context(form, language))


def filled(values: Mapping[str, object], content: bytes | None = None) -> bytes:
    """A template with cells filled by defined name; ``(name, row)`` is a row of an entries frame."""
    book = load_workbook(io.BytesIO(blank() if content is None else content))
    for name, value in values.items():
        cell(book, name).value = value
    return saved(book)


def whole_update(content: bytes) -> bytes:
    """A template of an IA with a figure for every total: 12 trainees in 1 training, else 0."""
    totals = {f"in_{one.code}_total": 0 for one in framework().form_indicators("IA")}
    return filled({**totals, "in_OP1_total": 1, "in_OP2_total": 12}, content)


def cell(book: Workbook, name: str, below: int = 0) -> Any:
    title, _, reference_ = book.defined_names[name].attr_text.rpartition("!")
    first = reference_.partition(":")[0].replace("$", "")
    return book[title.strip("'")][first].offset(row=below)


def saved(book: Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def parts_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return {one.filename: package.read(one) for one in package.infolist()}


def packed(parts: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name, data)
    return buffer.getvalue()


def changed(content: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    parts = parts_of(content)
    after = change(parts[part])
    assert after != parts[part], f"{part} is as it was"
    return packed({**parts, part: after})


def sheet_part(content: bytes, title: str) -> str:
    """The part that holds a sheet; xlsxwriter numbers them in their order."""
    titles = load_workbook(io.BytesIO(content), read_only=True).sheetnames
    return f"xl/worksheets/sheet{titles.index(title) + 1}.xml"
