"""The template on paper: what LibreOffice prints has letters that can be read, in both languages."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator

import pytest
from tests.unit.documents.office import converted
from tests.unit.intake.readers.workbook.samples import blank

pytestmark = pytest.mark.nightly

SMALLEST_POINTS = 8
A4 = {(595, 841), (841, 595)}
_FONT = re.compile(r'<fontspec id="(\d+)" size="(\d+)"')
_TEXT = re.compile(r'<text [^>]*font="(\d+)">(.*?)</text>')
_PAGE = re.compile(r'<page [^>]*height="(\d+)" width="(\d+)"')


@pytest.fixture(scope="module")
def printed(tmp_path_factory) -> dict[str, str]:
    """What each printed template says and with which fonts, as poppler finds it in the PDF."""
    folder = tmp_path_factory.mktemp("paper")
    files = []
    for form in ("IA", "FC"):
        for language in ("en", "hi"):
            files.append(folder / f"{form}.{language}.xlsx")
            files[-1].write_bytes(blank(form, language))
    made = converted(files, "pdf", folder)
    return {name: _as_xml(made[name]) for name in made if name.endswith(".pdf")}


def _as_xml(pdf) -> str:
    command = ["pdftohtml", "-xml", "-zoom", "1", "-i", "-stdout", str(pdf)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def sizes(xml: str) -> Iterator[tuple[int, str]]:
    """The size of the letters of each text, in points (cut down to whole ones)."""
    points = {font: int(size) for font, size in _FONT.findall(xml)}
    for font, text in _TEXT.findall(xml):
        yield points[font], re.sub("<[^>]*>", "", text)


@pytest.mark.parametrize("name", ["IA.en.pdf", "IA.hi.pdf", "FC.en.pdf", "FC.hi.pdf"])
def test_no_letter_is_smaller_than_eight_points_on_a4(printed, name) -> None:
    found = list(sizes(printed[name]))
    assert len(found) > 300
    assert [text for size, text in found if size < SMALLEST_POINTS] == []
    assert {(int(width), int(height)) for height, width in _PAGE.findall(printed[name])} <= A4


def test_every_page_of_a_wide_sheet_names_its_rows(printed) -> None:
    pages = printed["IA.en.pdf"].split("<page ")[1:]
    wide = [page for page in pages if re.search(r">OC\d+P?<", re.sub("</?b>", "", page))]
    sheet = [page for page in wide if "What is counted" not in page]
    assert len(sheet) >= 2
    assert all("Code" in page and "Indicator" in page for page in sheet)
    assert sum("Explanation" in page for page in sheet) >= 1
