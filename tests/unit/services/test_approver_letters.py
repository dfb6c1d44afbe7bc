"""The approver gets a letter when a question waits, a week before its date, and the day before."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.unit.delivery.rig import Relay
from tests.unit.services.half_year import (
    APPROVER,
    HALF,
    NOW,
    OPS,
    ask,
    compiled_half,
    few_documents,
    mailing,
    restate,
)

from cpsa.services.app_context import AppContext
from cpsa.services.dispatch.build_documents import build_documents
from cpsa.services.dispatch.write_approver_letters import list_due_letters, write_approver_letters
from cpsa.services.publication.approval_questions import (
    end_question,
    end_question_of_run,
    record_backfill_question,
)
from cpsa.settings import from_environment
from cpsa.store.queries.question_queries import QuestionRecord
from cpsa.store.tables.publication_tables import QuestionKind, QuestionOutcome

pytestmark = pytest.mark.slow

DAY = timedelta(days=1)
ASKED = NOW - 13 * DAY


@pytest.fixture
def compiled(
    office: AppContext, relay: Relay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AppContext:
    few_documents(monkeypatch)
    ours = mailing(office, relay)
    compiled_half(ours, tmp_path, ASKED)
    return ours


def address(question: QuestionRecord) -> str:
    return f"https://airflow.example.org/{question.run.replace(' ', '-')}"


def write(office: AppContext, at: datetime) -> None:
    for _ in range(2):  # each once, however often it is looked at
        write_approver_letters(office, at, "test", address)


def letters(relay: Relay) -> list[str]:
    assert all(APPROVER in str(mail["To"]) for mail in relay.mails)
    found = [str(mail["Subject"]) for mail in relay.mails]
    relay.raw.clear()
    return found


def test_three_letters_each_once_and_none_after_the_answer(
    compiled: AppContext, relay: Relay
) -> None:
    asked = ask(compiled, ASKED)
    assert asked is not None
    write(compiled, ASKED)
    (mail,) = relay.mails
    words = mail.get_body(("plain",)).get_content()
    assert "2 mails" in words
    assert "15.11.2025" in words
    assert "https://airflow.example.org/run-1" in words
    (subject,) = letters(relay)
    assert subject == "Approval needed: documents of Apr–Sep 2025 (2025-26-H1)"
    write(compiled, NOW - 8 * DAY)
    assert letters(relay) == []
    write(compiled, NOW - 7 * DAY)
    reminder = "Reminder: approval needed by 15.11.2025, documents of Apr–Sep 2025 (2025-26-H1)"
    assert letters(relay) == [reminder]
    write(compiled, NOW - 2 * DAY)
    assert letters(relay) == []
    write(compiled, NOW - DAY)
    assert letters(relay) == [reminder]
    end_question(compiled, asked.id, QuestionOutcome.APPROVED, NOW)
    write(compiled, NOW)
    assert letters(relay) == []


def test_a_new_edition_is_a_new_letter_that_says_what_differs(
    compiled: AppContext, relay: Relay, tmp_path: Path
) -> None:
    ask(compiled, ASKED)
    write(compiled, ASKED)
    letters(relay)
    restate(compiled, tmp_path, 11, ASKED + DAY)
    build_documents(compiled, HALF, ASKED + DAY)
    ask(compiled, ASKED + DAY, "run 2")
    write(compiled, ASKED + DAY)
    (mail,) = relay.mails
    words = mail.get_body(("plain",)).get_content()
    assert "Different from the documents in the request of" in words
    assert "→" in words
    assert "https://airflow.example.org/run-2" in words


def test_after_the_date_the_letter_says_that_mails_are_sent_at_once(
    compiled: AppContext, relay: Relay
) -> None:
    ask(compiled, NOW + DAY)
    write(compiled, NOW + DAY)
    (mail,) = relay.mails
    assert "sent at once" in mail.get_body(("plain",)).get_content()


def test_a_letter_waits_while_the_server_is_away(compiled: AppContext, relay: Relay) -> None:
    ask(compiled, ASKED)
    relay.on_data += ["451 4.3.0 later"]
    write_approver_letters(compiled, ASKED, "test", address)
    assert relay.raw == []
    with compiled.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE dispatch SET next_attempt_at = NULL")
    write(compiled, ASKED + timedelta(hours=1))
    assert len(letters(relay)) == 1


def test_a_waiting_backfill_is_a_letter_too(office: AppContext, relay: Relay) -> None:
    ours = mailing(office, relay)
    asked = record_backfill_question(
        ours, "2025-26-Q1 to 2025-26-Q2", "backfill 1", NOW + 7 * DAY, NOW
    )
    assert record_backfill_question(ours, "x", "backfill 1", NOW, NOW) == asked
    write(ours, NOW)
    assert letters(relay) == ["Answer needed: backfill of 2025-26-Q1 to 2025-26-Q2"]
    write(ours, NOW + 6 * DAY)
    (subject,) = letters(relay)
    assert subject.startswith("Reminder: answer needed by 22.11.2025, backfill of 2025-26-Q1")
    assert end_question_of_run(ours, "backfill 1", QuestionOutcome.REJECTED, NOW + 6 * DAY)
    write(ours, NOW + 6 * DAY)
    assert letters(relay) == []


def test_who_was_asked_in_the_last_week_is_reminded_the_day_before_only() -> None:
    question = QuestionRecord(
        *(1, QuestionKind.DISPATCH, HALF.key, "", "edition", ()),
        *(NOW - 3 * DAY, "run 1", None, None, None),
    )
    steps = [
        [one.step for one in list_due_letters(question, NOW - days * DAY)] for days in (3, 2, 1)
    ]
    assert steps == [["asked"], ["asked"], ["asked", "day"]]
    assert [one.step for one in list_due_letters(question, NOW)] == ["asked"]


def test_the_approver_is_ops_unless_another_is_named(tmp_path: Path) -> None:
    named = {"CPSA_HOME": str(tmp_path), "CPSA_OPS_MAIL": OPS}
    assert from_environment(named).approver_mail == OPS
    assert from_environment(named | {"CPSA_APPROVER_MAIL": APPROVER}).approver_mail == APPROVER
