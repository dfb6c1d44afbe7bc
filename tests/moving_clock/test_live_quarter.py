"""A fresh installation lives through its first quarter by its own scheduler, under a moved clock.

25 October to 16 November in about four minutes, with the scheduler down over the due date.
"""

from __future__ import annotations

import os
from importlib.util import find_spec

import pytest
from tests import mailserver
from tests.moving_clock import clock

if not (find_spec("airflow") and find_spec("httpx")):
    pytest.skip("Airflow is not installed", allow_module_level=True)

from tests.moving_clock.live_quarter import (
    BEGINS,
    CORRECTED,
    DEPARTMENT_MAILS,
    EARLY,
    HALF,
    IN_TIME,
    LATE,
    MISSING,
    Seen,
    live_through,
)
from tests.moving_clock.rig import OPS, running_rig
from tests.moving_clock.small_programme import AGENCIES

pytestmark = [pytest.mark.e2e, pytest.mark.nightly]

CONFLICT = 409
OWN_DUE_DATES = ("8 November 2026", "8 नवंबर 2026")
QUARTERS_DUE_DATES = ("20 October 2026", "20 अक्टूबर 2026")


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """What was seen on the way."""
    missing = [
        name
        for name, there in (
            ("libfaketime", clock.is_installed()),
            ("dovecot (Debian: dovecot-imapd)", mailserver.PROGRAM is not None),
        )
        if not there
    ]
    if missing and os.environ.get("CI") != "true":
        pytest.skip(f"not installed: {', '.join(missing)}")
    folder = tmp_path_factory.mktemp("live")
    with running_rig(folder / "home", BEGINS) as rig:
        return live_through(rig, folder)


def by_agency(rows: list[dict[str, str]], column: str) -> dict[str, str]:
    return {row["agency"]: row[column] for row in rows}


def addresses(agencies: tuple[str, ...]) -> list[str]:
    return sorted(f"{agency.lower().replace('-', '.')}@example.org" for agency in agencies)


def test_nobody_is_written_to_before_an_admin_has_opened_the_first_quarter(seen: Seen) -> None:
    assert seen.mails_before_opening == 0


def test_each_agency_is_requested_once_by_its_own_due_date(seen: Seen) -> None:
    requests = seen.letters("REQUEST")
    assert sorted(mail.recipient for mail in requests) == addresses(AGENCIES)
    for mail in requests:
        assert any(day in mail.subject for day in OWN_DUE_DATES), mail.subject


def test_no_letter_names_the_due_date_that_had_passed(seen: Seen) -> None:
    for mail in seen.mails:
        assert not any(day in mail.subject + mail.text for day in QUARTERS_DUE_DATES), mail.subject


def test_the_quarter_stays_open_after_its_window_until_the_latest_due_date(seen: Seen) -> None:
    assert not seen.closed_after_window
    states = by_agency(seen.status_after_window, "state")
    assert {states[agency] for agency in EARLY} == {"accepted"}
    assert {states[agency] for agency in set(AGENCIES) - set(EARLY)} == {"expected"}


def test_reminders_go_to_those_who_have_not_sent_with_the_right_day(seen: Seen) -> None:
    reminders = [mail for mail in seen.mails if "REMINDER" in mail.reference]
    not_sent = tuple(agency for agency in AGENCIES if agency not in EARLY)
    first = [mail for mail in reminders if mail.sent_at.day == 3]
    assert sorted(mail.recipient for mail in first) == addresses(not_sent)
    for mail in reminders:
        assert any(day in mail.subject + mail.text for day in OWN_DUE_DATES), mail.subject


def test_closing_first_imports_what_lay_in_inbox_and_mailbox(seen: Seen) -> None:
    assert set(by_agency(seen.status_before_closing, "state").values()) == {"accepted", "expected"}
    states = by_agency(seen.status_after_closing, "state")
    assert {states[agency] for agency in IN_TIME + LATE} == {"accepted"}
    assert {states[agency] for agency in MISSING} == {"missing"}


def test_who_sent_in_time_is_not_late_although_the_scheduler_was_down(seen: Seen) -> None:
    late = by_agency(seen.status_after_closing, "late")
    assert {agency for agency, mark in late.items() if mark} == set(LATE)


def test_agencies_whose_file_waited_are_not_reminded(seen: Seen) -> None:
    after = [mail for mail in seen.mails if "REMINDER" in mail.reference and mail.sent_at.day > 7]
    assert {mail.recipient for mail in after} <= set(addresses(MISSING))


def test_each_agency_hears_once_how_the_quarter_was_closed(seen: Seen) -> None:
    closing = seen.letters("CLOSING")
    assert sorted(mail.recipient for mail in closing) == addresses(AGENCIES)


def test_one_restatement_compiles_the_half_year_once_and_asks_once(seen: Seen) -> None:
    assert seen.compilations_at_first == 1
    assert seen.compilations == 2
    assert len(seen.questions_after_restatement) == 1
    assert seen.first_question not in seen.questions_after_restatement
    (letter,) = seen.letters("ACCEPTED-V2")
    assert [letter.recipient] == addresses((CORRECTED,))


def test_a_late_yes_to_the_question_about_outdated_documents_gets_a_conflict(seen: Seen) -> None:
    assert seen.late_click == CONFLICT


def test_the_question_after_the_dispatch_date_says_that_it_has_passed(seen: Seen) -> None:
    assert "The dispatch date was 1 day ago (15.11.2026)" in seen.body_of_approval


def test_thirteen_mails_leave_once_each_after_the_approval(seen: Seen) -> None:
    packs = [mail for mail in seen.mails if f"CPSA/{HALF}/PACK/" in mail.reference]
    assert len(packs) == DEPARTMENT_MAILS
    assert len({mail.recipient for mail in packs}) == DEPARTMENT_MAILS
    assert {(mail.sent_at.month, mail.sent_at.day) for mail in packs} == {(11, 16)}
    before = seen.mails[: seen.mails_before_approval]
    assert not [mail for mail in before if "/PACK/" in mail.reference]


def test_no_mail_is_sent_twice_and_no_run_failed(seen: Seen) -> None:
    letters = [(mail.recipient, mail.reference) for mail in seen.mails if mail.reference]
    assert len(letters) == len(set(letters))
    failures = [
        mail.subject
        for mail in seen.mails
        if mail.recipient == OPS and mail.subject.startswith("Failed")
    ]
    assert failures == []
