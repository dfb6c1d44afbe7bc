"""The form of a department: what stands on it, and what is read when it comes back."""

from __future__ import annotations

import io
from datetime import date

import pytest
from openpyxl import load_workbook
from tests.unit.intake.readers.workbook.samples import blank as template
from tests.unit.intake.readers.workbook.samples import changed, sheet_part
from tests.unit.template.report_form.forms import HALF, KEY, blank, filled, numbers, saved

from cpsa.intake.readers.workbook.template_seal import is_whole
from cpsa.submissions.update import Unreadable
from cpsa.template.report_form.report_form_names import COLUMNS
from cpsa.template.report_form.report_form_reader import (
    FilledReportForm,
    is_report_form,
    read_report_form,
)

ONE, TWO = "PA-2025-26-Q3-001", "PA-2025-26-Q4-002"


def read(content: bytes) -> FilledReportForm:
    form = read_report_form(content)
    assert isinstance(form, FilledReportForm), form
    return form


def test_the_same_actions_give_the_same_bytes() -> None:
    assert blank(ONE, TWO) == blank(ONE, TWO)
    assert blank(ONE, TWO) != blank(TWO, ONE)


def test_a_row_left_blank_is_no_answer() -> None:
    form = read(blank(ONE, TWO))
    assert form.answers == ()
    assert form.seal is not None
    assert (form.seal.agency, form.seal.quarter) == ("DOIC", HALF)
    assert is_whole(form.seal, KEY)
    assert not is_whole(form.seal, b"another key")


def test_what_a_person_filled_in_is_read_with_its_places() -> None:
    rows = [{"decision": "Done", "day": "20-11-2026", "remarks": " Feeder replaced "}, {}]
    form = read(filled(blank(ONE, TWO), rows))
    (answer,) = form.answers
    assert (answer.number, answer.decision, answer.day) == (ONE, "Done", "20-11-2026")
    assert answer.remarks == "Feeder replaced"
    assert answer.places == {
        name: f"Action taken report!{letter}10"
        for name, letter in zip(COLUMNS, "AIJKL", strict=True)
    }
    assert form.post == "Joint Director"


def test_a_cell_that_holds_a_date_is_read_as_that_date() -> None:
    form = read(filled(blank(ONE), [{"decision": "Done", "day": date(2026, 11, 20)}]))
    assert form.answers[0].day == "2026-11-20"


def test_rows_are_found_by_their_number_however_they_were_moved() -> None:
    """Somebody sorts the rows: number and answer move together, no answer changes its action."""
    swapped = [{"number": TWO, "decision": "Done"}, {"number": ONE, "decision": "Accepted"}]
    form = read(filled(blank(ONE, TWO), swapped))
    assert {one.number: one.decision for one in form.answers} == {TWO: "Done", ONE: "Accepted"}


def test_rows_below_the_frame_are_read() -> None:
    form = read(filled(blank(ONE), [{}, {"number": TWO, "decision": "Done"}]))
    assert [one.number for one in form.answers] == [TWO]


@pytest.mark.parametrize("language", ["en", "hi"])
def test_the_drop_down_offers_the_five_decisions_in_the_readers_language(language: str) -> None:
    book = load_workbook(io.BytesIO(blank(ONE, language=language)))
    lists = book.worksheets[2]
    shown = [cell.value for cell in lists["A"]]
    expected = {
        "en": ["Accepted", "Done", "Not pursued", "Reply not accepted, reiterated", "Reply awaited"],
        "hi": ["स्वीकार", "पूर्ण", "आगे कार्रवाई नहीं", "उत्तर स्वीकार नहीं, पुनः आग्रह", "उत्तर प्रतीक्षित"],
    }  # fmt: skip
    assert [one.split(",")[0] for one in shown] == [one.split(",")[0] for one in expected[language]]
    assert lists.sheet_state == "hidden"


def test_what_an_agency_wrote_stays_text() -> None:
    book = load_workbook(io.BytesIO(blank(ONE)))
    cell = book.worksheets[0]["D10"]
    assert (cell.value, cell.data_type) == ("=No power at noon", "s")


def test_a_named_cell_that_is_lost_breaks_the_seal() -> None:
    book = load_workbook(io.BytesIO(blank(ONE)))
    del book.defined_names["entry_report_remarks"]
    form = read(saved(book))
    assert form.seal is not None
    assert not is_whole(form.seal, KEY)


def test_a_form_is_told_from_other_workbooks() -> None:
    assert is_report_form(blank(ONE))
    assert not is_report_form(template())
    assert not is_report_form(b"no workbook")
    assert not is_report_form(b"agency,quarter\n")
    assert numbers(blank(ONE, TWO)) == [ONE, TWO]


def test_the_door_stands_before_the_form() -> None:
    content = blank(ONE)
    hostile = changed(
        content,
        sheet_part(content, "Action taken report"),
        lambda xml: b"<!DOCTYPE x [<!ENTITY y 'z'>]>" + xml,
    )
    assert isinstance(read_report_form(hostile), Unreadable)
    assert isinstance(read_report_form(b"agency,quarter\n"), Unreadable)
