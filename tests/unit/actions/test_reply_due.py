"""A reply is due 90 days after the first mail that asked for the action; until then never late."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pandas as pd
import pytest

from cpsa.actions.reply_term import AcceptedMail, add_first_mails
from cpsa.actions.status import (
    AGE_BANDS,
    ActionStatus,
    PromiseState,
    compute_action_statuses,
    count_pendency,
)
from cpsa.calendar import IST

TERM = timedelta(days=90)
RAISED = datetime(2026, 11, 1, 6, tzinfo=IST)
SENT = datetime(2026, 11, 15, 18, 30, tzinfo=IST)
DECISIONS = ["number", "decision", "decided_at", "remarks", "promised_on"]


def actions(*rows: tuple[str, str], raised: datetime = RAISED) -> pd.DataFrame:
    """Actions given as quarter and department."""
    made = [
        (f"PA-{quarter}-{place:03d}", quarter, department, raised)
        for place, (quarter, department) in enumerate(rows, 1)
    ]
    return pd.DataFrame(made, columns=["number", "quarter", "department", "raised_at"])


def standing(
    as_of: datetime, *mails: AcceptedMail, decided: tuple = (), raised: datetime = RAISED
) -> ActionStatus:
    one = actions(("2026-27-Q2", "DOIC"), raised=raised)
    rows = [(one["number"][0], *row) for row in decided]
    decisions = pd.DataFrame(rows, columns=DECISIONS)
    (found,) = compute_action_statuses(add_first_mails(one, mails), decisions, as_of, TERM)
    return found


def mail(at: datetime = SENT, half: str = "2026-27-H1", department: str = "DOIC") -> AcceptedMail:
    return AcceptedMail(department, half, at)


def test_before_the_first_mail_nothing_is_due_however_old_it_is() -> None:
    found = standing(RAISED + timedelta(days=900))
    assert (found.not_sent, found.late, found.due, found.age_days) == (True, False, None, None)
    held = count_pendency([found])
    assert (held.in_time, held.late, held.not_sent, held.total) == (0, 0, 1, 1)


@pytest.mark.parametrize(
    ("as_of", "late", "overdue"),
    [
        (datetime(2027, 2, 13, 23, 59, tzinfo=IST), False, 0),
        (datetime(2027, 2, 13, 23, 59, 59, tzinfo=IST), False, 0),
        (datetime(2027, 2, 14, 0, 0, tzinfo=IST), True, 1),
        (datetime(2027, 2, 24, 9, 0, tzinfo=IST), True, 11),
    ],
)
def test_the_term_runs_from_that_mail_to_the_end_of_the_90th_day(
    as_of: datetime, late: bool, overdue: int
) -> None:
    found = standing(as_of, mail())
    assert found.due is not None
    assert found.due.date() == date(2027, 2, 13)
    assert (found.late, found.days_overdue) == (late, overdue)


def test_what_was_sent_after_the_documents_date_is_not_yet_sent() -> None:
    assert standing(SENT - timedelta(seconds=1), mail()).not_sent
    assert not standing(SENT, mail()).not_sent


def test_a_later_mail_or_another_departments_changes_nothing() -> None:
    as_of = SENT + timedelta(days=200)
    found = standing(as_of, mail(SENT + timedelta(days=60)), mail(), mail(department="REV"))
    assert found.sent_at == SENT
    assert standing(as_of, mail(department="REV")).not_sent


def test_the_mail_of_a_later_half_year_asks_for_what_was_never_sent() -> None:
    later = datetime(2027, 5, 15, 6, tzinfo=IST)
    found = standing(later + timedelta(days=1), mail(later, "2026-27-H2"))
    assert found.sent_at == later
    earlier = mail(RAISED + timedelta(days=1), "2025-26-H2")
    assert standing(later, earlier).not_sent, "an earlier half-year's documents do not have it"


def test_a_mail_from_before_the_action_had_its_number_did_not_ask_for_it() -> None:
    as_of = SENT + timedelta(days=40)
    raised = SENT + timedelta(days=3)
    assert standing(as_of, mail(), raised=raised).not_sent
    revision = mail(SENT + timedelta(days=5))
    assert standing(as_of, mail(), revision, raised=raised).sent_at == revision.accepted_at


@pytest.mark.parametrize(
    ("days", "band"),
    [(0, 0), (30, 0), (31, 1), (60, 1), (61, 2), (90, 2), (91, 3), (180, 3), (181, 4), (900, 4)],
)
def test_ages_are_whole_days_by_the_calendar(days: int, band: int) -> None:
    as_of = datetime(2026, 11, 15, 0, 5, tzinfo=IST) + timedelta(days=days, hours=22)
    found = standing(as_of, mail())
    assert found.age_days == days
    assert count_pendency([found]).ages == tuple(
        int(place == band) for place in range(len(AGE_BANDS))
    )


def test_a_final_decision_ends_it() -> None:
    decided = ("done", SENT + timedelta(days=9), "", None)
    found = standing(SENT + timedelta(days=200), mail(), decided=[decided])
    assert (found.pending, found.due, found.age_days) == (False, None, None)
    assert count_pendency([found]).total == 0


def test_a_promise_is_measured_against_the_first_and_the_newest_date() -> None:
    at = SENT + timedelta(days=9)
    decided = [
        ("accepted", at, "", "2027-03-31"),
        ("accepted", at + timedelta(days=50), "", "2027-06-30"),
    ]
    found = standing(datetime(2027, 7, 10, 9, tzinfo=IST), mail(), decided=decided)
    assert (found.promised_first, found.promised) == (date(2027, 3, 31), date(2027, 6, 30))
    assert found.days_over_promise == (101, 10)
    assert found.promise is PromiseState.OVERRUN
    kept = [*decided, ("done", datetime(2027, 6, 20, tzinfo=IST), "", None)]
    found = standing(datetime(2027, 7, 10, 9, tzinfo=IST), mail(), decided=kept)
    assert found.days_over_promise == (81, 0)
    assert found.promise is PromiseState.KEPT


@pytest.mark.parametrize(
    ("decided", "as_of", "state", "days"),
    [
        ((), date(2027, 3, 31), PromiseState.RUNNING, 0),
        ((), date(2027, 4, 1), PromiseState.OVERRUN, 1),
        ((("done", date(2027, 3, 31)),), date(2027, 9, 1), PromiseState.KEPT, 0),
        ((("done", date(2027, 4, 5)),), date(2027, 9, 1), PromiseState.OVERRUN, 5),
        ((("not_pursued", date(2027, 4, 5)),), date(2027, 9, 1), None, 5),
        ((("reply_awaited", date(2027, 4, 5)),), date(2027, 4, 10), PromiseState.OVERRUN, 10),
    ],
)
def test_a_promise_is_kept_or_overrun(
    decided: tuple, as_of: date, state: PromiseState | None, days: int
) -> None:
    def noon(day: date) -> datetime:
        return datetime(day.year, day.month, day.day, 12, tzinfo=IST)

    given = [("accepted", SENT + timedelta(days=9), "", "2027-03-31")]
    given += [(decision, noon(day), "", None) for decision, day in decided]
    found = standing(noon(as_of), mail(), decided=tuple(given))
    assert (found.promise, found.days_over_promise[1]) == (state, days)


def test_without_a_date_nothing_is_promised() -> None:
    given = (("accepted", SENT + timedelta(days=9), "", None),)
    assert standing(SENT + timedelta(days=900), mail(), decided=given).promise is None
