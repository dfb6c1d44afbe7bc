"""The figures of a submission as read, from the store and from a file that is only tried."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest
from tests.factories import Clerk, RegistryFolder, update
from tests.unit.intake.readers.workbook.samples import changed, sheet_part

from cpsa.calendar import Quarter
from cpsa.services.app_context import AppContext
from cpsa.services.examination.check_file import check_file
from cpsa.services.examination.submitted_figures import load_figures_as_read, preview_with_figures
from cpsa.services.quarter.load_registry import load_registry
from cpsa.services.workbooks.build_template import build_template
from cpsa.submissions.figure_description import FigureDescription, FigureOverview

Q1, Q2 = "2024-25-Q1", "2024-25-Q2"
QUARTER = Quarter.parse(Q2)


@pytest.fixture
def agency(office: AppContext, tmp_path: Path) -> Clerk:
    """An agency that has an accepted quarter behind it."""
    folder = RegistryFolder({"IA-A": Q1}).write(tmp_path / "registry")
    load_registry(office, folder, Quarter.parse(Q1).opens_at)
    clerk = Clerk(office, tmp_path / "sent")
    clerk.send("IA-A", Q1, {"A1": 8, "A2": 7, "B2": 900000})
    clerk.check(Q1)
    return clerk


def rows(read: FigureOverview | None) -> dict[str, FigureDescription]:
    assert read is not None
    return {f"{row.code}:{row.dimension}".rstrip(":"): row for row in read.all_figures}


def read_back(clerk: Clerk, version: int, language: str = "en") -> dict[str, FigureDescription]:
    return rows(load_figures_as_read(clerk.office, "IA-A", QUARTER, version, language))


def test_before_the_check_and_after_it_the_same_figures_are_read_back(agency: Clerk) -> None:
    agency.send("IA-A", Q2, {"A1": 8, "A2": 10, "B2": "₹ 11.8 lakh", "OP2": 3})
    before = read_back(agency, 1)
    agency.check(Q2)
    after = read_back(agency, 1)
    assert before == after
    assert (after["A2"].value, after["A2"].last, after["A2"].change) == ("10", "7", "+3 (+42.9 %)")
    assert after["B2"].value == "₹ 11,80,000 (₹ 11.80 lakh)"
    assert after["B2"].place.startswith("line ")
    assert read_back(agency, 1, "hi")["B2"].value == "₹ 11,80,000 (₹ 11.80 लाख)"


def test_a_jump_is_marked_and_the_last_quarter_is_named(agency: Clerk) -> None:
    agency.send("IA-A", Q2, {"A1": 8, "A2": 7, "B2": "11.80"})
    agency.send("IA-A", Q2, {"A1": 8, "A2": 7, "B2": "9000"})
    agency.check(Q2)
    described = load_figures_as_read(agency.office, "IA-A", QUARTER, 2, "en")
    assert described.last_quarter == "Apr–Jun 2024 (2024-25-Q1)"
    assert rows(described)["B2"].warnings == ("Large change from last quarter",)
    assert not rows(described)["A2"].is_unusual
    assert read_back(agency, 1)["B2"].value == "₹ 11.80"


def test_a_returned_file_shows_what_was_read_and_what_was_not(agency: Clerk) -> None:
    agency.send("IA-A", Q2, {"A1": "12 approx", "A2": 7})
    agency.check(Q2)
    found = read_back(agency, 1)
    assert found["A1"].value == "“12 approx”, not used"
    assert found["A1"].errors == ("Not a number",)
    assert found["A2"].value == "7"


def test_of_a_file_that_could_not_be_used_there_is_nothing(agency: Clerk) -> None:
    agency.send_bytes("IA-A", Q2, b"nothing of ours\n")
    agency.check(Q2)
    assert load_figures_as_read(agency.office, "IA-A", QUARTER, 1, "en") is None
    assert load_figures_as_read(agency.office, "IA-A", QUARTER, 9, "en") is None


def test_of_a_received_file_that_is_lost_there_is_nothing(agency: Clerk) -> None:
    agency.send("IA-A", Q2, {"A1": 8})
    for kept in agency.office.settings.received.rglob("*"):
        if kept.is_file():
            kept.unlink()
    assert load_figures_as_read(agency.office, "IA-A", QUARTER, 1, "en") is None


def test_what_is_only_tried_is_read_back_and_kept_nowhere(agency: Clerk) -> None:
    content = update("IA-A", Q2, {"A1": 8, "A2": 10})
    tried = preview_with_figures(agency.office, "IA-A", QUARTER, content, "x.csv", "en")
    assert tried.examined == check_file(agency.office, "IA-A", QUARTER, content, "x.csv")
    assert rows(tried.figures)["A2"].change == "+3 (+42.9 %)"
    assert load_figures_as_read(agency.office, "IA-A", QUARTER, 1, "en") is None
    nothing = preview_with_figures(agency.office, "IA-A", QUARTER, b"x", "x.csv", "en")
    assert (nothing.examined.state, nothing.figures) == ("unreadable", None)


def test_a_workbook_names_the_cell_and_a_formula_says_that_it_is_one(agency: Clerk) -> None:
    """A result that was never calculated, as writers of other programs leave it (rule Q08)."""
    book = openpyxl.load_workbook(io.BytesIO(build_template(agency.office, "IA-A", QUARTER)))
    ((sheet, place),) = book.defined_names["in_A2_total"].destinations
    place = place.replace("$", "")
    book[sheet][place] = 987654
    filled = io.BytesIO()
    book.save(filled)
    stored = changed(
        filled.getvalue(),
        sheet_part(filled.getvalue(), sheet),
        lambda xml: xml.replace(b"<v>987654</v>", b"<f>SUM(3,4)</f><v>0</v>"),
    )
    tried = preview_with_figures(agency.office, "IA-A", QUARTER, stored, "x.xlsx", "en")
    row = rows(tried.figures)["A2"]
    assert (row.value, row.place) == ("0", f"{sheet}!{place}")
    assert row.is_formula
    assert "Result of a formula" in row.warnings
