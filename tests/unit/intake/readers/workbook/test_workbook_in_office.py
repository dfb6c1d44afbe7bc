"""A template filled in and rearranged in LibreOffice says the same in all three formats."""

from __future__ import annotations

import io

import pytest
from openpyxl import load_workbook
from tests.unit.intake.readers.workbook.samples import KEY, QUARTER, framework

from cpsa.intake.readers.workbook.template_seal import SealState, find_seal_state
from cpsa.intake.readers.workbook.workbook_reader import read_workbook
from cpsa.intake.readers.workbook.workbook_update import WorkbookUpdate
from cpsa.submissions.signing_officer import SigningOfficer
from cpsa.submissions.update import Unreadable

pytestmark = pytest.mark.slow

FORMATS = (".xlsx", ".xls", ".ods")
COPIES = {
    "copied": None,
    "copied and changed": "workbook.sheet_twice: “Activities”, “Activities_2”",
    "copied and deleted": "workbook.names_gone: “Activities_2”",
    "deleted": "workbook.sheet_deleted: “A1”, “A2”",
}
SAID = {
    "in_OP1": "12",
    "in_OP2": "120",
    "in_OP2_women": "४५",
    "in_OP4": "#N/A",
    "in_OP5": "00123",
    "in_OP6": "TRUE",
    "in_OP7": "₹ 2.5 लाख",
    "in_B2": "0.3",
    "in_OC1": "-1250000.25",
    "in_OC2": "11800520",
    "in_PC1": "1180052.5",
    "in_SC1": "11.8",
}


@pytest.fixture(params=FORMATS)
def read(request, office_files):
    outcome = read_workbook(office_files[f"filled{request.param}"])
    assert isinstance(outcome, WorkbookUpdate), outcome
    return outcome


def said(outcome) -> dict[str, str]:
    return {
        f"in_{cell.indicator}" + (f"_{cell.dimension}" if cell.dimension else ""): cell.text
        for cell in outcome.update.cells
        if cell.text
    }


def test_figures_are_read_where_they_went(read):
    assert said(read) == SAID


def test_our_own_number_formats_put_no_figure_in_doubt(read):
    assert not [cell for cell in read.update.cells if cell.doubt]


def test_the_officer_who_signs_is_read(read):
    assert read.officer == SigningOfficer("आशा वर्मा", "महाप्रबंधक")


@pytest.mark.parametrize(
    ("name", "sheet", "blank", "above"),
    [
        ("filled", "Budget", 1, 0),  # NIL does not answer the sanctioned budget
        ("filled", "Activities", 0, 0),
        ("moved", "Budget", 1, 0),
        ("moved", "Activities", 0, 0),
        ("moved", "Output", 8, 1),
        ("moved", "Impact", 0, 0),  # never required
    ],
)
def test_the_first_sheet_counts_what_is_still_to_do(office_files, name, sheet, blank, above):
    start = load_workbook(io.BytesIO(office_files[f"{name}.xlsx"]), data_only=True)["Start"]
    told = {str(row[0].value).partition("\n")[0]: row[1].value for row in start.iter_rows()}
    assert told[sheet] == f"Totals still blank: {blank} · Parts larger than their total: {above}"


def test_places_are_those_the_agency_sees(read):
    places = {(cell.indicator, cell.dimension): cell.place for cell in read.update.cells}
    assert places["OP2", ""] == "मेरा पन्ना!G9"
    assert places["OP2", "women"] == "मेरा पन्ना!I9"
    assert places["B2", ""] == "It's 100 % ours!F7"
    assert read.update.nil == "Start!B8"


def test_formulas_are_noted(read):
    noted = {cell.indicator: cell for cell in read.update.cells if cell.formula}
    assert {code: cell.text for code, cell in noted.items()} == {
        "OP2": "120", "OP4": "#N/A", "OP6": "TRUE", "OP8": "", "B2": "0.3"
    }  # fmt: skip
    assert all(cell.formula.startswith("=") for cell in noted.values())
    assert not any(cell.outdated for cell in noted.values())


def test_explanations_and_entries_come_along(read):
    assert [(one.about, one.text) for one in read.explanations] == [
        ("OP2", "दो प्रशिक्षण एक साथ हुए।")
    ]
    assert [(one.kind, dict(one.values), one.place) for one in read.entries] == [
        (
            "lesson",
            {"theme": "CREDIT", "text": "बैंक से पहले मिलें।\nसमय बचता है।"},
            "Lessons!A6",
        ),
        ("lesson", {"theme": "", "text": "below the frame"}, "Lessons!B29"),
    ]


def test_a_deleted_row_and_a_deleted_sheet_of_entries_break_no_seal(read):
    (deleted,) = [
        one for one in read.update.cells if (one.indicator, one.dimension) == ("OP13", "")
    ]
    assert (deleted.text, deleted.place, deleted.doubt) == ("", "", "")
    assert read.sheet_fault is None
    state = find_seal_state(read.seal, KEY, "IA-INDPH", QUARTER.key, framework())
    assert state is SealState.OK


@pytest.mark.parametrize("suffix", [".xls", ".ods"])
def test_a_password_is_named_as_the_cause(office_files, suffix):
    outcome = read_workbook(office_files[f"filled under a password{suffix}"])
    assert outcome == Unreadable("door.encrypted")


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize(("file", "fault"), COPIES.items())
def test_copied_and_deleted_sheets_are_named(office_files, suffix, file, fault):
    outcome = read_workbook(office_files[f"{file}{suffix}"])
    assert isinstance(outcome, WorkbookUpdate), outcome
    assert (outcome.sheet_fault and str(outcome.sheet_fault)) == fault


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_figure_is_what_the_sender_saw(office_files, suffix):
    """Cut and paste moves the names along; number formats add a unit or a percent sign."""
    outcome = read_workbook(office_files[f"moved{suffix}"])
    assert isinstance(outcome, WorkbookUpdate), outcome
    cells = {cell.indicator: cell for cell in outcome.update.cells if not cell.dimension}
    said = {code: (cell.text, cell.doubt, cell.detail, cell.quoted) for code, cell in cells.items()}
    assert said["B2"] == ("11.8", "shown_otherwise", "11.8", "11.80 lakh")
    assert said["A2"] == ("0.5", "shown_otherwise", "0.5", "50%")
    assert said["A1"] == ("7", "", "", "")
    assert said["PC1"] == ("1250000", "", "", "")
    assert said["OP5"] == ("15", "moved", "OP6", "")
    assert said["OP6"] == ("7", "moved", "OP5", "")
    assert said["OP7"] == ("3", "", "", "")
