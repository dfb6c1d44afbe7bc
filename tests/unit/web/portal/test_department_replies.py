"""A department answers in the browser: its open actions, or the filled form as a file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.factories import Clerk
from tests.pages import parsed
from tests.unit.services.department_rig import (
    FIRST,
    HALF,
    NOW,
    SECOND,
    THIRD,
    DepartmentRig,
    department_rig,
)

from cpsa import signed_links
from cpsa.web.portal.portal_app import make_app
from cpsa.web.portal.rate_limits import RateLimits


@pytest.fixture
def rig(clerk: Clerk, tmp_path: Path) -> Iterator[DepartmentRig]:
    with department_rig(clerk, tmp_path) as made:
        yield made


class Reader:
    """Anyone who has a department's link."""

    def __init__(self, rig: DepartmentRig, seat: str = "DOIC:to:1", days: int = 90) -> None:
        self.client = TestClient(make_app(rig.office, lambda: NOW, RateLimits()))
        holder = signed_links.DepartmentLink(seat, HALF.key, NOW + timedelta(days=days))
        self.address = f"/r/{signed_links.sign_link(rig.office.seal_key, holder)}"

    def get(self, steps: str = "", status: int = 200):
        answer = self.client.get(self.address + steps)
        assert answer.status_code == status, answer.text
        return parsed(answer.text)

    def post(self, steps: str = "", files=None, **data: str):
        token = self.get().xpath("string(//input[@name='form_token']/@value)")
        data = {name.replace("__", "-"): value for name, value in data.items()}
        return self.client.post(
            self.address + steps,
            data={"form_token": token, **data},
            files=files or {"none": ("", b"")},
            follow_redirects=False,
        )


def row(number: str, **typed: str) -> dict[str, str]:
    return {f"{column}-{number}": value for column, value in typed.items()}


def words(page) -> str:
    return " ".join(page.text_content().split())


def test_the_form_shows_the_open_actions_of_the_department_alone(rig: DepartmentRig) -> None:
    page = Reader(rig).get()
    assert [one.text for one in page.xpath("//legend/span")] == [FIRST, SECOND]
    assert "The feeder trips" in words(page)
    assert THIRD not in words(page)
    assert page.xpath("string(/html/@lang)") == "en"
    hindi = Reader(rig, "BANKS:to:1").get()
    assert hindi.xpath("string(/html/@lang)") == "hi"
    assert [one.text for one in hindi.xpath("//legend/span")] == [THIRD]


def test_answers_are_recorded_once_and_told_on_a_receipt(rig: DepartmentRig) -> None:
    reader = Reader(rig)
    typed = row(FIRST, decision="accepted", promised="31-03-2026", remarks="In hand")
    answer = reader.post(**typed, post="Joint Director")
    assert answer.status_code == 303, answer.text
    page = parsed(reader.client.get(answer.headers["location"]).text)
    assert f"{FIRST}Accepted, 15-12-2025. To be completed by 31-03-2026" in words(page)
    assert rig.decided()[FIRST] == "accepted"
    assert rig.decided()[SECOND] == "reply_awaited"
    for _ in range(2):
        rig.answer()
    (letter,) = rig.mails()
    assert letter["Subject"].startswith("Your reply is recorded (decisions: 1)")


def test_good_rows_count_and_wrong_ones_are_shown_again_as_typed(rig: DepartmentRig) -> None:
    reader = Reader(rig)
    answer = reader.post(
        **row(FIRST, decision="done", remarks="Feeder replaced"),
        **row(SECOND, decision="not_pursued", day="1-12-2025"),
    )
    assert answer.status_code == 422
    page = parsed(answer.text)
    (link,) = page.xpath("//div[@id='summary']//a")
    assert link.get("href") == f"#remarks-{SECOND}"
    assert "Decisions recorded: 1." in words(page)
    assert page.xpath(f"string(//input[@id='day-{SECOND}']/@value)") == "1-12-2025"
    assert page.xpath(f"//select[@id='decision-{SECOND}']/option[@selected]")[0].get("value") == (
        "not_pursued"
    )
    assert rig.decided()[FIRST] == "done"
    assert rig.decided()[SECOND] == "reply_awaited"


