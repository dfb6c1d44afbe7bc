"""The ledger on real databases against a real server: sent once, or said not to be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from socket import SHUT_RDWR
from threading import Thread

import pytest
from sqlalchemy import Engine
from tests.unit.delivery.rig import (
    CYCLE,
    Relay,
    ended,
    let_leases_run_out,
    let_pauses_run_out,
    port_to,
    worker,
)

from cpsa.delivery import ledger
from cpsa.delivery.mail_message import MailMessage
from cpsa.delivery.mail_port import LeaseLostError
from cpsa.delivery.smtp import SmtpPort
from cpsa.errors import RequestError
from cpsa.store.database import write_transaction
from cpsa.store.queries import dispatch_queries
from cpsa.store.tables.dispatch_tables import MailState

NOW = datetime(2026, 5, 15, 4, 30, tzinfo=UTC)
Make = Callable[..., MailMessage]


def plan(engine: Engine, *messages: MailMessage, **options: bool) -> ledger.PlanResult:
    return ledger.plan_mails(engine, messages, NOW, **options)


def send(engine: Engine, port: SmtpPort) -> ledger.DispatchResult:
    return ledger.dispatch(engine, CYCLE, port, "worker 1")


def states(engine: Engine) -> list[MailState]:
    return [row.state for row in ledger.list_outbox(engine, CYCLE)]


def journal(engine: Engine, message: MailMessage, revision: int = 0) -> list[str]:
    with engine.connect() as connection:
        row = dispatch_queries.find_dispatch(connection, message.make_message_id(revision))
        return [event.state for event in dispatch_queries.load_events(connection, row.id)]


# Planned once, sent once.


def test_each_seat_gets_its_mail_once_and_a_second_run_sends_nothing(engine, relay, port, message):
    seats = ["DOMSME:to:1", "DOMSME:cc:1", "BANKS:to:1"]
    assert plan(engine, *map(message, seats)).new == 3
    first = send(engine, port)
    assert (first.accepted, first.is_complete) == (3, True)
    assert plan(engine, *map(message, seats)) == ledger.PlanResult(known=3)
    again = send(engine, port)
    assert (again.accepted, again.is_complete) == (0, True)
    assert relay.ids == [message(seat).make_message_id(0) for seat in seats]
    assert relay.sessions == 1
    assert journal(engine, message("BANKS:to:1")) == ["pending", "claimed", "in_data", "accepted"]


def test_only_the_cycle_asked_for_is_sent(engine, relay, port, message):
    plan(engine, message(), message(cycle="2026-27-H1"))
    assert send(engine, port).accepted == 1
    assert [row.state for row in ledger.list_outbox(engine)] == [
        MailState.ACCEPTED,
        MailState.PENDING,
    ]


def test_threads_at_work_at_once_send_one_mail_each(engine, relay, message):
    seats = [f"BANKS:to:{number}" for number in range(12)]
    plan(engine, *map(message, seats))

    def work() -> None:
        with port_to(relay) as own:
            ledger.dispatch(engine, CYCLE, own, "one of several")

    threads = [Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(relay.ids) == sorted(message(seat).make_message_id(0) for seat in seats)
    assert set(states(engine)) == {MailState.ACCEPTED}


def test_four_processes_at_work_at_once_send_one_mail_each(engine, relay, message):
    """Each claims what it sends; all start at the same moment, and each does some of it."""
    seats = [f"BANKS:to:{number}" for number in range(24)]
    plan(engine, *map(message, seats))
    running = [worker(engine, relay, together=4) for _ in range(4)]
    assert [ended(process) for process in running] == [0, 0, 0, 0]
    assert sorted(relay.ids) == sorted(message(seat).make_message_id(0) for seat in seats)
    assert set(states(engine)) == {MailState.ACCEPTED}
    for seat in seats:
        assert journal(engine, message(seat)) == ["pending", "claimed", "in_data", "accepted"]
    with engine.connect() as connection:
        workers = "SELECT DISTINCT worker FROM dispatch_event WHERE state = 'accepted'"
        assert len(connection.exec_driver_sql(workers).all()) == 4
    plan(engine, *map(message, seats))
    again = [worker(engine, relay, together=4) for _ in range(4)]
    assert [ended(process) for process in again] == [0, 0, 0, 0]
    assert len(relay.raw) == len(seats), "the cycle run again sends nothing"


# Another document, another address.


def test_another_document_for_a_slot_is_refused_and_nothing_is_planned(engine, message):
    plan(engine, message())
    with pytest.raises(RequestError) as refused:
        plan(engine, message("DOIC:to:1"), message(content=b"%PDF two"))
    assert "BANKS:to:1" in refused.value.text("en")
    assert "BANKS:to:1" in refused.value.text("hi")
    assert [row.recipient for row in ledger.list_outbox(engine)] == ["BANKS:to:1"]


def test_a_revision_asked_for_is_sent_as_a_mail_of_its_own(engine, relay, port, message):
    plan(engine, message())
    send(engine, port)
    changed = message(content=b"%PDF two")
    assert plan(engine, changed, revise=True) == ledger.PlanResult(revised=1)
    assert plan(engine, changed, revise=True) == ledger.PlanResult(known=1)
    assert send(engine, port).accepted == 1
    assert relay.ids == [message().make_message_id(0), changed.make_message_id(1)]


def test_a_revision_takes_the_place_of_what_has_not_left(engine, relay, port, message):
    plan(engine, message())
    plan(engine, message(content=b"%PDF two"), revise=True)
    send(engine, port)
    assert states(engine) == [MailState.SUPERSEDED, MailState.ACCEPTED]
    assert [attached(mail) for mail in relay.mails] == [[b"%PDF two"]]


def attached(mail) -> list[bytes]:
    return [part.get_content() for part in mail.iter_attachments()]


def test_a_mended_address_frees_what_was_refused_but_not_what_arrived(engine, relay, port, message):
    relay.on_rcpt["banks.to.1@example.org"] = ["550 no such user"]
    plan(engine, message(), message("DOIC:to:1"))
    assert send(engine, port).failed == 1
    mended = message(to_email="new@example.org"), message("DOIC:to:1", to_email="new@example.org")
    assert plan(engine, *mended) == ledger.PlanResult(known=2, readdressed=1)
    assert send(engine, port).is_complete
    assert [mail["To"].addresses[0].addr_spec for mail in relay.mails] == [
        "doic.to.1@example.org",
        "new@example.org",
    ]


# What servers say.


def test_put_off_it_waits_and_is_sent_later(engine, relay, port, message):
    relay.on_rcpt["banks.to.1@example.org"] = ["451 greylisted"]
    plan(engine, message(), message("DOIC:to:1"))
    first = send(engine, port)
    assert (first.accepted, first.pending, first.is_complete) == (1, 1, False)
    waiting, sent = ledger.list_outbox(engine, CYCLE)
    assert waiting.next_attempt_at > waiting.changed_at
    assert "greylisted" in waiting.why("en")
    assert "greylisted" in waiting.why("hi")
    assert sent.state is MailState.ACCEPTED
    assert send(engine, port).accepted == 0, "it is not due yet"
    ledger.retry_now(engine, CYCLE)
    assert send(engine, port).is_complete
    assert len(relay.raw) == 2


@pytest.mark.parametrize("said", ["421 closing", "452 no room"])
def test_put_off_after_the_dot_it_waits(engine, relay, port, message, said):
    relay.on_data = [said]
    plan(engine, message())
    assert send(engine, port).pending == 1
    ledger.retry_now(engine, CYCLE)
    assert send(engine, port).is_complete
    assert len(relay.raw) == 1


def test_refused_it_has_failed_and_the_others_go_on(engine, relay, port, message):
    relay.on_rcpt["banks.to.1@example.org"] = ["550 no such user"]
    relay.on_data = ["554 content refused"]
    plan(engine, message(), message("DOIC:to:1"), message("SNT:to:1"))
    result = send(engine, port)
    assert (result.accepted, result.failed, result.trouble) == (1, 2, None)
    assert [row.code for row in ledger.list_outbox(engine)] == [550, 554, 250]
    ledger.retry_now(engine, CYCLE)
    assert send(engine, port).accepted == 0
    ledger.retry_now(engine, CYCLE, also_failed=True)
    assert send(engine, port).accepted == 2
    assert len(set(relay.ids)) == len(relay.ids) == 3


def test_put_off_too_often_it_expires(engine, relay, port, message, monkeypatch):
    monkeypatch.setattr(ledger, "MAX_ATTEMPTS", 2)
    relay.on_rcpt["banks.to.1@example.org"] = ["451 later"] * 2
    plan(engine, message())
    for expected in (MailState.PENDING, MailState.EXPIRED):
        send(engine, port)
        assert states(engine) == [expected]
        let_pauses_run_out(engine)
    assert send(engine, port).failed == 1
    assert relay.raw == []


def test_pauses_double_to_a_limit_and_are_drawn_from_the_message():
    pauses = [ledger.compute_backoff("<a@b>", attempts) for attempts in range(1, 30)]
    assert pauses == [ledger.compute_backoff("<a@b>", attempts) for attempts in range(1, 30)]
    assert all(ledger.FIRST_BACKOFF <= pause <= ledger.MAX_BACKOFF * 1.25 for pause in pauses)
    assert pauses[3] >= ledger.FIRST_BACKOFF * 8
    assert len({ledger.compute_backoff(f"<{number}@b>", 1) for number in range(50)}) > 25


def test_the_first_pause_is_five_minutes_and_at_most_a_quarter_of_that_longer():
    pauses = [ledger.compute_backoff(f"<{number}@b>", 1) for number in range(2000)]
    shortest, longest = timedelta(minutes=5), timedelta(minutes=6, seconds=15)
    assert (min(pauses), max(pauses)) == (shortest, longest), "256 steps, all of them met"
    second = [ledger.compute_backoff(f"<{number}@b>", 2) for number in range(2000)]
    assert min(second) == 2 * shortest


# A server that is not there.


def test_unreachable_all_waits_with_the_reason_and_nothing_counts_as_tried(engine, message):
    plan(engine, message(), message("DOIC:to:1"))
    with port_to(Relay()) as nowhere:
        result = send(engine, nowhere)
    assert (result.accepted, result.pending) == (0, 2)
    assert "127.0.0.1" in result.trouble.text("en")
    for row in ledger.list_outbox(engine):
        assert (row.state, row.attempts, row.reason) == (MailState.PENDING, 0, "unreachable")
        assert row.next_attempt_at is not None


def test_unreachable_is_no_trouble_when_nothing_is_due(engine):
    with port_to(Relay()) as nowhere:
        assert send(engine, nowhere) == ledger.DispatchResult(0, 0, 0, 0)


def test_our_address_refused_is_no_fault_of_the_recipients(engine, relay, port, message):
    relay.on_mail = ["550 go away"]
    plan(engine, message(), message("DOIC:to:1"))
    result = send(engine, port)
    assert "go away" in result.trouble.text("hi")
    assert states(engine) == [MailState.PENDING, MailState.PENDING]


def test_a_size_refused_at_our_address_fails_that_mail_and_ends_no_round(
    engine, relay, port, message
):
    # 552 at MAIL FROM answers the announced size, so the next mail may well pass.
    relay.on_mail = ["552 5.3.4 message too big"]
    plan(engine, message(), message("DOIC:to:1"))
    result = send(engine, port)
    assert (result.accepted, result.failed, result.trouble) == (1, 1, None)
    assert [row.code for row in ledger.list_outbox(engine)] == [552, 250]


def test_dropped_before_the_dot_it_is_tried_again(engine, relay, message):
    class Dropped(SmtpPort):
        def _write_mail(self, session, recipient, mail):
            session.sock.shutdown(SHUT_RDWR)
            return super()._write_mail(session, recipient, mail)

    plan(engine, message())
    opened = port_to(relay)
    opened.__class__ = Dropped
    assert send(engine, opened).pending == 1
    ledger.retry_now(engine, CYCLE)
    with port_to(relay) as good:
        assert send(engine, good).is_complete


def test_a_session_the_server_ended_is_opened_anew(engine, relay, port, message):
    plan(engine, message())
    send(engine, port)
    port._client.smtp.sock.shutdown(SHUT_RDWR)
    plan(engine, message("DOIC:to:1"))
    assert send(engine, port).is_complete
    assert relay.sessions == 2


# Not knowing.


@pytest.mark.parametrize("end", [Relay.STORE_AND_DROP, Relay.DROP])
def test_no_reply_after_the_dot_is_uncertain_and_never_resent(engine, relay, port, message, end):
    relay.on_data = [end]
    plan(engine, message())
    first = send(engine, port)
    assert (first.accepted, first.uncertain) == (0, 1)
    arrived = len(relay.raw)
    let_leases_run_out(engine)
    ledger.retry_now(engine, CYCLE)
    plan(engine, message())
    assert send(engine, port).uncertain == 1
    assert len(relay.raw) == arrived
    assert message().make_message_id(0) in ledger.list_outbox(engine)[0].message_id


def test_uncertain_found_to_have_arrived_is_accepted(engine, relay, port, message):
    relay.on_data = [Relay.STORE_AND_DROP]
    plan(engine, message())
    send(engine, port)
    ledger.resolve(
        engine, message().make_message_id(0), arrived=True, evidence="relay log line 7", by="ops"
    )
    assert send(engine, port).is_complete
    assert len(relay.raw) == 1


def test_uncertain_found_lost_is_sent_again_only_after_quarantine(
    engine, relay, port, message, monkeypatch
):
    relay.on_data = [Relay.DROP]
    plan(engine, message())
    send(engine, port)
    lost = message().make_message_id(0)
    with pytest.raises(RequestError) as too_early:
        ledger.resolve(engine, lost, arrived=False, evidence="not in the log", by="ops")
    assert "UTC" in too_early.value.text("hi")
    monkeypatch.setattr(ledger, "QUARANTINE", timedelta(0))
    ledger.resolve(engine, lost, arrived=False, evidence="not in the log", by="ops")
    assert send(engine, port).is_complete
    assert relay.ids == [lost]


def test_only_the_uncertain_can_be_resolved(engine, message):
    plan(engine, message())
    for unknown in (message().make_message_id(0), "<nobody@example.org>"):
        with pytest.raises(RequestError):
            ledger.resolve(engine, unknown, arrived=True, evidence="", by="ops")


# Dying and being slow.


def test_killed_before_in_data_it_is_sent_by_the_next(engine, relay, port, message):
    plan(engine, message())
    assert ended(worker(engine, relay, dies="before_in_data")) == -9
    assert states(engine) == [MailState.CLAIMED]
    assert send(engine, port).pending == 1, "the lease still holds"
    let_leases_run_out(engine)
    assert send(engine, port).is_complete
    assert len(relay.raw) == 1


@pytest.mark.parametrize(("dies", "arrived"), [("in_data", 0), ("after_reply", 1)])
def test_killed_after_in_data_it_is_uncertain(engine, relay, port, message, dies, arrived):
    plan(engine, message())
    assert ended(worker(engine, relay, dies=dies)) == -9
    assert states(engine) == [MailState.IN_DATA]
    let_leases_run_out(engine)
    assert send(engine, port).uncertain == 1
    assert len(relay.raw) == arrived
    assert journal(engine, message())[-1] == MailState.UNCERTAIN


def test_a_lease_lost_before_the_dot_sends_nothing(engine, relay, port, message):
    plan(engine, message())

    class Slow(SmtpPort):
        def _write_mail(self, session, recipient, mail):
            answer = super()._write_mail(session, recipient, mail)
            let_leases_run_out(engine)
            return answer

    slow = port_to(relay)
    slow.__class__ = Slow
    assert send(engine, slow).pending == 1
    assert relay.raw == []
    assert send(engine, port).is_complete
    assert len(relay.raw) == 1


def test_an_old_fence_may_not_promise_when_another_holds_the_lease(engine, message):
    plan(engine, message())
    lease = timedelta(minutes=1)
    with write_transaction(engine) as connection:
        old = dispatch_queries.claim_due(connection, CYCLE, "slow", lease)
    let_leases_run_out(engine)
    ledger.release_expired(engine)
    with write_transaction(engine) as connection:
        new = dispatch_queries.claim_due(connection, CYCLE, "quick", lease)
        assert not dispatch_queries.enter_data(connection, old, lease)
        assert dispatch_queries.enter_data(connection, new, lease)
        assert not dispatch_queries.change_state(
            connection, old, list(MailState), state=MailState.FAILED
        )


def test_a_reply_that_outlived_its_lease_settles_what_was_uncertain(engine, relay, port, message):
    plan(engine, message())

    class Late(SmtpPort):
        def _finish_mail(self, session):
            let_leases_run_out(engine)
            ledger.release_expired(engine)
            assert states(engine) == [MailState.UNCERTAIN]
            return super()._finish_mail(session)

    late = port_to(relay)
    late.__class__ = Late
    assert send(engine, late).is_complete


def test_the_promise_stands_in_the_database_before_the_dot_is_written(engine, relay, message):
    plan(engine, message())
    seen = []

    class Watched(SmtpPort):
        def _finish_mail(self, session):
            seen.extend([states(engine), list(relay.raw)])
            return super()._finish_mail(session)

    watched = port_to(relay)
    watched.__class__ = Watched
    send(engine, watched)
    assert seen == [[MailState.IN_DATA], []]


def test_workers_dying_and_connections_dropping_never_double_nor_lose_in_silence(
    engine, relay, message
):
    seats = [f"BANKS:to:{number}" for number in range(10)]
    plan(engine, *map(message, seats))
    relay.on_data = ["250 ok", Relay.DROP, "451 later", Relay.STORE_AND_DROP]
    for dies in ("in_data", "before_in_data", "after_reply"):
        ended(worker(engine, relay, dies))
        let_leases_run_out(engine)
        let_pauses_run_out(engine)
    with port_to(relay) as last:
        while send(engine, last).pending:
            let_pauses_run_out(engine)
    assert len(relay.ids) == len(set(relay.ids)), "a mail was doubled"
    rows = ledger.list_outbox(engine, CYCLE)
    taken = {row.message_id for row in rows if row.state is MailState.ACCEPTED}
    flagged = {row.message_id for row in rows if row.state is MailState.UNCERTAIN}
    assert taken <= set(relay.ids) <= taken | flagged
    assert len(taken) + len(flagged) == len(seats), "a mail was lost in silence"


def test_a_port_that_breaks_leaves_the_message_claimed(engine, message):
    class Broken:
        per_minute = None

        def deliver(self, *_):
            raise LeaseLostError

    plan(engine, message())
    assert send(engine, Broken()).pending == 1
    assert states(engine) == [MailState.CLAIMED]
