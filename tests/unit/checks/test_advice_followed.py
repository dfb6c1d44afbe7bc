"""The advice of every refusal of a file is followed once, and works: no dead ends.

Each case is a file that is refused for one cause, and the same update after its sender did what the
text says. A new cause without a case fails here. What only an office program can do (open it, save
it as .xlsx) is done by LibreOffice in ``test_advice_in_office``.
"""

from __future__ import annotations

import csv
import io
import random
import re
from collections.abc import Callable, Mapping
from functools import cache
from types import SimpleNamespace

import openpyxl
import pytest
from tests.factories import HEADER, update
from tests.unit.intake.file_guard import hostile
from tests.unit.intake.readers.workbook.samples import (
    AGENCIES,
    KEY,
    QUARTER,
    blank,
    cell,
    filled,
    framework,
    packed,
    parts_of,
    reference,
    saved,
)

from cpsa.i18n.catalogue import load_catalogue
from cpsa.intake.file_guard.earlier_causes import EARLIER_CAUSES
from cpsa.services.examination.judge_file import judge_file

pytestmark = pytest.mark.filterwarnings("ignore:Duplicate name")
AGENCY = AGENCIES["IA"]
FILES = re.compile(r"(?:door|unreadable|workbook)\.")
# No causes of a refusal: a seal that holds, and one for another agency or quarter, which is S06.
NO_CAUSES = {"workbook.seal.ok", "workbook.seal.other"}
OF_DEPARTMENTS = {"door.is_text"}  # followed in test_report_form
# Followed in tests/unit/tables: test_table_files, test_table_workbook.
OF_TABLES = {"unreadable.too_many_cells", "unreadable.update_first", "workbook.table_twice"}

FRESH = filled({"in_OP2_total": 12})
TABLE = update(AGENCY, QUARTER.key, {"OP2": 12})
FIRST_LINE = ",".join(HEADER).encode()


def judged(content: bytes):
    office = SimpleNamespace(seal_key=KEY, reference=reference())
    return judge_file(office, content, "file", AGENCY, QUARTER.key, "IA", framework()).judged  # type: ignore[arg-type]


def refusal(content: bytes) -> tuple[str, str]:
    found = judged(content)
    assert found.refused in ("unreadable", "rejected")
    (finding,) = found.findings
    return finding.rule, finding.observed.partition(": ")[0]


def is_read(content: bytes) -> bool:
    found = judged(content)
    assert found.refused is None, found.findings
    return found.facts["OP2", ""].hundredths == 1200


@cache
def refused() -> Mapping[str, bytes]:
    """One refused file for each cause of the door, of the filled template."""
    by_cause: dict[str, bytes] = {}
    for _, content, cause in hostile.refused():
        by_cause.setdefault(cause, content)
    return by_cause


def without(content: bytes, *parts: str) -> bytes:
    return packed({name: data for name, data in parts_of(content).items() if name not in parts})


def with_part(name: str, data: bytes = b"x") -> bytes:
    return packed({**parts_of(FRESH), name: data})


def copied_into_a_fresh_template(figure: object = 12) -> bytes:
    return filled({"in_OP2_total": figure})


def taken_from_a_page(page: bytes) -> bytes:
    """The figures of a web page, copied into the template."""
    (figure,) = re.findall(rb"<td>(\d+)</td>", page)
    return copied_into_a_fresh_template(int(figure))


def opened(content: bytes):
    return openpyxl.load_workbook(io.BytesIO(content))


def copied_sheet(figure: int) -> bytes:
    """A copy of the sheet that was filled in, while the original kept an older figure."""
    book = opened(filled({"in_OP2_total": 7}))
    sheet = book.copy_worksheet(book["Output"])
    sheet.title = "Output (2)"
    sheet[cell(book, "in_OP2_total").coordinate].value = figure
    return saved(book)


def put_right(content: bytes) -> bytes:
    """The right figures copied into the first sheet, the second deleted."""
    book = opened(content)
    place = cell(book, "in_OP2_total")
    place.value = book["Output (2)"][place.coordinate].value
    del book["Output (2)"]
    return saved(book)


def without_sheet(title: str) -> bytes:
    book = opened(FRESH)
    del book[title]
    for defined in book.defined_names.values():
        if defined.attr_text.startswith(f"{title}!"):
            defined.attr_text = "#REF!"
    return saved(book)


def without_names() -> bytes:
    book = opened(FRESH)
    for name in list(book.defined_names):
        del book.defined_names[name]
    return saved(book)


def with_a_changed_name() -> bytes:
    book = opened(FRESH)
    del book.defined_names["note_OP2"]
    return saved(book)


