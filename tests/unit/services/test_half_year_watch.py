"""A half-year whose quarters are closed and that nobody was asked about is reported once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.unit.delivery.rig import Relay
from tests.unit.services.half_year import HALF, OPS, Q2, closed_half, mailing
from tests.unit.services.published import compile_half

from cpsa.calendar import Quarter
from cpsa.services.app_context import AppContext
from cpsa.services.dispatch.report_missing_questions import report_missing_questions
from cpsa.services.publication.approval_questions import end_question, record_question
from cpsa.services.quarter.open_quarter import open_quarter
from cpsa.store.tables.publication_tables import QuestionOutcome

CLOSED = Quarter.parse(Q2).closes_at
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def closed(office: AppContext, relay: Relay, tmp_path: Path) -> AppContext:
    ours = mailing(office, relay)
    closed_half(ours, tmp_path)
    return ours


def report(office: AppContext, relay: Relay, at) -> list[str]:
    report_missing_questions(office, at, "test", lambda key: f"https://board.example.org/{key}")
    assert all(OPS in str(mail["To"]) for mail in relay.mails)
    found = [mail.get_body(("plain",)).get_content() for mail in relay.mails]
    relay.raw.clear()
    return found


def test_ops_are_notified_once_when_nobody_was_asked_for_a_day(
    closed: AppContext, relay: Relay
) -> None:
    assert report(closed, relay, CLOSED + 23 * HOUR) == []
    (words,) = report(closed, relay, CLOSED + DAY)
    assert HALF.key in words
    assert f"https://board.example.org/{HALF.key}" in words
    assert report(closed, relay, CLOSED + 2 * DAY) == []


def test_a_half_year_that_is_asked_about_is_not_reported(closed: AppContext, relay: Relay) -> None:
    edition = compile_half(closed, HALF, CLOSED)
    asked = record_question(closed, HALF, edition, "run 1", CLOSED + HOUR)
    assert asked is not None
    assert report(closed, relay, CLOSED + 3 * DAY) == []
    end_question(closed, asked.id, QuestionOutcome.SUPERSEDED, CLOSED + 4 * DAY)
    assert report(closed, relay, CLOSED + 4 * DAY + 23 * HOUR) == []
    assert len(report(closed, relay, CLOSED + 5 * DAY)) == 1, "nobody was asked again"


def test_a_half_year_with_an_open_quarter_is_not_reported(
    office: AppContext, relay: Relay, tmp_path: Path
) -> None:
    ours = mailing(office, relay)
    closed_half(ours, tmp_path)
    open_quarter(ours, Quarter.parse("2025-26-Q3"), Quarter.parse("2025-26-Q3").opens_at, "ops")
    report(ours, relay, CLOSED + DAY)
    assert report(ours, relay, CLOSED + 200 * DAY) == []
