"""A department is answered once for whatever it sent: what was recorded, what was not, and why."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook
from tests.factories import Clerk
from tests.unit.services.department_rig import (
    BANKS,
    DOIC,
    FIRST,
    HALF,
    NOW,
    PORTAL,
    SECOND,
    THIRD,
    DepartmentRig,
    department_rig,
)

from cpsa.services.app_context import AppContext
from cpsa.services.collection.collect_updates import collect_updates
from cpsa.services.decisions import reply_forms
from cpsa.services.decisions.import_report import import_report
from cpsa.services.decisions.list_replies import list_replies
from cpsa.services.department_letters.answer_departments import answer_departments
from cpsa.store.database import write_transaction
from cpsa.store.tables.department_reply_tables import department_reply
from cpsa.template.report_form.report_form_reader import FilledReportForm, read_report_form

pytestmark = pytest.mark.slow


@pytest.fixture
def rig(clerk: Clerk, tmp_path: Path) -> Iterator[DepartmentRig]:
    with department_rig(clerk, tmp_path) as made:
        yield made


PROMISED = {"decision": "Accepted", "promised": "31-03-2026", "remarks": "In hand"}
WRONG = {"decision": "perhaps"}


def test_a_form_is_answered_with_what_was_recorded_and_what_was_not(rig: DepartmentRig) -> None:
    content = rig.form(first=PROMISED, second=WRONG)
    assert import_report(rig.office, rig.came(content), NOW).outcome == "report"
    done = rig.answer()
    assert (done.written, done.accepted, done.is_complete) == (1, 1, True)
    (mail,) = rig.mails()
    assert mail["To"].addresses[0].addr_spec == DOIC
    assert mail["Subject"].startswith(
        "Please correct your reply (decisions recorded: 1, rows to correct: 1) (CPSA/"
    )
    text = rig.text()
    assert f"1. {FIRST}\n   Accepted, 15 December 2025\n   To be completed by 31 March 2026" in text
    assert f"Action taken report!I11 (action {SECOND}): “perhaps” is not a decision" in text
    assert "What to do: Choose a decision from the list." in text
    (marked,) = mail.iter_attachments()
    assert marked.get_filename() == "DOIC 2025-26-H1 ATR.xlsx"
    book = load_workbook(io.BytesIO(marked.get_content()))
    assert "perhaps" in book["Action taken report"]["I11"].comment.text
    assert book.worksheets[0]["D5"].hyperlink is not None
    assert "not recorded twice" in book.worksheets[0]["A3"].value


def test_the_marked_form_corrected_and_sent_again_is_recorded(rig: DepartmentRig) -> None:
    content = rig.form(first=PROMISED, second=WRONG)
    import_report(rig.office, rig.came(content), NOW)
    rig.answer()
    (marked,) = rig.mails()[0].iter_attachments()
    book = load_workbook(io.BytesIO(marked.get_content()))
    book["Action taken report"]["I11"].value = "Done"
    again = io.BytesIO()
    book.save(again)
    item = import_report(rig.office, rig.came(again.getvalue(), key="2"), NOW + timedelta(hours=1))
    assert (item.outcome, item.problem) == ("report", "")
    assert rig.decided()[SECOND] == "done"
    rig.answer(NOW + timedelta(hours=2))
    assert "1 decision is recorded" in rig.text()
    assert "1 more row repeats what was recorded before." in rig.text()
    assert FIRST not in rig.text()


def test_nothing_is_sent_twice_and_a_repeat_is_not_answered(rig: DepartmentRig) -> None:
    content = rig.form(first={"decision": "Done"})
    import_report(rig.office, rig.came(content), NOW)
    assert import_report(rig.office, rig.came(content), NOW).outcome == "repeat"
    for hours in range(3):
        rig.answer(NOW + timedelta(hours=hours))
    assert len(rig.mails()) == 1


def test_a_form_whose_rows_are_all_wrong_is_recorded_and_answered_in_hindi(
    rig: DepartmentRig,
) -> None:
    content = rig.form("BANKS", third={"decision": "Done", "day": "31-12-2099"})
    import_report(rig.office, rig.came(content, "BANKS.atr.xlsx"), NOW)
    assert rig.decided()[THIRD] == "reply_awaited"
    (row,) = list_replies(rig.office, only_open=False).to_dict("records")
    assert (row["kind"], row["department"], row["half"]) == ("form", "BANKS", HALF.key)
    assert (row["recorded"], row["not_recorded"]) == (0, 1)
    rig.answer()
    (mail,) = rig.mails()
    assert mail["To"].addresses[0].addr_spec == BANKS
    assert mail["Subject"].startswith("कृपया अपना उत्तर सुधारें")
    assert f"(कार्रवाई {THIRD})" in rig.text()
    assert "1 पंक्ति दर्ज नहीं हुई" in rig.text()
    assert len(list(mail.iter_attachments())) == 1


def test_a_form_of_another_department_is_answered_with_the_reason(
    rig: DepartmentRig, tmp_path: Path
) -> None:
    folder = tmp_path / "inbox" / HALF.key
    folder.mkdir(parents=True)
    (folder / "BANKS.atr.xlsx").write_bytes(rig.form(first={"decision": "Done"}))
    for _ in range(2):
        (item,) = collect_updates(rig.office, folder.parent, NOW).items
        assert (item.outcome, item.reason) == ("refused", "actions.refused.other_department")
    rig.answer()
    (mail,) = rig.mails()
    assert mail["To"].addresses[0].addr_spec == BANKS
    assert "विभाग DOIC के लिए बना था" in rig.text()
    assert set(rig.decided().values()) == {"reply_awaited"}


def test_what_was_received_before_replies_were_kept_is_not_answered(
    rig: DepartmentRig, tmp_path: Path
) -> None:
    """As after an upgrade: reports and refusals are there, and no row says that they wait."""
    folder = tmp_path / "inbox" / HALF.key
    folder.mkdir(parents=True)
    (folder / "BANKS.atr.xlsx").write_bytes(rig.form(first={"decision": "Done"}))
    (folder / "DOIC.atr.xlsx").write_bytes(rig.form(first={"decision": "Done"}))
    collect_updates(rig.office, folder.parent, NOW)
    with write_transaction(rig.office.engine) as connection:
        connection.execute(department_reply.delete())
    collect_updates(rig.office, folder.parent, NOW)
    assert rig.answer().written == 0
    assert rig.mails() == []


def test_what_is_long_past_is_not_answered(rig: DepartmentRig) -> None:
    import_report(rig.office, rig.came(rig.form(first={"decision": "Done"})), NOW)
    assert rig.answer(NOW + timedelta(days=46)).written == 0


def test_letters_on_hold_wait_and_are_sent_later(rig: DepartmentRig) -> None:
    import_report(rig.office, rig.came(rig.form(first={"decision": "Done"})), NOW)
    held = AppContext(replace(rig.office.settings, letters=False), rig.office.engine)
    done = answer_departments(held, NOW, "test")
    assert (done.held_back, done.is_complete) == (1, False)
    assert rig.mails() == []
    assert rig.answer().accepted == 1


def test_where_there_is_a_portal_the_letter_has_a_link(rig: DepartmentRig) -> None:
    rig.office = AppContext(replace(rig.office.settings, portal_url=PORTAL), rig.office.engine)
    import_report(rig.office, rig.came(rig.form(first=WRONG)), NOW)
    rig.answer()
    assert f"{PORTAL}/r/" in rig.text()
    assert "valid until" in rig.text()


def test_nobody_is_written_to_whom_the_registry_does_not_have(rig: DepartmentRig) -> None:
    import_report(rig.office, rig.came(rig.form(first={"decision": "Done"})), NOW, seat="DOIC:to:7")
    rig.answer()
    (mail,) = rig.mails()
    assert mail["To"].addresses[0].addr_spec == DOIC


def test_a_form_that_cannot_be_marked_in_place_comes_back_as_a_fresh_one(
    rig: DepartmentRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As .xls and .ods do: what was typed is kept, and the marks are at the fresh form's cells."""
    monkeypatch.setattr(reply_forms.marking_process, "mark_in_process", lambda *given: None)
    import_report(rig.office, rig.came(rig.form(first=PROMISED, second=WRONG)), NOW)
    rig.answer()
    (marked,) = rig.mails()[0].iter_attachments()
    sheet = load_workbook(io.BytesIO(marked.get_content()))["Action taken report"]
    rows = {sheet.cell(row, 1).value: row for row in range(10, 12)}
    assert "31-03-2026" in [cell.value for cell in sheet[rows[FIRST]]]
    (cell,) = (cell for cell in sheet[rows[SECOND]] if cell.value == "perhaps")
    assert "perhaps" in cell.comment.text
    form = read_report_form(marked.get_content())
    assert isinstance(form, FilledReportForm)
    assert form.seal is not None