def as_csv_utf8(content: bytes, encoding: str) -> bytes:
    """Excel: File, Save As, “CSV UTF-8 (Comma delimited)”."""
    return content.decode(encoding).encode("utf-8-sig")


def comma_delimited(content: bytes) -> bytes:
    rows = csv.reader(io.StringIO(content.decode()), delimiter=";")
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def with_header(content: bytes) -> bytes:
    """The header written exactly as it is given in the finding."""
    expected = judged(content).findings[0].expected.encode()
    return expected + b"\n" + content.partition(b"\n")[2]


PAGE = b"<html><table><tr><td>OP2</td><td>12</td></tr></table></html>"
HINDI = TABLE.replace(b"OP2,,12,", "OP2,,12,caf\u00e9".encode("cp1252"))
SEMICOLONS = TABLE.replace(b",", b";").replace(b"value", b"sum")
CUT = TABLE.rstrip() + b'\r\nIA-INDPH,2026-27-Q2,B2,,"12'
CASES: Mapping[str, Callable[[], tuple[bytes, bytes]]] = {
    "door.too_large": lambda: (
        with_part("xl/media/image1.png", random.Random(1).randbytes(11_000_000)),
        FRESH,
    ),
    "door.encrypted": lambda: (refused()["door.encrypted"], FRESH),
    "door.macros": lambda: (
        with_part("xl/vbaProject.bin"),
        without(with_part("xl/vbaProject.bin"), "xl/vbaProject.bin"),
    ),
    "door.external_links": lambda: (
        with_part("xl/externalLinks/externalLink1.xml", b"<a/>"),
        without(with_part("xl/externalLinks/a.xml", b"<a/>"), "xl/externalLinks/a.xml"),
    ),
    "door.embedded": lambda: (
        with_part("xl/embeddings/oleObject1.bin"),
        without(with_part("xl/embeddings/a.bin"), "xl/embeddings/a.bin"),
    ),
    "door.is_xlsb": lambda: (packed({"xl/workbook.bin": b"x"}), FRESH),
    "door.is_html": lambda: (PAGE, taken_from_a_page(PAGE)),
    "door.is_xml": lambda: (b'<?xml version="1.0"?><Workbook/>', FRESH),
    "door.is_pdf": lambda: (b"%PDF-1.7\n", FRESH),
    "door.is_zip": lambda: (
        packed({"a.xlsx": FRESH, "old.xlsx": blank()}),
        packed({"a.xlsx": FRESH}),
    ),
    "door.no_workbook": lambda: (b"\x89PNG\r\n\x1a\n\0\0", FRESH),
    "door.strict": lambda: (refused()["door.strict"], FRESH),
    "door.truncated": lambda: (FRESH[:-3000], FRESH),
    "door.damaged": lambda: (refused()["door.damaged"], copied_into_a_fresh_template()),
    "door.too_many_parts": lambda: (
        refused()["door.too_many_parts"],
        copied_into_a_fresh_template(),
    ),
    "door.unpacked": lambda: (refused()["door.unpacked"], copied_into_a_fresh_template()),
    "door.part_too_large": lambda: (
        refused()["door.part_too_large"],
        copied_into_a_fresh_template(),
    ),
    "door.duplicate_part": lambda: (
        refused()["door.duplicate_part"],
        copied_into_a_fresh_template(),
    ),
    "door.part_path": lambda: (refused()["door.part_path"], copied_into_a_fresh_template()),
    "door.dtd": lambda: (refused()["door.dtd"], copied_into_a_fresh_template()),
    "door.encoding": lambda: (refused()["door.encoding"], copied_into_a_fresh_template()),
    "door.too_wide": lambda: (refused()["door.too_wide"], copied_into_a_fresh_template()),
    "unreadable.empty": lambda: (b"", FRESH),
    "unreadable.encoding": lambda: (HINDI, as_csv_utf8(HINDI, "cp1252")),
    "unreadable.no_text": lambda: (
        TABLE.decode().encode("utf-16-le"),
        as_csv_utf8(TABLE.decode().encode("utf-16-le"), "utf-16-le"),
    ),
    "unreadable.header": lambda: (
        TABLE.replace(b"agency,quarter", b"Agency code,quarter"),
        with_header(TABLE.replace(b"agency,quarter", b"Agency code,quarter")),
    ),
    "unreadable.header_semicolon": lambda: (
        SEMICOLONS,
        comma_delimited(with_header(SEMICOLONS).replace(b",", b";")),
    ),
    "unreadable.truncated": lambda: (CUT, CUT + b'",\r\n'),
    "unreadable.no_csv": lambda: (TABLE + b"a" * 140_000, TABLE),
    "unreadable.too_many_rows": lambda: (
        TABLE + b"IA-INDPH,2026-27-Q2,XX1,,1,\r\n" * 5_000,
        TABLE,
    ),
    "workbook.damaged": lambda: (
        packed({**parts_of(FRESH), "xl/workbook.xml": b"<"}),
        copied_into_a_fresh_template(),
    ),
    "workbook.too_much": lambda: (
        next(one[1] for one in hostile.heavy_for_a_reader() if one[0] == "names all over"),
        copied_into_a_fresh_template(),
    ),
    "workbook.too_heavy": lambda: (FRESH, copied_into_a_fresh_template()),
    "workbook.names_gone": lambda: (without_names(), copied_into_a_fresh_template()),
    "workbook.sheet_twice": lambda: (copied_sheet(12), put_right(copied_sheet(12))),
    "workbook.sheet_deleted": lambda: (without_sheet("Output"), copied_into_a_fresh_template()),
    "workbook.seal.broken": lambda: (with_a_changed_name(), copied_into_a_fresh_template()),
    "workbook.seal.unknown_template": lambda: (
        saved(openpyxl.Workbook()),
        copied_into_a_fresh_template(),
    ),
}


