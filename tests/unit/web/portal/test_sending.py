"""An update comes by the portal: received once, checked at once, all findings and a receipt."""

from __future__ import annotations

import io

import openpyxl
import pytest
from sqlalchemy import text
from tests.unit.web.portal.conftest import ENGLISH, HINDI, QUARTER, Site, Visitor, good

from cpsa.intake.file_guard import file_limits
from cpsa.services.quarter.agency_quarter import load_agency_quarter
from cpsa.services.quarter.close_quarter import close_quarter
from cpsa.services.workbooks.mark_workbook import build_filled_template
from cpsa.template.filled_values import FilledValues


def words(page) -> str:
    return " ".join(page.text_content().split())


def test_an_update_is_taken_in_checked_and_receipted(site_on_either: Site) -> None:
    visitor = site_on_either.visitor()
    assert "Not received yet" in words(visitor.get())
    page = visitor.follow(visitor.send(good()))
    assert "Your update is accepted" in words(page)
    account = load_agency_quarter(site_on_either.office, ENGLISH, QUARTER)
    assert account.state == "accepted"
    assert account.newest.channel == "portal"
    assert account.newest.receipt in words(page)
    assert account.newest.receipt in words(visitor.get())


def test_all_findings_come_at_once_errors_first_with_places(site_on_either: Site) -> None:
    visitor = site_on_either.visitor()
    content = good({"OP1": "2", "OP2": "3", "OP2:women": "5", "A1": "twelve", "OC6": "7"})
    page = visitor.follow(visitor.send(content))
    marks = [one.text_content() for one in page.xpath("//li//strong[contains(@class, 'mark')]")]
    assert marks == sorted(marks), "errors come before questions"
    assert marks.count("Error") == 2
    assert "“twelve” cannot be read as a number" in words(page)
    assert "line" in words(page)
    assert load_agency_quarter(site_on_either.office, ENGLISH, QUARTER).state == "returned"


def test_the_same_bytes_again_have_the_same_receipt(site_on_either: Site) -> None:
    visitor = site_on_either.visitor()
    first = visitor.follow(visitor.send(good())).xpath("string(//strong[@class='number'])")
    again = visitor.follow(visitor.send(good(), "under another name.csv"))
    assert "We already have this file, as version 1" in words(again)
    assert "Version 1 of" in words(again)
    assert again.xpath("string(//strong[@class='number'])") == first
    with site_on_either.office.engine.connect() as connection:
        outcomes = connection.execute(text("SELECT outcome FROM arrival ORDER BY id")).scalars()
        assert list(outcomes) == ["new", "repeat"]


def test_an_older_file_that_comes_again_is_the_next_version_and_counts(
    site_on_either: Site,
) -> None:
    visitor = site_on_either.visitor()
    first, second = good({"A1": "4", "A2": "4"}), good({"A1": "7", "A2": "7"})
    for content in (first, second):
        visitor.follow(visitor.send(content))
    page = visitor.follow(visitor.send(first))
    assert "This file is now version 3. Version 3 of" in words(page)
    returned = visitor.follow(visitor.send(good({"A1": "twelve"})))
    assert "This file is now version 4. Version 3 of" in words(returned)


def test_a_workbook_filled_in_hindi_is_answered_in_hindi(site: Site) -> None:
    visitor = site.visitor(HINDI)
    template = visitor.client.get(visitor.address("template"))
    assert template.headers["content-disposition"].endswith(f'"{HINDI}-{QUARTER.key}.xlsx"')
    book = openpyxl.load_workbook(io.BytesIO(template.content))
    for name, defined in book.defined_names.items():
        if name.startswith("in_") and name.endswith("_total"):
            sheet, cell = next(defined.destinations)
            book[sheet][cell] = "शून्य"
    filled = io.BytesIO()
    book.save(filled)
    page = visitor.follow(visitor.send(filled.getvalue(), "प्रतिवेदन.xlsx"))
    assert page.get("lang") == "hi"
    assert "आपका प्रतिवेदन स्वीकृत हुआ" in words(page)
    assert "प्रतिवेदन.xlsx" in words(visitor.get("receipt", 1))


def test_the_workbook_comes_back_with_its_faults_marked(visitor: Visitor, site: Site) -> None:
    content = build_filled_template(
        site.office, ENGLISH, QUARTER, FilledValues(nil=True, values={("A1", ""): "twelve"})
    )
    page = visitor.follow(visitor.send(content, "update.xlsx"))
    (way,) = page.xpath("//a[contains(@href, '/marked/1')]/@href")
    book = openpyxl.load_workbook(io.BytesIO(visitor.client.get(way).content))
    sheet, cell = next(book.defined_names["in_A1_total"].destinations)
    assert book[sheet][cell].value == "twelve"
    assert "cannot be read as a number" in book[sheet][cell].comment.text
    visitor.send(good({"A1": "twelve"}))
    assert not visitor.get("sent", 2).xpath("//a[contains(@href, '/marked/')]")
    assert visitor.client.get(visitor.address("marked", 2)).status_code == 404


