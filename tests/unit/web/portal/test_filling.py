"""The form in the browser: checked without a trace, sent as a workbook, shown again as typed."""

from __future__ import annotations

from tests.factories import indicators, update
from tests.pages import parsed
from tests.unit.web.portal.conftest import ENGLISH, HINDI, QUARTER, Site, Visitor, good

from cpsa.intake.arrival import Arrival
from cpsa.intake.readers.read_update import read_update
from cpsa.intake.readers.workbook.workbook_update import WorkbookUpdate
from cpsa.services.collection.import_update import import_update
from cpsa.services.quarter.agency_quarter import load_agency_quarter
from cpsa.services.quarter.check_updates import check_quarter
from cpsa.services.workbooks.build_template import build_template
from cpsa.services.workbooks.typed_values import load_typed_values

# What a NIL tick does not answer.
STOCKS = {f"in_{row['code']}_total": "5" for row in indicators("IA") if row["kind"] == "stock"}


def totals(page, value: str = "0") -> dict[str, str]:
    names = page.xpath("//input[starts-with(@name, 'in_')]/@name")
    return {name: value for name in names if name.endswith("_total")}


def value_of(page, name: str) -> str:
    (field,) = page.xpath(f"//*[@name='{name}']")
    return field.text_content() if field.tag == "textarea" else field.get("value", "")


def test_the_form_asks_what_the_workbook_asks(site: Site, visitor: Visitor) -> None:
    names = set(visitor.get("fill").xpath("//@name"))
    book = read_update(build_template(site.office, ENGLISH, QUARTER))
    assert isinstance(book, WorkbookUpdate)
    for cell in book.update.cells:
        assert f"in_{cell.indicator}_{cell.dimension or 'total'}" in names
    framework = site.office.load_framework(QUARTER)
    for one in framework.form_indicators("IA"):
        assert f"note_{one.code}" in names
    for group in framework.form_groups("IA"):
        assert f"note_{group.code}" in names
    assert {"nil_return", "note_general", "entry_policy_support_0_urgency"} <= names


def test_target_and_last_accepted_stand_beside_a_figure(site: Site, visitor: Visitor) -> None:
    before = QUARTER - 1
    content = update(ENGLISH, before.key, {"OP1": "2", "OP2": "125000"})
    arrival = Arrival("folder", "k", "a.csv", content, ENGLISH, before.key, before.opens_at)
    import_update(site.office, arrival, before.opens_at)
    check_quarter(site.office, before, before.opens_at)
    page = visitor.get("fill")
    assert "Last accepted: 1,25,000" in page.xpath("string(//*[@id='last-in_OP2_total'])")
    assert "40" in page.xpath("string(//*[@id='how-OP2'])")


def test_a_check_shows_what_would_be_found_and_stores_nothing(site: Site, visitor: Visitor) -> None:
    typed = totals(visitor.get("fill")) | {"in_OP1_total": "2", "in_OP2_total": "3"}
    typed |= {"in_OP2_women": "5", "in_B1_total": "10 lakh", "note_OP2": "Why: कारण"}
    page = parsed(visitor.post("fill", data={**typed, "do": "check"}).text)
    assert "The update would be returned for correction. This was only a check" in " ".join(
        page.text_content().split()
    )
    assert page.xpath("//div[@id='summary']//a/@href") == ["#in_OP2_women"]
    (field,) = page.xpath("//input[@id='in_OP2_women']")
    assert field.get("aria-invalid") == "true"
    assert "more than the total" in page.xpath("string(//*[@id='fault-in_OP2_women'])")
    assert {name: value_of(page, name) for name in typed} == typed
    assert not load_agency_quarter(site.office, ENGLISH, QUARTER).submissions
    fixed = {**typed, "in_OP2_women": "2", "do": "check"}
    assert "The update would be accepted." in visitor.post("fill", data=fixed).text


def test_what_is_typed_is_kept_as_a_workbook(site_on_either: Site) -> None:
    visitor = site_on_either.visitor()
    typed = totals(visitor.get("fill")) | {
        "in_B1_total": "₹ 2.5 lakh",
        "in_OP2_women": "१२",
        "in_OP1_total": "3",
        "in_OP2_total": "1,25,000",
        "note_OP2": "=SUM(A1) is no formula",
        "entry_lesson_4_text": "पहला सबक\nin two lines",
        "entry_lesson_4_theme": "CREDIT",
    }
    page = visitor.follow(visitor.post("fill", data={**typed, "do": "send"}))
    assert "Your update is accepted" in page.text_content()
    newest = load_agency_quarter(site_on_either.office, ENGLISH, QUARTER).newest
    assert (newest.channel, newest.file_name) == ("portal", f"{ENGLISH}.xlsx")
    filled = load_typed_values(site_on_either.office, newest)
    assert filled.values["OP2", ""] == "1,25,000"
    assert filled.values["OP2", "women"] == "१२"
    assert filled.explanations == {"OP2": "=SUM(A1) is no formula"}
    (lesson,) = filled.entries["lesson"]
    assert (lesson["theme"], lesson["text"]) == ("CREDIT", "पहला सबक\nin two lines")
    shown = visitor.get("fill")
    assert value_of(shown, "in_B1_total") == "₹ 2.5 lakh"
    assert value_of(shown, "entry_lesson_0_text") == "पहला सबक\nin two lines"
    assert shown.xpath("//select[@name='entry_lesson_0_theme']/option[@selected]/@value") == [
        "CREDIT"
    ]
    again = visitor.post("fill", data={**typed, "do": "send"})
    assert "again=1" in again.headers["location"]