def test_every_cause_of_a_refusal_has_its_advice_followed_here() -> None:
    causes = {key for key in load_catalogue() if FILES.match(key)}
    assert causes - NO_CAUSES - OF_DEPARTMENTS - OF_TABLES - set(EARLIER_CAUSES) == set(CASES)


@pytest.mark.parametrize("cause", CASES)
def test_the_advice_of_a_refusal_leads_to_figures_that_are_read(cause: str, monkeypatch) -> None:
    broken, followed = CASES[cause]()
    with monkeypatch.context() as patched:
        if cause == "workbook.too_heavy":
            patched.setattr("cpsa.intake.readers.workbook.xlsx_reader.read_xlsx", _without_memory)
        rule, found = refusal(broken)
    assert found == cause
    assert rule == ("S07" if cause.startswith(("workbook.s", "workbook.names")) else "S00")
    assert is_read(followed)


def _without_memory(_: bytes):
    raise MemoryError


@pytest.mark.parametrize("earlier", EARLIER_CAUSES)
def test_what_an_earlier_version_refused_by_its_name_is_read_as_it_is(earlier: str) -> None:
    assert is_read(FRESH)
    assert is_read(TABLE)
    assert "again as it is" in load_catalogue()[earlier]["en"]


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        (update("FC-BHO", QUARTER.key, {}, form="IA"), TABLE),
        (update(AGENCY, "2026-27-Q1", {"OP2": 12}), TABLE),
    ],
)
def test_s06_the_file_of_this_agency_and_quarter_is_read(wrong: bytes, right: bytes) -> None:
    (finding,) = judged(wrong).findings
    assert finding.rule == "S06"
    assert is_read(right)


def test_s01_a_comma_inside_a_figure_is_put_in_quotes() -> None:
    split = TABLE.replace(b",OP2,,12,", b",OP2,,1,200")
    assert [one.expected for one in judged(split).findings] == ["figure.comma_inside"]
    quoted = TABLE.replace(b",OP2,,12,", b',OP2,,"1,200",')
    assert judged(quoted).facts["OP2", ""].hundredths == 120_000


@pytest.mark.parametrize(
    ("name", "shown", "written"),
    [("in_B2_total", '0.00" lakh"', 1180000), ("in_OP2_total", "0%", 12)],
)
def test_s01_a_figure_is_written_out_and_its_number_format_removed(name, shown, written) -> None:
    book = opened(blank())
    cell(book, name).value = 11.8
    cell(book, name).number_format = shown
    (finding,) = [one for one in judged(saved(book)).findings if one.rule == "S01"]
    assert finding.expected.startswith("figure.shown_")
    cell(book, name).value = written
    cell(book, name).number_format = "General"
    key = (name.split("_")[1], "")
    assert judged(saved(book)).facts[key].hundredths == written * 100


@pytest.mark.parametrize("fault", ["moved", "lost"])
def test_s01_misplaced_figures_are_written_in_a_fresh_template(fault: str) -> None:
    book = opened(blank())
    cell(book, "in_OP2_total").value = 12
    target = "Output!$F$8" if fault == "moved" else "#REF!"
    book.defined_names["in_OP2_total"].attr_text = target
    (finding,) = [one for one in judged(saved(book)).findings if one.indicator == "OP2"]
    assert finding.expected.startswith(f"figure.{fault}")
    assert is_read(copied_into_a_fresh_template())
