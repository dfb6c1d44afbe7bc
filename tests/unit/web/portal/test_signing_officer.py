"""The officer who signs: stored with the submission, shown to the agency alone, published nowhere."""

from __future__ import annotations

import io
import logging

import openpyxl
import pytest
from tests.factories import time_to_close
from tests.unit.web.portal.conftest import ENGLISH, HINDI, QUARTER, Site, Visitor, good
from tests.unit.web.portal.test_filling import totals, value_of

from cpsa.services.publication.publish_quarter import publish_quarter
from cpsa.services.quarter.agency_quarter import load_agency_quarter
from cpsa.services.quarter.close_quarter import close_quarter
from cpsa.submissions.signing_officer import MAX_LENGTH, SigningOfficer

NAME, DESIGNATION = "Asha Verma-Signs", "General Manager, DTIC"
GIVEN = {"signing_officer_name": NAME, "signing_officer_designation": DESIGNATION}
LABELS = {ENGLISH: "Signed by", HINDI: "हस्ताक्षरकर्ता"}


def filled_workbook(visitor: Visitor, officer: dict[str, str] = GIVEN) -> bytes:
    book = openpyxl.load_workbook(
        io.BytesIO(visitor.client.get(visitor.address("template")).content)
    )
    values = {name: 0 for name in book.defined_names if name.endswith("_total")} | officer
    for name, value in values.items():
        ((sheet, cell),) = book.defined_names[name].destinations
        book[sheet][cell.replace("$", "")] = value
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


def newest_officer(site: Site, agency: str = ENGLISH) -> SigningOfficer:
    newest = load_agency_quarter(site.office, agency, QUARTER).newest
    assert newest is not None
    return newest.officer


@pytest.mark.parametrize("agency", [ENGLISH, HINDI])
def test_the_receipt_names_the_officer_of_a_workbook(site_on_either: Site, agency: str) -> None:
    visitor = site_on_either.visitor(agency)
    page = visitor.follow(visitor.send(filled_workbook(visitor), "update.xlsx"))
    assert NAME not in page.text_content()
    assert newest_officer(site_on_either, agency) == SigningOfficer(NAME, DESIGNATION)
    receipt = visitor.get("receipt", 1).text_content()
    assert f"{LABELS[agency]}{NAME}, {DESIGNATION}" in receipt


def test_the_form_keeps_the_officer_and_shows_it_again(site: Site, visitor: Visitor) -> None:
    typed = {**totals(visitor.get("fill")), **GIVEN}
    visitor.follow(visitor.post("fill", data={**typed, "in_B1_total": "9", "do": "send"}))
    assert newest_officer(site).line == f"{NAME}, {DESIGNATION}"
    page = visitor.get("fill")
    assert {name: value_of(page, name) for name in GIVEN} == GIVEN


def test_an_update_that_is_returned_has_its_officer_too(site: Site, visitor: Visitor) -> None:
    typed = {**totals(visitor.get("fill")), **GIVEN, "in_A1_total": "12 approx"}
    visitor.follow(visitor.post("fill", data={**typed, "do": "send"}))
    assert load_agency_quarter(site.office, ENGLISH, QUARTER).state == "returned"
    assert newest_officer(site).name == NAME


def test_a_csv_and_a_blank_cell_name_nobody(site: Site, visitor: Visitor) -> None:
    visitor.send(good())
    assert not newest_officer(site)
    visitor.send(filled_workbook(visitor, {}), "update.xlsx")
    assert not newest_officer(site)
    assert "Signed by" not in visitor.get("receipt", 2).text_content()


def test_a_name_is_one_line_of_bounded_length() -> None:
    officer = SigningOfficer.parse("  A.\n\tVerma\u200b ", "x" * 500)
    assert officer.name == "A. Verma"
    assert len(officer.designation) == MAX_LENGTH
    assert SigningOfficer.parse(" ", "Manager").line == "Manager"


def test_no_representation_of_an_officer_shows_the_name() -> None:
    assert NAME not in repr(SigningOfficer(NAME, DESIGNATION))
    assert DESIGNATION not in f"{SigningOfficer(NAME, DESIGNATION)}"


def test_no_log_and_no_public_page_names_an_officer(
    site: Site, visitor: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        for agency in (ENGLISH, HINDI):
            sender = site.visitor(agency)
            sender.send(filled_workbook(sender), "update.xlsx")
        for quarter in (QUARTER - 1, QUARTER):
            now = time_to_close(site.office, quarter)
            close_quarter(site.office, quarter, now, "ops")
        publish_quarter(site.office, now)
    assert NAME not in caplog.text
    published = [file for file in site.office.settings.public.rglob("*") if file.is_file()]
    assert len(published) > 50
    for file in published:
        assert NAME.encode() not in file.read_bytes(), file
