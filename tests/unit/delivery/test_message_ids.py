"""Message-IDs that a recipient of one mail cannot compute for another; those of before are kept."""

from __future__ import annotations

import ast
from dataclasses import replace

from tests.house.sources import INCLUDE, name_of, python_files, tree
from tests.unit.delivery.rig import CYCLE, LONG_AGO, port_to

from cpsa.delivery import ledger
from cpsa.store.tables.dispatch_tables import MailState

KEY = b"the office's key"


def test_a_part_of_it_is_made_with_the_key(message) -> None:
    """Anyone who has a mail of the pack knows everything else that it is made of."""
    first = message()
    ours = first.make_message_id(0, KEY)
    assert ours == message().make_message_id(0, KEY), "the same whoever builds it"
    assert (
        len(
            {
                ours,
                first.make_message_id(0),
                first.make_message_id(0, b"another"),
                first.make_message_id(1, KEY),
            }
        )
        == 4
    )
    assert len(ours) == len(first.make_message_id(0)), "none is folded onto a line of its own"


def test_what_was_planned_before_keeps_its_own_and_is_not_sent_again(
    engine, relay, message
) -> None:
    """An upgrade, and a changed key: the ledger knows what is due to whom without the Message-ID."""
    ledger.plan_mails(engine, [message()], LONG_AGO)
    with port_to(relay) as port:
        assert ledger.dispatch(engine, CYCLE, port, "test").accepted == 1
        for key in (KEY, b"a changed key"):
            assert ledger.plan_mails(
                engine, [message()], LONG_AGO, secret=key
            ) == ledger.PlanResult(known=1)
            assert ledger.dispatch(engine, CYCLE, port, "test").accepted == 0
    assert relay.ids == [message().make_message_id(0)]
    assert ledger.record_bounce(
        engine, message().make_message_id(0), "5.1.1 unknown", address_dead=True
    )
    mended = replace(message(), to_email="corrected@example.org")
    assert ledger.plan_mails(engine, [mended], LONG_AGO, secret=KEY).readdressed == 1
    lines = ledger.list_outbox(engine, CYCLE)
    assert [(line.state, line.message_id) for line in lines] == [
        (MailState.BOUNCED, message().make_message_id(0)),
        (MailState.PENDING, mended.make_message_id(1, KEY)),
    ]


def test_a_mail_of_now_that_came_back_is_found_by_it(engine, relay, message) -> None:
    ledger.plan_mails(engine, [message()], LONG_AGO, secret=KEY)
    with port_to(relay) as port:
        ledger.dispatch(engine, CYCLE, port, "test")
    assert relay.ids == [message().make_message_id(0, KEY)]
    assert not ledger.record_bounce(
        engine, message().make_message_id(0), "5.1.1 unknown", address_dead=True
    )
    assert ledger.record_bounce(engine, relay.ids[0], "5.1.1 unknown", address_dead=True)


def test_whatever_plans_mail_gives_the_key() -> None:
    calls = [
        (name_of(file), {word.arg for word in node.keywords})
        for file in python_files(INCLUDE)
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "ledger.plan_mails"
    ]
    assert len(calls) >= 6
    assert [where for where, words in calls if "secret" not in words] == []
