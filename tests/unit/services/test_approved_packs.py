"""Approved mail that is not sent yet is tried again over days, never twice, and never after a change."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.unit.delivery.rig import Relay
from tests.unit.services.half_year import (
    HALF,
    NOW,
    OPS,
    ask,
    compiled_half,
    few_documents,
    mailing,
    restate,
)

from cpsa.delivery import ledger
from cpsa.services.app_context import AppContext
from cpsa.services.dispatch.build_documents import build_documents
from cpsa.services.dispatch.dispatch_half_year import dispatch_half_year
from cpsa.services.dispatch.plan_dispatch import DispatchPlan, plan_dispatch
from cpsa.services.dispatch.send_approved_packs import send_approved_packs
from cpsa.services.notify_ops import notify_of_delay
from cpsa.services.publication import approval_questions
from cpsa.services.publication.approval_questions import end_question
from cpsa.services.publication.stale_periods import find_stale_periods
from cpsa.store.tables.publication_tables import QuestionOutcome

DAY = timedelta(days=1)


@pytest.fixture
def compiled(
    office: AppContext, relay: Relay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AppContext:
    few_documents(monkeypatch)
    ours = mailing(office, relay)
    compiled_half(ours, tmp_path, NOW)
    return ours


def approve_and_send(office: AppContext) -> DispatchPlan:
    asked = ask(office, NOW)
    assert asked is not None
    plan = plan_dispatch(office, HALF, NOW)
    end_question(office, asked.id, QuestionOutcome.APPROVED, NOW)
    dispatch_half_year(office, HALF, NOW, "test", approved=plan.digest)
    return plan


def make_due(office: AppContext) -> None:
    """As if the time of the next attempt had come."""
    with office.engine.begin() as connection:
        connection.execute(text("UPDATE dispatch SET next_attempt_at = NULL"))


def addresses(relay: Relay) -> list[str]:
    return sorted(mail["To"].addresses[0].addr_spec for mail in relay.mails)


def test_a_pack_that_was_put_off_is_sent_days_later_once(
    compiled: AppContext, relay: Relay
) -> None:
    relay.on_data += ["452 4.2.2 mailbox full"]
    approve_and_send(compiled)
    assert addresses(relay) in (["banks@example.org"], ["sdc@example.org"])
    assert send_approved_packs(compiled, NOW, "test") == (), "its pause has not ended"
    first = addresses(relay)

    relay.on_data += ["452 4.2.2 mailbox full"]
    make_due(compiled)
    (put_off,) = send_approved_packs(compiled, NOW + DAY, "test")
    (waiting,) = put_off.waiting_departments
    assert {waiting.lower()} == {"banks", "sdc"} - {one.split("@")[0] for one in first}
    notice = next(mail for mail in relay.mails if OPS in str(mail["To"]))
    assert waiting in str(notice["Subject"])

    relay.on_data += ["452 4.2.2 mailbox full"]
    make_due(compiled)
    send_approved_packs(compiled, NOW + 2 * DAY, "test")
    assert addresses(relay).count(OPS) == 1, "ops are notified once"

    make_due(compiled)
    (done,) = send_approved_packs(compiled, NOW + 3 * DAY, "test")
    assert (done.accepted, done.is_complete) == (1, True)
    make_due(compiled)
    assert send_approved_packs(compiled, NOW + 4 * DAY, "test") == ()
    packs = [one for one in addresses(relay) if one != OPS]
    assert packs == ["banks@example.org", "sdc@example.org"], "each once"


def test_refused_packs_are_named_and_not_tried_again(compiled: AppContext, relay: Relay) -> None:
    relay.on_data += ["452 4.2.2 mailbox full", "550 5.7.1 refused"]
    approve_and_send(compiled)
    make_due(compiled)
    (done,) = send_approved_packs(compiled, NOW + DAY, "test")
    assert done.accepted == 1
    (refused,) = done.refused_departments
    subjects = [str(mail["Subject"]) for mail in relay.mails if OPS in str(mail["To"])]
    assert subjects == [f"{HALF.key}: mail was refused for {refused}"]


def test_nothing_is_sent_of_an_approval_whose_documents_changed(
    compiled: AppContext, relay: Relay, tmp_path: Path
) -> None:
    relay.on_data += ["452 4.2.2 mailbox full"] * 2
    plan = approve_and_send(compiled)
    assert relay.raw == []
    restate(compiled, tmp_path, 11, NOW + DAY)
    make_due(compiled)
    assert send_approved_packs(compiled, NOW + DAY, "test") == ()
    build_documents(compiled, HALF, NOW + DAY)
    assert send_approved_packs(compiled, NOW + DAY, "test") == ()
    newer = ask(compiled, NOW + DAY, "run 2")
    assert newer is not None
    assert send_approved_packs(compiled, NOW + DAY, "test") == ()
    assert relay.raw == []

    again = plan_dispatch(compiled, HALF, NOW + DAY)
    assert again.digest != plan.digest
    end_question(compiled, newer.id, QuestionOutcome.APPROVED, NOW + DAY)
    assert (
        dispatch_half_year(compiled, HALF, NOW + DAY, "test", approved=again.digest).accepted == 2
    )
    states = sorted(str(line.state) for line in ledger.list_outbox(compiled.engine, HALF.key))
    assert states == ["accepted", "accepted", "superseded", "superseded"]


def test_who_sends_by_hand_has_answered_the_question(compiled: AppContext, relay: Relay) -> None:
    asked = ask(compiled, NOW)
    assert asked is not None
    relay.on_data += ["452 4.2.2 mailbox full"]
    dispatch_half_year(compiled, HALF, NOW, "test", who="asha")
    assert not approval_questions.is_open(compiled, asked.id)
    make_due(compiled)
    (done,) = send_approved_packs(compiled, NOW + DAY, "test")
    assert done.accepted == 1
    assert HALF not in find_stale_periods(compiled, NOW + DAY).halves


def test_the_late_notice_asks_the_ledger(compiled: AppContext, relay: Relay) -> None:
    address = "https://airflow.example.org/run"
    evening = NOW + timedelta(hours=12)
    told = notify_of_delay(compiled, HALF, "https://board.example.org", address, evening, "test")
    assert told is not None
    (mail,) = relay.mails
    assert address in mail.get_body(("plain",)).get_content()
    relay.raw.clear()
    approve_and_send(compiled)
    relay.raw.clear()
    assert notify_of_delay(compiled, HALF, "b", "log", evening + DAY, "test") is None
    assert relay.raw == []
