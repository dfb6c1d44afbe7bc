"""Word edition and workbook as LibreOffice opens them: the same headings and figures as the PDF."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree
from office import converted, words_of

from cpsa.calendar import parse_period
from cpsa.documents.content_model import Cell, Content, Subheading, Table
from cpsa.documents.document_key import DocumentKey
from cpsa.documents.document_registry import LEARNING, POLICY_ACTIONS, build_content
from cpsa.documents.render import xlsx
from cpsa.documents.render.renderer import Renderer
from cpsa.figures import RoundedRupees, rupees
from cpsa.provenance.snapshot import Snapshot

pytestmark = pytest.mark.slow

HALF = "2025-26-H2"
COMPILATIONS = [
    DocumentKey(POLICY_ACTIONS, parse_period(period), subject, language, "")
    for period, subject in ((HALF, "DOIC"), (HALF, "ALL"), ("2025-26-Q4", "ALL"))
    for language in ("en", "hi")
]
FIGURE = re.compile(r"\d[\d,]*(?:\.\d+)?")
ODF = {
    "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
}
TABLE = f"{{{ODF['table']}}}"


@pytest.fixture(scope="module")
def editions(
    renderer: Renderer, snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory
) -> dict[DocumentKey, str]:
    """What LibreOffice reads in each Word edition."""
    folder = tmp_path_factory.mktemp("word")
    files = {}
    for key in COMPILATIONS:
        file = folder / f"{key.path.replace('/', '.')}docx"
        file.write_bytes(renderer.write(build_content(key, snapshot), "docx"))
        files[key] = file
    made = converted([*files.values()], "pdf", folder)
    return {key: words_of(made[f"{file.stem}.pdf"].read_bytes()) for key, file in files.items()}


def headings(document: Content) -> Iterator[str]:
    for section in document.sections:
        yield section.title
        yield from (block.text for block in section.blocks if isinstance(block, Subheading))


def figures(document: Content) -> Counter[str]:
    """Every figure in a table, as often as it stands there."""
    tables = [
        block for one in document.sections for block in one.blocks if isinstance(block, Table)
    ]
    rows = [row for table in tables for body in table.bodies for row in body.rows]
    rows += [table.total for table in tables]
    return Counter(found for row in rows for cell in row for found in FIGURE.findall(cell.text))


@pytest.mark.parametrize(
    "key", COMPILATIONS, ids=lambda key: f"{key.period.key}-{key.subject}-{key.language}"
)
def test_word_and_pdf_have_the_same_headings_and_figures(
    renderer: Renderer, snapshot: Snapshot, editions: dict[DocumentKey, str], key: DocumentKey
) -> None:
    document = build_content(key, snapshot)
    expected, titles = figures(document), list(headings(document))
    assert expected.total() > 100 and len(titles) >= 5
    for texts_read in (editions[key], words_of(renderer.write(document, "pdf"))):
        joined = "".join(texts_read.split())  # pdftotext sees blanks within words of Devanagari
        assert not [title for title in titles if "".join(title.split()) not in joined]
        assert not expected - Counter(FIGURE.findall(texts_read))


def test_a_page_says_which_it_is(editions: dict[DocumentKey, str]) -> None:
    texts_read = editions[COMPILATIONS[0]]
    assert re.search(r"Page 2 of \d+\b", texts_read), "fields of the footer"
    assert "CPSA/2025-26-H2/PAC/DOIC" in texts_read


def sheets(file: Path) -> dict[str, list[list[str]]]:
    """What each sheet shows, cell by cell, without blank rows at its end."""
    found = {}
    for table in etree.parse(file).iterfind(".//table:table", ODF):
        rows = []
        for row in table.iter(f"{TABLE}table-row"):
            texts_read, times = shown(row), int(row.get(f"{TABLE}number-rows-repeated", 1))
            rows += [texts_read] * (times if any(texts_read) else 1)
        while rows and not any(rows[-1]):
            rows.pop()
        found[table.get(f"{TABLE}name")] = rows
    return found


def shown(row) -> list[str]:
    cells = []
    for cell in row.iterfind("table:table-cell", ODF):
        lines = ["".join(line.itertext()) for line in cell.iterfind("text:p", ODF)]
        cells += ["\n".join(lines)] * int(cell.get(f"{TABLE}number-columns-repeated", 1))
    return cells


def calculable(cell: Cell) -> str:
    """What a document prints, with amounts that it rounds to lakh or crore in full."""
    rounded = isinstance(cell.text, RoundedRupees)
    return (rupees(cell.text.hundredths) if rounded else cell.text) + cell.mark


@pytest.mark.parametrize("language", ["en", "hi"])
def test_the_workbook_shows_what_the_document_prints(
    renderer: Renderer, snapshot: Snapshot, language: str, tmp_path: Path
) -> None:
    key = DocumentKey(LEARNING, parse_period(HALF), "STATE", language, "")
    document = build_content(key, snapshot)
    file = tmp_path / "annex.xlsx"
    file.write_bytes(renderer.write(document, "xlsx"))
    shown = sheets(converted([file], "fods", tmp_path)["annex.fods"])
    for one in xlsx.list_tables(document):
        rows = shown[one.sheet][4:]
        printed = [list(map(calculable, row)) for body in one.table.bodies for row in body.rows]
        printed += [list(map(calculable, one.table.total))] if one.table.total else []
        under = int(any(body.title for body in one.table.bodies))
        columns = slice(under, under + len(one.table.columns))
        assert [row[columns] for row in rows] == printed, one.sheet