def test_what_is_returned_is_shown_again_as_typed_with_findings(visitor: Visitor) -> None:
    typed = totals(visitor.get("fill")) | {"in_A1_total": "12 approx", "in_B1_total": "7"}
    answer = visitor.post("fill", data={**typed, "do": "send"})
    assert answer.headers["location"].endswith("/fill#summary")
    page = visitor.follow(answer)
    assert "received as 2026-27-Q2/IA-ONE/1/" in page.xpath("string(//div[@id='summary'])")
    assert page.xpath("//div[@id='summary']//a/@href") == ["#in_A1_total"]
    assert value_of(page, "in_A1_total") == "12 approx"
    mended = {**typed, "in_A1_total": "12", "in_A2_total": "12", "do": "send"}
    assert "is accepted" in visitor.follow(visitor.post("fill", data=mended)).text_content()


def test_the_form_begins_with_what_a_csv_said(visitor: Visitor) -> None:
    visitor.send(good({"OP1": "2", "OP2": "३४", "A1": "twelve"}))
    page = visitor.get("fill")
    assert value_of(page, "in_OP2_total") == "३४"
    assert "“twelve” cannot be read as a number" in page.xpath(
        "string(//*[@id='fault-in_A1_total'])"
    )


def test_a_file_that_could_not_be_read_fills_nothing(visitor: Visitor) -> None:
    visitor.send(b"PK\x03\x04 broken", "a.xlsx")
    assert value_of(visitor.get("fill"), "in_OP2_total") == ""


def test_a_nil_return_is_a_tick(site: Site, visitor: Visitor) -> None:
    data = {**STOCKS, "nil_return": "yes", "do": "send"}
    assert "is accepted" in visitor.follow(visitor.post("fill", data=data)).text_content()
    assert visitor.get("fill").xpath("//input[@name='nil_return']/@checked")
    data["in_A1_total"] = "3"
    page = parsed(visitor.post("fill", data={**data, "do": "check"}).text)
    assert page.xpath("//div[@id='summary']//a/@href") == ["#nil_return"]


def test_entries_that_could_not_be_used_stop_the_sending(site: Site, visitor: Visitor) -> None:
    data = {**STOCKS, "nil_return": "yes", "do": "send"}
    data |= {
        "entry_policy_support_1_request": "A road",
        "entry_convergence_0_department": "BANKS",
        "entry_convergence_0_amount": "much",
    }
    answer = visitor.post("fill", data=data)
    assert answer.status_code == 422
    page = parsed(answer.text)
    assert "Nothing was sent" in page.xpath("string(//div[@id='summary'])")
    assert page.xpath("//div[@id='summary']//a/@href") == [
        "#entry_policy_support_0_department",
        "#entry_convergence_0_amount",
    ]
    assert value_of(page, "entry_policy_support_0_request") == "A road"
    assert not load_agency_quarter(site.office, ENGLISH, QUARTER).submissions


def test_more_rows_and_the_other_language_lose_nothing(visitor: Visitor) -> None:
    typed = {"in_OP2_total": "17", "entry_success_0_text": "A fair"}
    more = parsed(visitor.post("fill", data={**typed, "do": "more_success"}).text)
    rows = len(more.xpath("//textarea[starts-with(@name, 'entry_success_')]"))
    assert rows == 6
    token = more.xpath("string(//input[@name='form_token']/@value)")
    (button,) = more.xpath("//button[@value='language']")
    answer = visitor.client.post(
        button.get("formaction"), data={**typed, "form_token": token, "do": "language"}
    )
    page = parsed(answer.text)
    assert page.get("lang") == "hi"
    assert value_of(page, "in_OP2_total") == "17"
    assert value_of(page, "entry_success_0_text") == "A fair"


def test_a_form_without_its_cookie_is_shown_again_as_typed(site: Site, visitor: Visitor) -> None:
    answer = visitor.client.post(
        visitor.address("fill"), data={"in_OP2_total": "17", "do": "send", "form_token": "old"}
    )
    assert answer.status_code == 403
    page = parsed(answer.text)
    assert value_of(page, "in_OP2_total") == "17"
    assert "cookies" in page.xpath("string(//div[@id='summary'])")
    assert not load_agency_quarter(site.office, ENGLISH, QUARTER).submissions


def test_the_hindi_form_is_in_hindi(site: Site) -> None:
    visitor = site.visitor(HINDI)
    typed = totals(visitor.get("fill")) | {"in_FA1_total": "कुछ"}
    page = parsed(visitor.post("fill", data={**typed, "do": "check"}).text)
    assert page.get("lang") == "hi"
    assert page.xpath("//div[@id='summary']//li")
    assert "केवल जाँचें" in page.text_content()
