"""The workbook with every table: read back by openpyxl, compared with the content."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace

import pytest
from openpyxl import load_workbook
from sample_snapshot import with_entry

from cpsa.calendar import parse_period
from cpsa.documents.content_model import Cell, CellKind, Column, Content, Rows, Table
from cpsa.documents.document_key import DocumentKey
from cpsa.documents.document_registry import build_content, get_kind
from cpsa.documents.render import xlsx
from cpsa.documents.render.excel_numbers import RUPEES_FORMAT, ExcelNumber, parse_printed_number
from cpsa.documents.render.renderer import Renderer
from cpsa.figures import RoundedRupees
from cpsa.i18n import catalogue
from cpsa.provenance.snapshot import Snapshot

HALF = "2025-26-H2"
EDITIONS = [
    ("policy_actions", HALF, "ALL", "en"),
    ("policy_actions", HALF, "DOIC", "hi"),
    ("learning", HALF, "STATE", "hi"),
    ("learning", "2025-26", "STATE", "en"),
]


def written(snapshot: Snapshot, kind: str, period: str, subject: str, language: str) -> Content:
    return build_content(
        DocumentKey(get_kind(kind), parse_period(period), subject, language, ""), snapshot
    )


def opened(renderer: Renderer, document: Content):
    return load_workbook(io.BytesIO(renderer.write(document, "xlsx")))


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_table_has_a_sheet_and_every_cell_its_text(
    renderer: Renderer, snapshot: Snapshot, edition: tuple[str, ...]
) -> None:
    document = written(snapshot, *edition)
    book = opened(renderer, document)
    held = [
        block
        for section in document.sections
        for block in section.blocks
        if isinstance(block, Table) and not block.to_fill and block.code
    ]
    listed = list(xlsx.list_tables(document))
    assert [one.table for one in listed if one.table.code] == held
    assert book.sheetnames == [
        catalogue.text("annex.sheet", edition[3]),
        *(one.sheet for one in listed),
    ]
    assert len({name.casefold() for name in book.sheetnames}) == len(book.sheetnames)
    for one in listed:
        page = book[one.sheet]
        under = int(any(body.title for body in one.table.bodies))
        expected = [[*[body.title] * under, *row] for body in one.table.bodies for row in body.rows]
        expected += [[*[""] * under, *one.table.total]] if one.table.total else []
        found = list(page.iter_rows(min_row=5, max_col=under + len(one.table.columns)))
        assert len(found) == len(expected)
        for cells, row in zip(found, expected, strict=True):
            for cell, told in zip(cells, row, strict=True):
                text = told.text if isinstance(told, Cell) else told
                mark = told.mark if isinstance(told, Cell) else ""
                assert (
                    (cell.value in (None, "")) if not text else is_printed(cell.value, text, mark)
                )
                if mark and not isinstance(cell.value, str):
                    assert f'"{mark}"' in cell.number_format


def is_printed(value: object, text: str, mark: str) -> bool:
    """Whether a cell holds a printed text with its mark, or the number that it prints."""
    if isinstance(value, str):
        return value == text + mark
    if isinstance(text, RoundedRupees):
        return value == text.hundredths / 100
    digits = text.replace(",", "").replace("₹ ", "")
    if digits.endswith(" %"):
        return abs(value * 100 - float(digits[:-2])) < 1e-9
    return value == float(digits)


def test_the_first_sheet_leads_to_every_table(renderer: Renderer, snapshot: Snapshot) -> None:
    document = written(snapshot, *EDITIONS[2])
    book = opened(renderer, document)
    first = book.worksheets[0]
    assert first["A1"].value == document.title
    assert document.reference in first["A2"].value
    rows = list(first.iter_rows(min_row=5))
    assert len(rows) == len(book.worksheets) - 1 > 15
    for row, page in zip(rows, book.worksheets[1:], strict=True):
        assert row[1].hyperlink.location == f"'{page.title}'!A1"
        assert row[1].value == page["A1"].value
        assert page["A3"].hyperlink.location == "'तालिकाएँ'!A1"
        assert page.freeze_panes == "A5"
    codes = [row[3].value for row in rows if row[3].value]
    assert len(codes) == len(set(codes)) > 10
    about = book.properties
    assert (about.title, about.subject) == (document.title, document.reference)
    assert f"{about.created:%Y-%m-%d}" == document.date


def test_figures_are_numbers_where_they_are_exact(renderer: Renderer, snapshot: Snapshot) -> None:
    book = opened(renderer, written(snapshot, *EDITIONS[2]))
    cells = [
        cell for page in book.worksheets[1:] for row in page.iter_rows(min_row=5) for cell in row
    ]
    numbers = [cell for cell in cells if isinstance(cell.value, int | float)]
    assert len(numbers) > 2000
    assert all(cell.alignment.horizontal == "right" for cell in numbers)
    assert not [cell for cell in cells if str(cell.value).endswith((" लाख", " करोड़"))]


@pytest.mark.parametrize(
    ("text", "value", "format"),
    [
        ("0", 0, "0;-0"),
        ("649", 649, "0;-0"),
        ("1,460", 1460, "##\\,##0;-##\\,##0"),
        ("-12,34,567", -1234567, "##\\,##\\,##0;-##\\,##\\,##0"),
        ("₹ 2,50,00,000.05", 25000000.05, '"₹ "##\\,##\\,##\\,##0.00;-"₹ "##\\,##\\,##\\,##0.00'),
        ("0.7646", 0.7646, "0.0000;-0.0000"),
        ("83.6 %", 0.836, '0.0" "%'),
    ],
)
def test_a_printed_figure_is_its_number(text: str, value: float, format: str) -> None:
    assert parse_printed_number(text) == ExcelNumber(value, format)


@pytest.mark.parametrize(
    "text", ["", "–", "₹ 2.50 lakh", "4 agencies", "2025-26-Q4", "1,23,45,67,89,01,23,456", "५"]
)
def test_what_is_not_exactly_a_number_is_none(text: str) -> None:
    assert parse_printed_number(text) is None


@pytest.mark.parametrize("sly", ['=HYPERLINK("http://x")', "+1", "-2+3", "@SUM(A1)", "&lt;b>"])
def test_what_an_agency_writes_stays_text(renderer: Renderer, snapshot: Snapshot, sly: str) -> None:
    held = with_entry(
        snapshot, agency="FC-BHO", quarter="2025-26-Q4", kind="policy_support", theme="LAND",
        department="REV", text=sly, request=sly, urgency="high", scheme="",
    )  # fmt: skip
    book = opened(renderer, written(held, "policy_actions", HALF, "ALL", "en"))
    cells = [cell for page in book for row in page.iter_rows() for cell in row if cell.value == sly]
    assert len(cells) == 2, "what it wrote, and what it requests"
    for cell in cells:
        assert cell.data_type == "s" and cell.hyperlink is None
        assert cell.quotePrefix is (sly[0] in "=+-@")


def test_sheets_are_named_apart_and_within_what_is_allowed(
    renderer: Renderer, snapshot: Snapshot
) -> None:
    document = written(snapshot, *EDITIONS[0])
    name = "A/very [long]: 'name' * of? a\\table that goes on'"
    table = Table(name, (Column("One"),), (Rows(((Cell("=1", CellKind.OWN_WORDS),),)),))
    section = replace(document.sections[0], blocks=(table, table, replace(table, caption="")))
    book = opened(renderer, replace(document, sections=(section,)))
    assert len(book.sheetnames) == 4
    for title in book.sheetnames:
        assert (
            0 < len(title) <= 31 and not set(title) & set("[]:*?/\\") and title.strip("'") == title
        )
    assert book.worksheets[1]["A1"].value == name


def test_a_document_without_tables_says_so(renderer: Renderer, snapshot: Snapshot) -> None:
    document = replace(written(snapshot, *EDITIONS[1]), sections=())
    (page,) = opened(renderer, document).worksheets
    assert page["A3"].value == "इस दस्तावेज़ में कोई तालिका नहीं है।"


def test_the_same_content_gives_the_same_bytes(renderer: Renderer, snapshot: Snapshot) -> None:
    document = written(snapshot, *EDITIONS[2])
    first = renderer.write(document, "xlsx")
    assert first == renderer.write(document, "xlsx")
    with zipfile.ZipFile(io.BytesIO(first)) as package:
        assert {part.date_time[0] for part in package.infolist()} == {1980}
        assert document.date.encode() in package.read("docProps/core.xml")


def test_rupees_can_be_summed_and_are_grouped_as_in_india(
    renderer: Renderer, snapshot: Snapshot
) -> None:
    """Found: one column held 90,000 as a number and "₹ 10.90 lakh" as text."""
    key = DocumentKey(get_kind("learning"), parse_period("2025-26-H2"), "STATE", "en", "xlsx")
    book = load_workbook(io.BytesIO(renderer.render(key, snapshot)))
    cells = [cell for page in book.worksheets for row in page.iter_rows() for cell in row]
    assert not [
        cell.value for cell in cells if re.fullmatch(r"-?₹ [\d.,]+ (lakh|crore)", str(cell.value))
    ]
    formats = {cell.number_format for cell in cells if cell.value and cell.data_type == "n"}
    assert RUPEES_FORMAT in formats


def test_the_workbook_has_one_long_table_of_all_figures(
    renderer: Renderer, snapshot: Snapshot
) -> None:
    key = DocumentKey(get_kind("learning"), parse_period("2025-26-H2"), "STATE", "en", "xlsx")
    page = load_workbook(io.BytesIO(renderer.render(key, snapshot))).worksheets[-1]
    head, *rows = page.iter_rows(min_row=4, values_only=True)
    assert head == (
        "Agency code", "Agency", "Code", "Indicator", "Quarter", "Actual", "Target",
        "State of the update",
    )  # fmt: skip
    half = ("2025-26-Q3", "2025-26-Q4")
    totals = snapshot.facts[
        (snapshot.facts["dimension"] == "") & snapshot.facts["quarter"].isin(half)
    ]
    expected = {
        (row.agency, row.indicator, row.quarter): row.hundredths / 100
        for row in totals.itertuples()
    }
    found = {(row[0], row[2], row[4]): row[5] for row in rows if isinstance(row[5], int | float)}
    assert found == expected
    aimed = snapshot.registry.targets[snapshot.registry.targets["quarter"].isin(half)]
    targets = {(row.agency, row.indicator, row.quarter) for row in aimed.itertuples()}
    assert {(row[0], row[2], row[4]) for row in rows if isinstance(row[6], int | float)} <= targets


@pytest.mark.parametrize("subject", ["DOIC", "ALL"])
def test_the_workbook_of_a_compilation_has_what_is_requested(
    renderer: Renderer, snapshot: Snapshot, subject: str
) -> None:
    """Found: the one essential table was not in it."""
    key = DocumentKey(get_kind("policy_actions"), parse_period("2025-26-H2"), subject, "en", "xlsx")
    page = load_workbook(io.BytesIO(renderer.render(key, snapshot))).worksheets[-1]
    assert page["A1"].value == "Requested actions"
    rows = {row[0]: row for row in page.iter_rows(min_row=5, values_only=True)}
    raised = snapshot.actions.set_index("number")
    assert len(rows) > 5
    for number, row in rows.items():
        assert row[7] == " ".join(raised.at[number, "request"].split())
