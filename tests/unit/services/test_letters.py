"""Which letters are due to agencies through a quarter's life, each written and sent once."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from tests.factories import csv_text, day_after_quarter, update
from tests.unit.delivery.rig import Relay, serving
from tests.unit.services.post_office import PORTAL, PostOffice

from cpsa import signed_links
from cpsa.calendar import Quarter
from cpsa.intake.readers import entries_reader
from cpsa.services.agency_letters import provisional_receipts
from cpsa.services.agency_letters.letter_review import list_unwritten_letters
from cpsa.services.app_context import AppContext
from cpsa.services.collection.collect_updates import collect_updates
from cpsa.services.collection.load_entries import load_entries
from cpsa.services.decisions.record_decision import record_decision
from cpsa.services.quarter.check_updates import check_quarter
from cpsa.services.quarter.close_quarter import close_quarter
from cpsa.services.quarter.open_quarter import open_quarter
from cpsa.services.quarter.reopen_quarter import reopen_quarter
from cpsa.services.quarter.waive_rule import waive_rule
from cpsa.services.reports.list_obligations import list_obligations
from cpsa.services.workbooks.build_template import build_template
from cpsa.store.database import write_transaction
from cpsa.store.queries.quarter_queries import FIRST_QUARTER, add_setting

pytestmark = pytest.mark.slow

Q = "2026-27-Q2"
QUARTER = Quarter.parse(Q)
OPEN = QUARTER.opens_at
WRONG = {"OP1": "12 approx"}
DAY = timedelta(days=1)
WAIT = provisional_receipts.RECEIPT_DELAY
A, B, C = "IA-A", "IA-B", "FC-C"


@pytest.fixture
def post(office: AppContext, tmp_path: Path) -> Iterator[PostOffice]:
    """Three agencies, the third of them Hindi-speaking, in an open quarter."""
    with serving(Relay()) as relay:
        opened = PostOffice.opened(office, relay, tmp_path)
        opened.register({A: Q, B: Q, C: Q}, OPEN, hindi=(C,))
        opened.open(Q)
        yield opened


def test_each_agency_is_asked_once_with_its_own_workbook(post: PostOffice) -> None:
    assert post.owed(OPEN) == {(A, "request"), (B, "request"), (C, "request")}
    assert post.write(OPEN).accepted == 3
    assert (post.write(OPEN).written, post.write(OPEN + DAY).accepted) == (0, 0)
    assert sorted(post.arrived()) == [
        ("fc-c@example.org", "REQUEST"),
        ("ia-a@example.org", "REQUEST"),
        ("ia-b@example.org", "REQUEST"),
    ]
    (workbook,) = post.mail("request", "ia-a").iter_attachments()
    assert workbook.get_filename() == f"{A} {Q}.xlsx"
    assert workbook.get_content() == build_template(post.office, A, QUARTER)
    assert "20 October 2026" in post.text("request", "ia-a")
    assert "20 अक्टूबर 2026" in post.text("request", "fc-c")


def test_a_mail_has_both_forms_and_its_own_link(post: PostOffice) -> None:
    post.write(OPEN)
    mail = post.mail("request", "fc-c")
    kinds = [part.get_content_type() for part in mail.walk() if not part.is_multipart()]
    sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    assert kinds == ["text/plain", "text/html", sheet]
    assert mail["Auto-Submitted"] == "auto-generated"
    html = mail.get_body(("html",)).get_content()
    assert '<div lang="hi"' in html
    (address,) = set(re.findall(rf'href="({PORTAL}/u/[^"]+)"', html))
    assert address in post.text("request", "fc-c")
    holder = signed_links.verify_link(
        post.office.seal_key, signed_links.AgencyLink, address.rpartition("/")[2], OPEN
    )
    assert (holder.agency, holder.quarter) == (C, Q)


def test_other_labels_in_an_open_quarter_write_no_letter_and_change_no_state(
    post: PostOffice, tmp_path: Path
) -> None:
    """The files are checked again by the new version of the framework, and nobody hears of it."""
    post.write(OPEN)
    now = day_after_quarter(Q)
    post.clerk.send(A, Q, WRONG)
    post.clerk.send(B, Q)
    post.clerk.check(Q)
    post.write(now)
    post.write(now + WAIT)
    before, letters = list_obligations(post.office, QUARTER), post.arrived()
    folder = Path(shutil.copytree(post.office.settings.framework, tmp_path / "framework"))
    labels = "rules: {S01: {title: {en: No figure, hi: आँकड़ा नहीं}}}"
    (folder / "2017-18-Q1.texts.yaml").write_text(labels, "utf-8")
    settings = replace(post.office.settings, framework=folder)
    upgraded = AppContext(settings, post.office.engine)
    assert [row.agency for row in check_quarter(upgraded, QUARTER, now + DAY).judgements] == [A, B]
    own = replace(post, office=upgraded)
    assert own.owed(now + DAY) == set()
    assert (own.write(now + DAY).written, own.write(now + DAY).accepted) == (0, 0)
    assert post.arrived() == letters
    assert list_obligations(upgraded, QUARTER) == before


def test_who_has_sent_something_is_not_requested_for_it(post: PostOffice) -> None:
    post.clerk.send(A, Q)
    assert post.owed(day_after_quarter(Q)) == {*((A, "receipt-v1"), (B, "request"), (C, "request"))}


def test_a_file_gets_a_receipt_and_then_an_answer(post: PostOffice) -> None:
    post.write(OPEN)
    now = day_after_quarter(Q)
    post.clerk.send(A, Q, WRONG)
    post.clerk.send(B, Q)
    post.clerk.send(C, Q, {"FA1": "12 approx"}, at=QUARTER.due_by + DAY)
    assert (post.write(now).written, post.write(now).accepted) == (3, 0)
    assert post.write(now + WAIT).accepted == 3
    post.clerk.check(Q)
    assert post.write(now + WAIT).written == 3
    assert post.write(now + WAIT).written == 0
    assert post.arrived()[3:] == [
        ("ia-a@example.org", "RECEIPT-V1"),
        ("ia-b@example.org", "RECEIPT-V1"),
        ("fc-c@example.org", "RECEIPT-V1"),
        ("ia-a@example.org", "RETURNED-V1"),
        ("ia-b@example.org", "ACCEPTED-V1"),
        ("fc-c@example.org", "RETURNED-V1"),
    ]
    assert "IA-A.csv" in post.text("receipt-v1", "ia-a")
    assert re.search(rf"{Q}/{A}/1/[0-9A-F]{{4}}", post.text("receipt-v1", "ia-a"))
    assert "In time: Yes" in post.text("receipt-v1", "ia-a")
    assert "समय पर: नहीं, विलंबित" in post.text("receipt-v1", "fc-c")
    returned = post.text("returned-v1", "ia-a")
    assert re.search(r"1\. Line \d+\n   OP1 .*“12 approx” cannot be read as a number", returned)
    assert "“12 approx” को संख्या के रूप में पढ़ा नहीं जा सका" in post.text("returned-v1", "fc-c")


def test_of_several_versions_only_the_newest_is_answered(post: PostOffice) -> None:
    now = day_after_quarter(Q)
    post.clerk.send(A, Q, WRONG)
    post.clerk.check(Q)
    post.clerk.send(A, Q, {"OP1": "7"})
    assert (A, "returned-v1") not in post.owed(now)
    post.clerk.check(Q)
    post.write(now)
    ours = [slot for address, slot in post.arrived() if address == "ia-a@example.org"]
    assert ours == ["ACCEPTED-V2"], "it takes the place of its receipt"
    post.write(now + WAIT)
    ours = [slot for address, slot in post.arrived() if address == "ia-a@example.org"]
    assert ours == ["ACCEPTED-V2", "RECEIPT-V1"], "the first file has no result of its own"


def test_an_earlier_file_that_counts_is_named_when_a_newer_one_goes_back(post: PostOffice) -> None:
    post.clerk.send(A, Q)
    post.clerk.check(Q)
    post.clerk.send(A, Q, WRONG)
    post.clerk.check(Q)
    post.write(day_after_quarter(Q))
    assert re.search(
        rf"version 1 of 6 October 2026 \(receipt number {Q}/{A}/1/\w{{4}}\) counts",
        post.text("returned-v2", "ia-a"),
    )


def test_the_same_file_again_is_not_answered_again(post: PostOffice) -> None:
    now = day_after_quarter(Q)
    post.clerk.send(A, Q, WRONG)
    post.clerk.check(Q)
    post.write(now)
    before = len(post.relay.raw)
    assert post.clerk.send(A, Q, WRONG, at=now + DAY).outcome == "repeat"
    assert post.write(now + DAY).written == 0
    assert len(post.relay.raw) == before


def test_the_agencys_own_workbook_comes_back_marked(post: PostOffice) -> None:
    book = openpyxl.load_workbook(io.BytesIO(build_template(post.office, C, QUARTER)))
    ((sheet, place),) = book.defined_names["in_FA1_total"].destinations
    book[sheet][place.replace("$", "")] = "about 40"
    filled = io.BytesIO()
    book.save(filled)
    file = post.folder / "sent" / Q / f"{C}.xlsx"
    file.parent.mkdir(parents=True)
    file.write_bytes(filled.getvalue())
    collect_updates(post.office, file, day_after_quarter(Q))
    post.clerk.check(Q)
    post.write(day_after_quarter(Q))
    mail = post.mail("returned-v1", "fc-c")
    (attached,) = mail.iter_attachments()
    marked = openpyxl.load_workbook(io.BytesIO(attached.get_content()))
    assert "about 40" in marked[sheet][place.replace("$", "")].comment.text
    text = post.text("returned-v1", "fc-c")
    assert f"शीट “{sheet}”, सेल {place.replace('$', '')}" in text
    assert "संलग्न है" in text


def test_a_file_that_cannot_be_read_brings_an_empty_workbook(post: PostOffice) -> None:
    post.clerk.send_bytes(A, Q, b"\x00\xff nothing of ours")
    post.clerk.check(Q)
    post.write(day_after_quarter(Q))
    (attached,) = post.mail("returned-v1", "ia-a").iter_attachments()
    assert attached.get_content() == build_template(post.office, A, QUARTER)
    assert "could not be read" in post.mail("returned-v1", "ia-a")["Subject"]


def test_a_warning_is_to_be_explained_until_it_is(post: PostOffice) -> None:
    post.clerk.send(A, Q, {"OP1": "5", "OP2": "0"})
    post.clerk.check(Q)
    post.write(day_after_quarter(Q))
    accepted = post.text("accepted-v1", "ia-a")
    assert "To explain: 1 point" in accepted
    assert "OP2" in accepted
    assert f"{PORTAL}/u/" in accepted


def test_a_late_file_waits_and_is_told_so_and_then_let_in(post: PostOffice) -> None:
    post.clerk.send(B, Q)
    post.clerk.close(Q)
    late = QUARTER.closes_at + 2 * DAY
    post.clerk.send(A, Q, at=late)
    check_quarter(post.office, QUARTER, late)
    post.write(late)
    held = post.text("held-v1", "ia-a")
    assert "does not count" in held
    assert f"{Q}/{A}/1/" in held
    decided = late + 20 * DAY
    reopen_quarter(post.office, A, QUARTER, "A letter came", "admin", decided)
    assert post.owed(decided) == {(A, "accepted-v1")}
    post.write(decided)
    assert "restated" in post.text("accepted-v1", "ia-a")


def test_a_waiver_turns_a_returned_file_into_an_accepted_one(post: PostOffice) -> None:
    now = day_after_quarter(Q)
    post.clerk.send(A, Q, {"B1": "100", "B2": "200"})
    post.clerk.check(Q)
    post.write(now)
    assert "B2" in post.text("returned-v1", "ia-a")
    waive_rule(post.office, A, QUARTER, "V03", "Sanction to follow", "admin", now)
    post.write(now)
    assert post.mail("accepted-v1", "ia-a")


def test_closing_tells_everyone_how_it_ended(post: PostOffice) -> None:
    post.write(OPEN)
    post.clerk.send(A, Q)
    post.clerk.send(B, Q, WRONG)
    post.clerk.close(Q)
    now = QUARTER.closes_at
    post.write(now)
    told = {to: slot for to, slot in post.arrived() if slot == "CLOSING"}
    assert set(told) == {"ia-a@example.org", "ia-b@example.org", "fc-c@example.org"}
    assert "Your update is accepted and counts" in post.text("closing", "ia-a")
    assert "had not been accepted by then" in post.text("closing", "ia-b")
    assert "कोई प्रतिवेदन प्राप्त नहीं हुआ था" in post.text("closing", "fc-c")
    assert post.write(now + DAY).written == 0


def test_reminders_go_only_to_those_who_still_owe(post: PostOffice) -> None:
    post.register({A: Q, B: Q, C: Q, "IA-D": Q}, OPEN, hindi=(C,))
    post.open(Q)
    post.write(OPEN)
    post.clerk.send(A, Q)
    post.clerk.send(B, Q, WRONG)
    post.clerk.check(Q)
    post.clerk.send("IA-D", Q)  # lies here unexamined
    now = OPEN + 14 * DAY + timedelta(hours=3)  # nine o'clock on the 15th
    assert post.remind(now - timedelta(minutes=1)).written == 0
    assert post.remind(now).written == 2
    assert post.remind(now + timedelta(hours=1)).written == 0
    reminded = [(to, slot) for to, slot in post.arrived() if "REMINDER" in slot]
    assert sorted(reminded) == [
        ("fc-c@example.org", "REMINDER-BEFORE-5"),
        ("ia-b@example.org", "REMINDER-BEFORE-5"),
    ]
    assert "for correction" in post.text("reminder-before-5", "ia-b")
    assert not list(post.mail("reminder-before-5", "ia-b").iter_attachments())
    assert len(list(post.mail("reminder-before-5", "fc-c").iter_attachments())) == 1


def test_a_machine_that_slept_reminds_once_by_the_newest_step(post: PostOffice) -> None:
    post.write(OPEN)
    now = QUARTER.window_ends - 2 * DAY
    assert post.remind(now).written == 3
    assert {slot for _, slot in post.owed(now)} == set()
    assert {slot for _, slot in post.arrived()[3:]} == {"REMINDER-LAST-5"}


def test_who_was_never_asked_is_asked_before_being_reminded(post: PostOffice) -> None:
    now = QUARTER.due_by + timedelta(hours=10)
    assert post.owed(now) == {(A, "request"), (B, "request"), (C, "request")}
    assert post.remind(now).written == 3
    assert post.remind(now + timedelta(hours=1)).written == 0
    assert post.remind(QUARTER.window_ends - DAY).written == 3


def test_correspondence_leaves_reminders_to_their_own_hour(post: PostOffice) -> None:
    post.write(OPEN)
    now = QUARTER.due_by + timedelta(hours=10)
    assert post.write(now).written == 0
    assert {slot for _, slot in post.owed(now)} == {"reminder-after-1"}


def test_after_the_window_or_closing_nobody_is_asked_or_reminded(post: PostOffice) -> None:
    assert post.owed(OPEN - timedelta(minutes=1)) == set()
    assert post.owed(QUARTER.window_ends) == set()
    post.write(OPEN)
    post.clerk.close(Q)
    assert not {slot for _, slot in post.owed(QUARTER.window_ends - DAY) if "remind" in slot}


@pytest.mark.parametrize("replayed", [True, False])
def test_the_letter_on_an_accepted_file_reports_decisions_of_a_replayed_quarter(
    post: PostOffice, tmp_path: Path, replayed: bool
) -> None:
    """There nothing else is written to its agency; in a live quarter the closing notice does it."""
    quarter = QUARTER + -4 if replayed else QUARTER
    today = OPEN + 40 * DAY
    post.register({A: quarter.key, B: quarter.key, C: quarter.key}, today)
    row = (A, quarter.key, "policy_support", "CREDIT", "BANKS", "Limits lapse.", "Renew them.")
    entries = tmp_path / "entries.csv"
    entries.write_text(csv_text([entries_reader.HEADER, (*row, "high", "", "", "")]), "utf-8")
    with write_transaction(post.office.engine) as connection:
        add_setting(connection, FIRST_QUARTER, quarter.key, "admin", today)
    open_quarter(post.office, quarter, today, "ops")
    assert not load_entries(post.office, entries, today).items[0].problem
    post.clerk.send(A, quarter.key, at=quarter.opens_at + DAY)
    close_quarter(post.office, quarter, today)
    number = f"PA-{quarter.key}-001"
    decided = (number, "accepted", "", "Branches are instructed.", "cpsa", today)
    assert record_decision(post.office, *decided)
    post.clerk.send(A, quarter.key, {"OP1": "6"}, at=today)
    check_quarter(post.office, quarter, today)
    reopen_quarter(post.office, A, quarter, "A letter came", "admin", today)
    post.write(today)
    letter = post.text("accepted-v2", "ia-a")
    assert ("Branches are instructed." in letter) is replayed
    assert (f"{number}, " in letter) is replayed


@pytest.mark.parametrize("years", [1, 3])
def test_replaying_old_quarters_writes_to_nobody(post: PostOffice, years: int) -> None:
    """Files with the times they had then, opened, checked and closed today."""
    old = QUARTER + -4 * years
    today = OPEN + 10 * DAY
    post.register({A: old.key, B: old.key, C: old.key}, today)
    with write_transaction(post.office.engine) as connection:
        add_setting(connection, FIRST_QUARTER, old.key, "admin", today)
    open_quarter(post.office, old, today, "ops")
    post.clerk.send(A, old.key, at=old.opens_at + DAY)
    post.clerk.send(B, old.key, WRONG, at=old.opens_at + DAY)
    check_quarter(post.office, old, today)
    close_quarter(post.office, old, today)
    reopen_quarter(post.office, A, old, "Replayed too", "admin", old.closes_at + DAY)
    assert {one.quarter.key for one in list_unwritten_letters(post.office, today)} == {Q}
    post.write(today)
    assert {line for _, line in post.states(old.key)} == set()


def test_old_files_taken_in_today_for_an_open_old_quarter_are_silent(post: PostOffice) -> None:
    old, today = QUARTER + -4, OPEN + 10 * DAY
    post.register({A: old.key, B: Q, C: Q}, today)
    post.clerk.send(A, old.key, at=today)
    check_quarter(post.office, old, today)
    assert not [one for one in list_unwritten_letters(post.office, today) if one.quarter == old]


def test_a_file_from_long_ago_is_no_news(post: PostOffice) -> None:
    post.clerk.send(A, Q, at=OPEN - DAY)  # before the window opened
    post.clerk.check(Q)
    assert not {slot for agency, slot in post.owed(OPEN) if agency == A}
    post.clerk.send(B, Q, at=OPEN + DAY)
    post.clerk.check(Q)
    assert {slot for agency, slot in post.owed(OPEN + 30 * DAY) if agency == B} == {"accepted-v1"}
    assert post.owed(OPEN + 47 * DAY) == set()


def test_letters_that_are_held_back_are_neither_written_nor_sent(post: PostOffice) -> None:
    post.office = AppContext(replace(post.office.settings, letters=False), post.office.engine)
    done = post.write(OPEN)
    assert (done.held_back, done.written, done.is_complete) == (3, 0, False)
    assert post.states() == {}
    assert post.arrived() == []


def test_hostile_names_and_values_stay_text(post: PostOffice) -> None:
    sly = '<script>alert(1)</script>"\r\nBcc: all@example.org'
    post.clerk.send_bytes(A, Q, update(A, Q, {"OP1": sly}))
    post.clerk.check(Q)
    post.write(day_after_quarter(Q))
    mail = post.mail("returned-v1", "ia-a")
    html = mail.get_body(("html",)).get_content()
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert mail["Bcc"] is None
    assert not re.search("(?m)^Bcc:", post.text("returned-v1", "ia-a"))