def test_where_every_row_is_wrong_nothing_is_recorded_and_no_letter_written(
    rig: DepartmentRig,
) -> None:
    answer = Reader(rig).post(**row(FIRST, decision="done", day="31-12-2099"))
    assert answer.status_code == 422
    page = parsed(answer.text)
    assert page.xpath("//div[@id='summary']//a")[0].get("href") == f"#day-{FIRST}"
    assert page.xpath(f"string(//input[@id='day-{FIRST}']/@value)") == "31-12-2099"
    assert rig.answer().written == 0


def test_nothing_typed_is_said_at_the_first_field(rig: DepartmentRig) -> None:
    answer = Reader(rig).post(post="Joint Director")
    assert answer.status_code == 422
    (link,) = parsed(answer.text).xpath("//div[@id='summary']//a")
    assert link.get("href") == f"#decision-{FIRST}"


def test_a_form_from_elsewhere_changes_nothing_and_keeps_what_was_typed(
    rig: DepartmentRig,
) -> None:
    reader = Reader(rig)
    data = {"form_token": "x", **row(FIRST, decision="done", remarks="typed")}
    answer = reader.client.post(reader.address, data=data, follow_redirects=False)
    assert answer.status_code == 403
    assert "typed" in answer.text
    assert set(rig.decided().values()) == {"reply_awaited"}


def test_the_form_as_a_file_is_recorded_and_its_faults_come_back(rig: DepartmentRig) -> None:
    reader = Reader(rig)
    content = rig.form(first={"decision": "Done"}, second={"decision": "perhaps"})
    answer = reader.post("/send", files={"file": ("our form.xlsx", content)})
    assert answer.status_code == 303, answer.text
    page = parsed(reader.client.get(answer.headers["location"]).text)
    assert "Rows not recorded: 1" in words(page)
    assert "I11" in words(page)
    (marked,) = page.xpath("//a[contains(@href, '/marked/')]/@href")
    assert reader.client.get(marked).content.startswith(b"PK")
    assert rig.decided()[FIRST] == "done"
    again = reader.post("/send", files={"file": ("our form.xlsx", content)})
    assert "received the same form before" in reader.client.get(again.headers["location"]).text


def test_a_file_that_is_no_form_is_refused_at_its_field(rig: DepartmentRig) -> None:
    reader = Reader(rig)
    for name, content in (("reply.pdf", b"%PDF-1.4"), ("BANKS.xlsx", rig.form("BANKS"))):
        answer = reader.post("/send", files={"file": (name, content)})
        assert answer.status_code == 422
        (link,) = parsed(answer.text).xpath("//div[@id='summary']//a")
        assert link.get("href") == "#file"
    assert reader.post("/send").status_code == 422
    assert set(rig.decided().values()) == {"reply_awaited"}


def test_the_downloaded_form_is_one_of_ours(rig: DepartmentRig) -> None:
    from cpsa.template.report_form.report_form_reader import FilledReportForm, read_report_form

    reader = Reader(rig)
    form = read_report_form(reader.client.get(reader.address + "/form").content)
    assert isinstance(form, FilledReportForm)
    assert form.seal is not None
    assert (form.seal.agency, form.seal.quarter) == ("DOIC", HALF.key)


def test_links_end_and_open_nothing_else(rig: DepartmentRig) -> None:
    Reader(rig, days=-1).get(status=403)
    reader = Reader(rig)
    reader.get("/sent/7", status=404)
    agency = signed_links.AgencyLink("IA-A", "2025-26-Q2", NOW + timedelta(days=9))
    reader.address = f"/r/{signed_links.sign_link(rig.office.seal_key, agency)}"
    reader.get(status=404)
