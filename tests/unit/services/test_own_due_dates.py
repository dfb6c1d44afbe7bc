"""Own due dates: by when each agency's update is due, what its letters say, and when closing waits."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from tests.unit.delivery.rig import Relay, serving
from tests.unit.services.post_office import PostOffice

from cpsa.calendar import IST, Quarter, last_day_before
from cpsa.delivery import ledger
from cpsa.errors import RequestError
from cpsa.services.app_context import AppContext
from cpsa.services.due_dates import find_closing_time, load_due_dates
from cpsa.services.quarter.close_quarter import close_quarter
from cpsa.services.quarter.extend_due_date import extend_due_date
from cpsa.services.quarter.open_quarter import open_quarter
from cpsa.services.quarter.request_update import request_update
from cpsa.services.quarter.undo_closing import undo_closing
from cpsa.services.reports.list_obligations import list_obligations
from cpsa.services.reports.list_reporting import list_reporting
from cpsa.services.workbooks.build_template import build_template
from cpsa.store.database import read_transaction, write_transaction
from cpsa.store.queries import quarter_queries

pytestmark = pytest.mark.slow

Q = Quarter.parse("2026-27-Q2")
A, B, C = "IA-A", "IA-B", "FC-C"
DAY = timedelta(days=1)
WHO, WHY = "asha", "as agreed"
LATE = datetime(2026, 10, 25, 14, 3, tzinfo=IST)  # a fresh installation in mid-window


def at(month: int, day: int, hour: int = 9) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=IST)


@pytest.fixture
def post(office: AppContext, tmp_path: Path) -> Iterator[PostOffice]:
    """Three agencies, the third Hindi-speaking; nothing is opened yet."""
    with serving(Relay()) as relay:
        opened = PostOffice.opened(office, relay, tmp_path)
        opened.register({A: Q.key, B: Q.key, C: Q.key}, Q.opens_at, hindi=(C,))
        yield opened


def open_at(post: PostOffice, now: datetime) -> None:
    open_quarter(post.office, Q, now, WHO)


def dues(post: PostOffice) -> dict[str, tuple[str, bool]]:
    with read_transaction(post.office.engine) as connection:
        found = load_due_dates(connection, Q)
    return {a: (last_day_before(d.due_by).isoformat(), d.requested) for a, d in found.items()}


def refused(key: str):
    return pytest.raises(RequestError, check=lambda error: error.key == key)


def test_nothing_is_requested_until_a_person_has_opened_the_first_quarter(post: PostOffice) -> None:
    open_quarter(post.office, Q, Q.opens_at)
    assert post.write(Q.opens_at + DAY).written == 0
    assert post.remind(at(10, 15)).written == 0
    closed = close_quarter(post.office, Q, Q.closes_at)
    assert not closed.is_closed
    assert post.write(Q.closes_at).written == 0
    assert post.arrived() == []


def test_requested_in_mid_window_it_is_due_14_days_later_everywhere(post: PostOffice) -> None:
    open_at(post, LATE)
    assert dues(post)[A] == ("2026-10-20", False), "no request was accepted yet"
    assert post.write(LATE).accepted == 3
    assert set(dues(post).values()) == {("2026-11-08", True)}
    with read_transaction(post.office.engine) as connection:
        assert find_closing_time(connection, Q) == at(11, 9, 6)
        assert quarter_queries.load_requests(connection, Q.key)[A] == LATE
    request = post.text("request", "ia-a")
    assert "8 November 2026" in request
    assert "20 October" not in request
    assert "31 October" not in request
    assert "8 नवंबर 2026" in post.text("request", "fc-c")
    (attached,) = post.mail("request", "ia-a").iter_attachments()
    book = openpyxl.load_workbook(io.BytesIO(attached.get_content()))
    cells = {str(cell.value) for row in book.worksheets[0].iter_rows() for cell in row}
    assert any("08-11-2026" in cell for cell in cells)
    assert attached.get_content() == build_template(post.office, A, Q), "as the page offers it"
    status = pd.DataFrame(list_obligations(post.office, Q)).set_index("agency")
    assert set(status["due"]) == {"2026-11-08"}


def test_steps_and_lateness_follow_the_own_due_date(post: PostOffice) -> None:
    open_at(post, LATE)
    post.write(LATE)
    assert post.remind(at(10, 30)).written == 0
    assert post.remind(at(11, 3)).written == 3
    assert "8 November 2026" in post.text("reminder-before-5", "ia-a")
    waiting = close_quarter(post.office, Q, at(11, 3))
    assert (waiting.is_closed, waiting.waits_until) == (False, "2026-11-09T06:00+05:30")
    post.clerk.send(A, Q.key, at=at(11, 8, 23))
    with refused("window.still_due"):
        close_quarter(post.office, Q, at(11, 8, 23), WHO)
    post.clerk.send(B, Q.key, at=at(11, 9, 0))
    assert post.write(at(11, 9, 1)).written == 2
    assert post.write(at(11, 9, 2)).accepted == 2
    assert "In time: Yes (due by 8 November 2026)" in post.text("receipt-v1", "ia-a")
    assert "No, it is late (due by 8 November 2026)" in post.text("receipt-v1", "ia-b")
    assert close_quarter(post.office, Q, at(11, 9, 6)).accepted == 2
    rates = list_reporting(post.office, Q).set_index("form")
    assert list(rates.loc["IA", ["received", "on_time", "not_requested"]]) == [2, 1, 0]


def test_opened_in_time_it_is_due_on_the_20th(post: PostOffice) -> None:
    open_at(post, Q.opens_at)
    post.write(Q.opens_at)
    assert set(dues(post).values()) == {("2026-10-20", True)}
    with read_transaction(post.office.engine) as connection:
        assert find_closing_time(connection, Q) == Q.closes_at


def test_a_request_that_came_back_counts_only_from_when_it_was_sent_again(post: PostOffice) -> None:
    open_at(post, Q.opens_at)
    post.write(Q.opens_at)
    (line,) = [one for one in ledger.list_outbox(post.office.engine, Q.key) if one.recipient == A]
    ledger.record_bounce(post.office.engine, line.message_id, "no such user", address_dead=True)
    post.write(at(10, 12))
    assert dues(post)[A] == ("2026-10-20", False)
    assert dues(post)[B] == ("2026-10-20", True)
    post.register({A: Q.key, B: Q.key, C: Q.key}, at(10, 22), emails={A: "new@example.org"})
    post.write(at(10, 22))
    assert dues(post)[A] == ("2026-11-05", True)


def test_a_reminder_with_the_template_counts_as_the_request(post: PostOffice) -> None:
    open_at(post, Q.opens_at)
    post.write(Q.opens_at)
    (line,) = [one for one in ledger.list_outbox(post.office.engine, Q.key) if one.recipient == A]
    assert post.remind(at(10, 15)).written == 3
    ledger.record_bounce(post.office.engine, line.message_id, "mailbox full", address_dead=False)
    post.write(at(10, 16))
    assert dues(post)[A] == ("2026-10-29", True), "14 days after the reminder"


def test_not_requested_is_never_late_outside_the_rate_and_told_so(post: PostOffice) -> None:
    open_at(post, Q.opens_at)
    post.clerk.send(A, Q.key, at=Q.due_by + DAY)
    assert close_quarter(post.office, Q, Q.closes_at).is_closed
    rates = list_reporting(post.office, Q).set_index("form").loc["IA"]
    shown = ["expected", "received", "on_time", "on_time_rate", "not_requested"]
    assert list(rates[shown]) == [2, 1, 0, "", 2]
    assert "late" not in set(pd.DataFrame(list_obligations(post.office, Q))["late"])
    post.write(Q.closes_at)
    assert "our request had not reached your agency" in post.text("closing", "ia-b")
    assert "on-time rate of this quarter does not include your agency" in post.text(
        "closing", "ia-a"
    )
    assert "No due date" in post.text("accepted-v1", "ia-a")


def test_a_replayed_quarter_writes_to_nobody_and_is_due_on_the_20th(post: PostOffice) -> None:
    now = Q.window_ends + timedelta(hours=1)
    open_at(post, now)
    assert (post.write(now).written, post.remind(now).written) == (0, 0)
    post.clerk.send(A, Q.key, at=now)
    close_quarter(post.office, Q, Q.closes_at)
    assert set(dues(post).values()) == {("2026-10-20", True)}
    post.write(Q.closes_at)
    assert {slot for _, slot in post.arrived()} == {"ACCEPTED-V1"}
    rates = list_reporting(post.office, Q).set_index("form").loc["IA"]
    assert list(rates[["received", "on_time", "not_requested"]]) == [1, 0, 0]


def test_an_agency_added_in_the_window_is_requested_one_added_late_is_not(
    post: PostOffice,
) -> None:
    open_at(post, Q.opens_at)
    post.write(Q.opens_at)
    post.register({A: Q.key, B: Q.key, C: Q.key, "IA-D": Q.key}, at(10, 10))
    post.register({A: Q.key, B: Q.key, C: Q.key, "IA-D": Q.key, "IA-E": Q.key}, at(10, 20))
    post.remind(at(10, 21))
    asked = [to for to, slot in post.arrived() if slot == "REQUEST"]
    assert "ia-d@example.org" in asked
    assert "ia-e@example.org" not in asked
    assert dues(post)["IA-D"] == ("2026-11-04", True)
    assert "IA-E" not in dues(post)
    request_update(post.office, "IA-E", Q, WHY, WHO, at(10, 22))
    post.write(at(10, 22))
    assert dues(post)["IA-E"] == ("2026-11-05", True), "by hand it is requested all the same"


def test_one_added_late_is_first_due_for_the_next_quarter(post: PostOffice) -> None:
    open_at(post, Q.opens_at)
    post.register({A: Q.key, B: Q.key, C: Q.key, "IA-E": Q.key}, at(10, 20))
    assert close_quarter(post.office, Q, Q.closes_at).expected == 3
    open_quarter(post.office, Q + 1, (Q + 1).opens_at)
    with read_transaction(post.office.engine) as connection:
        assert "IA-E" in quarter_queries.load_requests(connection, (Q + 1).key)


def test_a_request_made_by_hand_is_recorded_and_stays(post: PostOffice) -> None:
    open_at(post, at(10, 12))
    date = request_update(post.office, A, Q, WHY, WHO, at(10, 26), made_at=at(10, 24))
    assert last_day_before(date.due_by) == at(11, 7).date()
    post.write(at(10, 26))
    assert dues(post)[A] == ("2026-11-07", True), "the later mail does not change it"


def test_a_request_after_the_window_leaves_the_agency_not_requested(post: PostOffice) -> None:
    open_at(post, at(10, 12))
    with write_transaction(post.office.engine) as connection:
        quarter_queries.record_request(connection, Q.key, A, at(10, 31, 23), WHO)
        quarter_queries.record_request(connection, Q.key, B, at(11, 1, 0), WHO)
    assert dues(post)[A] == ("2026-11-14", True), "the latest own due date there is"
    assert dues(post)[B] == ("2026-10-20", False)
    with read_transaction(post.office.engine) as connection:
        assert find_closing_time(connection, Q) == at(11, 15, 6)


def test_an_extension_moves_due_date_reminders_and_closing(post: PostOffice) -> None:
    open_at(post, Q.opens_at)
    post.write(Q.opens_at)
    given = extend_due_date(post.office, A, Q, date(2026, 11, 5), WHY, WHO, at(10, 19))
    assert (last_day_before(given.due_by), given.extended) == (date(2026, 11, 5), True)
    with read_transaction(post.office.engine) as connection:
        assert find_closing_time(connection, Q) == at(11, 6, 6)
    assert dues(post) == {
        A: ("2026-11-05", True),
        B: ("2026-10-20", True),
        C: ("2026-10-20", True),
    }
    post.remind(at(10, 21))
    after = [to for to, slot in post.arrived() if slot == "REMINDER-AFTER-1"]
    assert sorted(after) == ["fc-c@example.org", "ia-b@example.org"]
    post.remind(at(10, 31))
    assert "5 November 2026" in post.text("reminder-before-5", "ia-a")


@pytest.mark.parametrize(
    ("until", "now", "key"),
    [
        (date(2026, 10, 18), at(10, 19), "duedate.past"),
        (date(2026, 10, 20), at(10, 19), "duedate.not_later"),
        (date(2026, 11, 15), at(10, 19), "duedate.too_late"),
    ],
)
def test_an_extension_that_makes_no_sense_is_refused(
    post: PostOffice, until: date, now: datetime, key: str
) -> None:
    open_at(post, Q.opens_at)
    with refused(key):
        extend_due_date(post.office, A, Q, until, WHY, WHO, now)


def test_an_extension_is_given_before_closing_and_with_a_reason(post: PostOffice) -> None:
    until = date(2026, 11, 5)
    with refused("duedate.not_due"):
        extend_due_date(post.office, A, Q, until, WHY, WHO, at(10, 19))
    open_at(post, Q.opens_at)
    with refused("cycle.no_reason"):
        extend_due_date(post.office, A, Q, until, " ", WHO, at(10, 19))
    with refused("cycle.no_agency"):
        extend_due_date(post.office, "IA-Z", Q, until, WHY, WHO, at(10, 19))
    close_quarter(post.office, Q, Q.closes_at)
    with refused("duedate.closed"):
        extend_due_date(post.office, A, Q, until, WHY, WHO, Q.closes_at)


def test_reminding_first_imports_so_nobody_is_reminded_whose_file_is_there(
    post: PostOffice,
) -> None:
    from tests.factories import put, update

    open_at(post, Q.opens_at)
    post.write(Q.opens_at)
    put(Path(post.office.settings.inbox), A, Q.key, update(A, Q.key))
    assert post.remind(at(10, 15)).written == 2
    assert "ia-a@example.org" not in [to for to, slot in post.arrived() if "REMINDER" in slot]


def test_undoing_withdraws_the_closing_letter_once_and_the_next_one_is_sent_again(
    post: PostOffice,
) -> None:
    open_at(post, Q.opens_at)
    post.write(Q.opens_at)
    post.clerk.send(A, Q.key)
    close_quarter(post.office, Q, Q.closes_at)
    post.write(Q.closes_at)
    now = Q.closes_at + DAY
    undo_closing(post.office, Q, now, WHO, WHY)
    assert post.write(now).written == 3
    assert post.write(now + DAY).written == 0
    assert "The quarter is open again" in post.text("withdrawn-v2", "ia-a")
    assert "तिमाही फिर खुली है" in post.text("withdrawn-v2", "fc-c")
    close_quarter(post.office, Q, now + 2 * DAY, WHO)
    assert post.write(now + 2 * DAY).written == 3
    assert "Your update is accepted and counts" in post.text("closing-v3", "ia-a")


def test_a_closing_letter_that_was_never_sent_is_only_taken_back(post: PostOffice) -> None:
    open_at(post, Q.opens_at)
    post.write(Q.opens_at)
    close_quarter(post.office, Q, Q.closes_at)
    undo_closing(post.office, Q, Q.closes_at + DAY, WHO, WHY)
    assert post.write(Q.closes_at + DAY).written == 0
