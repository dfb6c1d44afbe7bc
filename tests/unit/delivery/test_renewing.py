"""Planning again where a seat got nothing: other documents never go to one that has its own."""

from __future__ import annotations

import pytest
from tests.unit.delivery.rig import CYCLE, LONG_AGO, Relay, port_to

from cpsa.delivery import ledger
from cpsa.store.tables.dispatch_tables import MailState

OTHER = b"%PDF another edition"


def stands(engine) -> list[tuple[int, MailState]]:
    return [(line.revision, line.state) for line in ledger.list_outbox(engine, CYCLE)]


def send(engine, relay: Relay) -> int:
    with port_to(relay) as port:
        return ledger.dispatch(engine, CYCLE, port, "test").accepted


def test_what_waits_is_replaced(engine, relay, message):
    ledger.plan_mails(engine, [message()], LONG_AGO)
    assert ledger.plan_mails(engine, [message(content=OTHER)], LONG_AGO, renew=True).revised == 1
    assert stands(engine) == [(0, MailState.SUPERSEDED), (1, MailState.PENDING)]
    assert send(engine, relay) == 1


def test_what_left_meanwhile_stays_the_only_one(engine, relay, message):
    """A worker planned with an older look at the ledger: the row has left since."""
    ledger.plan_mails(engine, [message()], LONG_AGO)
    assert send(engine, relay) == 1
    planned = ledger.plan_mails(engine, [message(content=OTHER)], LONG_AGO, renew=True)
    assert (planned.new, planned.revised) == (0, 0)
    assert stands(engine) == [(0, MailState.ACCEPTED)]
    assert send(engine, relay) == 0


@pytest.mark.parametrize(
    ("mended", "revised"), [("", 0), ("corrected@example.org", 1)], ids=["same", "corrected"]
)
def test_what_came_back_goes_to_a_corrected_address_only(engine, relay, message, mended, revised):
    first = message()
    ledger.plan_mails(engine, [first], LONG_AGO)
    send(engine, relay)
    assert ledger.record_bounce(
        engine, first.make_message_id(0), "5.1.1 unknown", address_dead=True
    )
    again = message(content=OTHER, to_email=mended or first.to_email)
    assert ledger.plan_mails(engine, [again], LONG_AGO, renew=True).revised == revised
    assert send(engine, relay) == revised


def test_a_revision_of_the_same_goes_again_to_whom_it_came_back_from(engine, relay, message):
    first = message()
    ledger.plan_mails(engine, [first, message("DOIC:to:1")], LONG_AGO)
    send(engine, relay)
    assert ledger.record_bounce(engine, first.make_message_id(0), "5.2.2 full", address_dead=False)
    both = [first, message("DOIC:to:1")]
    assert ledger.plan_mails(engine, both, LONG_AGO, revise=True).revised == 1
    assert send(engine, relay) == 1
    assert len(set(relay.ids)) == len(relay.ids) == 3