def test_a_file_after_closing_is_held_and_this_is_said(site: Site) -> None:
    close_quarter(site.office, QUARTER, QUARTER.closes_at)
    site.now = QUARTER.closes_at
    visitor = site.visitor()
    assert "This quarter is closed" in words(visitor.get())
    page = visitor.follow(visitor.send(good()))
    assert "Your file was received after closing" in words(page)
    assert "does not count yet" in words(page)
    account = load_agency_quarter(site.office, ENGLISH, QUARTER)
    assert account.locked_out
    assert account.state == "missing"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("", b"", "Choose the file"),
        ("update.pdf", b"%PDF-1.7", "it is a PDF; send the filled workbook itself"),
        ("update.xlsm", b"PK\x03\x04", "its end is missing"),
        ("update", b"\x00\x01\x02", "it is neither a workbook nor a CSV"),
        ("empty.xlsx", b"", "it is empty"),
    ],
)
def test_what_cannot_be_an_update_is_refused_at_its_field(
    visitor: Visitor, site: Site, name: str, content: bytes, said: str
) -> None:
    answer = visitor.send(content, name)
    assert answer.status_code == 422
    assert said in answer.text
    assert '<a href="#file">' in answer.text
    assert not load_agency_quarter(site.office, ENGLISH, QUARTER).submissions


def test_what_cannot_be_read_is_kept_and_says_why(visitor: Visitor, site: Site) -> None:
    page = visitor.follow(visitor.send(b"PK\x03\x04 broken", "update.xlsx"))
    assert "Your file could not be read" in words(page)
    assert page.xpath("//li[contains(@class, 'error')]")
    assert load_agency_quarter(site.office, ENGLISH, QUARTER).state == "unreadable"


def test_a_large_body_is_refused_before_it_is_all_here(site: Site, visitor: Visitor) -> None:
    """Neither by what it declares nor by what comes is more than the limit ever parsed."""
    token = visitor.get().xpath("string(//input[@name='form_token']/@value)")
    boundary = "----------------------------------x"
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="form_token"\r\n\r\n{token}\r\n'
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="big.csv"\r\n\r\n'
    ).encode()
    kind = {"content-type": f"multipart/form-data; boundary={boundary}"}
    address = visitor.address("send")

    def body(size: int):
        yield head
        for _ in range(size // 65536):
            yield b"x" * 65536

    declared = {**kind, "content-length": str(30 * file_limits.MEGABYTE)}
    for headers in (declared, kind):  # as declared, and as it comes
        answer = site.client.post(address, content=body(30 * file_limits.MEGABYTE), headers=headers)
        assert answer.status_code == 413, answer.text
        assert "You can send at most 10.0 MB" in answer.text
    assert not list(site.office.settings.received.rglob("*"))
    assert not load_agency_quarter(site.office, ENGLISH, QUARTER).submissions


def test_a_file_just_within_the_limit_is_taken_in(visitor: Visitor, site: Site) -> None:
    header = b"agency,quarter,indicator,dimension,value,note\n"
    content = header + b"\n" * (file_limits.FILE_BYTES - len(header))
    assert visitor.send(content).status_code == 303
    assert visitor.send(content + b"\n" * 200_000).status_code == 413


def test_what_was_taken_in_stays_when_the_check_fails(
    visitor: Visitor, site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(*_args: object) -> None:
        raise ZeroDivisionError("said by IA-ONE of someone@example.org")

    monkeypatch.setattr("cpsa.web.portal.routes.upload_routes.check_quarter", breaks)
    page = visitor.follow(visitor.send(good()))
    assert "Your file was received" in words(page)
    assert "It has not been checked yet" in words(page)
    assert "incident" in caplog.text
    assert "ZeroDivisionError" in caplog.text
    assert "example.org" not in caplog.text
    monkeypatch.undo()
    page = visitor.follow(visitor.send(good()))
    assert "Your update is accepted" in words(page)


def test_what_was_sent_can_be_had_back_byte_for_byte(visitor: Visitor) -> None:
    content = good({"OP1": "2", "OP2": "9"})
    visitor.send(content, "../../etc/<b>passwd.csv")
    answer = visitor.client.get(visitor.address("file", 1))
    assert answer.content == content
    assert answer.headers["content-disposition"] == (
        f'attachment; filename="{ENGLISH}-{QUARTER.key}-1.csv"'
    )
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert visitor.client.get(visitor.address("file", 2)).status_code == 404
    receipt = visitor.get("receipt", 1)
    assert "<b>passwd.csv" in words(receipt)
    assert "etc/" not in words(receipt)


def test_only_the_newest_version_shows_what_was_found(visitor: Visitor) -> None:
    visitor.send(good({"A1": "twelve"}))
    visitor.send(good({"A1": "12", "A2": "12"}))
    old = visitor.get("sent", 1)
    assert "You have sent a later version" in words(old)
    assert not old.xpath("//ol[@class='findings']")
    visitor.send(good({"A1": "13", "A2": "12"}))
    assert "A later version has replaced this one" in words(visitor.get("sent", 2))


def test_an_accepted_version_counts_on_while_a_newer_one_has_errors(visitor: Visitor) -> None:
    visitor.send(good())
    visitor.send(good({"A1": "twelve"}))
    page = words(visitor.get())
    assert "An earlier version is accepted and counts" in page
    assert "Errors to correct: 1" in page


def test_rows_of_entries_that_could_not_be_used_are_told(visitor: Visitor, site: Site) -> None:
    entries = {"convergence": [{"department": "BANKS", "amount": "much", "text": "help"}]}
    content = build_filled_template(
        site.office,
        ENGLISH,
        QUARTER,
        FilledValues(nil=True, values={("B1", ""): "5"}, entries=entries),
    )
    page = visitor.follow(visitor.send(content, "update.xlsx"))
    assert "Convergence, row 1: “much” is not a figure" in words(page)
