"""Each statement of the dispatch ledger on SQLite and on a real PostgreSQL, row by row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, create_engine, insert, update
from sqlalchemy.exc import IntegrityError

from cpsa.errors import RequestError
from cpsa.store.database import write_transaction
from cpsa.store.queries import dispatch_queries
from cpsa.store.tables.dispatch_tables import MailState, dispatch

AT = datetime(2026, 5, 15, 4, 30, tzinfo=UTC)
LEASE = timedelta(minutes=5)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
FAR_OFF = datetime(2120, 1, 1, tzinfo=UTC)


def row(recipient: str = "A:to:1", **fields: object) -> dict[str, object]:
    given = {
        "cycle": "2025-26-H2", "slot": "pack", "recipient": recipient, "revision": 0,
        "digest": "d", "planned_at": AT, "to_name": "", "to_email": "a@example.org",
        "language": "en", "subject": "", "html": "", "text": "", "attachments": [],
    }  # fmt: skip
    given |= fields
    return {"message_id": f"<{given['cycle']} {recipient} {given['revision']}>", **given}


def plan(engine: Engine, *rows: dict[str, object]) -> int:
    with write_transaction(engine) as connection:
        return dispatch_queries.insert_new_dispatches(connection, rows)


def claim(engine: Engine):
    with write_transaction(engine) as connection:
        return dispatch_queries.claim_due(connection, "2025-26-H2", "worker", LEASE)


def stand(engine: Engine) -> list[tuple[str, str]]:
    with engine.connect() as connection:
        return [(it.recipient, it.state) for it in dispatch_queries.load_outbox(connection, None)]


def set_all(engine: Engine, **values: object) -> None:
    with engine.begin() as connection:
        connection.execute(update(dispatch).values(**values))


def test_insert_new_ignores_what_stands_already_and_journals_only_what_is_new(engine):
    assert plan(engine, row(), row("B:to:1")) == 2
    assert plan(engine, row(digest="other"), row("C:to:1")) == 1
    with engine.connect() as connection:
        assert [it.digest for it in dispatch_queries.load_outbox(connection, None)] == [
            "d",
            "d",
            "d",
        ]
        assert [
            len(dispatch_queries.load_events(connection, it.id))
            for it in dispatch_queries.load_outbox(connection, None)
        ] == [1, 1, 1]


def test_newest_is_the_highest_revision_of_each_seat_and_cycle_asked_for(engine):
    plan(engine, row(), row(revision=1), row("B:to:1"), row("C:to:1"), row(cycle="2026-27-H1"))
    with engine.connect() as connection:
        found = dispatch_queries.load_newest_revisions(
            connection, {"2025-26-H2"}, {"A:to:1", "B:to:1"}
        )
    assert {key[2]: it.revision for key, it in found.items()} == {"A:to:1": 1, "B:to:1": 0}


def test_claim_takes_exactly_one_row_the_oldest_due_under_a_new_fence(engine):
    plan(engine, *(row(f"{letter}:to:1") for letter in "ABCD"))
    first, second = claim(engine), claim(engine)
    assert [first.recipient, second.recipient] == ["A:to:1", "B:to:1"]
    assert (first.state, first.fence, first.attempts) == (MailState.CLAIMED, 1, 1)
    assert first.lease_until - first.changed_at == LEASE
    assert [state for _, state in stand(engine)] == ["claimed", "claimed", "pending", "pending"]


def test_claim_leaves_what_is_not_due_and_what_is_of_another_cycle(engine):
    plan(engine, row())
    set_all(engine, next_attempt_at=FAR_OFF)
    plan(engine, row(cycle="2026-27-H1"))
    assert claim(engine) is None
    set_all(engine, next_attempt_at=LONG_AGO)
    assert claim(engine).recipient == "A:to:1"


def test_two_who_claim_at_once_never_get_the_same_row(engine):
    plan(engine, row(), row("B:to:1"))
    with write_transaction(engine) as first:
        held = dispatch_queries.claim_due(first, "2025-26-H2", "one", LEASE)
        if engine.dialect.name == "postgresql":  # the row held is stepped over
            assert claim(engine).recipient == "B:to:1"
        else:  # SQLite has one writer at a time; this second one does not wait for its turn
            hasty = create_engine(engine.url, connect_args={"timeout": 0})
            with pytest.raises(RequestError, match="locked"):
                claim(hasty)
    assert held.recipient == "A:to:1"


def test_enter_data_asks_for_the_state_the_fence_and_the_lease(engine):
    plan(engine, row())
    held = claim(engine)
    set_all(engine, lease_until=LONG_AGO)
    with write_transaction(engine) as connection:
        assert not dispatch_queries.enter_data(connection, held, LEASE)
    set_all(engine, lease_until=FAR_OFF, fence=held.fence + 1)
    with write_transaction(engine) as connection:
        assert not dispatch_queries.enter_data(connection, held, LEASE)
    set_all(engine, fence=held.fence)
    with write_transaction(engine) as connection:
        assert dispatch_queries.enter_data(connection, held, LEASE)
        assert not dispatch_queries.enter_data(connection, held, LEASE), "it is claimed no longer"


def test_move_changes_only_what_is_held_and_forgets_the_reason_of_the_step_before(engine):
    plan(engine, row())
    held = claim(engine)
    with write_transaction(engine) as connection:
        leaving = {MailState.CLAIMED}
        assert dispatch_queries.change_state(
            connection, held, leaving, state=MailState.PENDING, reason="deferred"
        )
        assert not dispatch_queries.change_state(connection, held, leaving, state=MailState.FAILED)
        assert dispatch_queries.change_state(
            connection, held, {MailState.PENDING}, state=MailState.PENDING
        )
        now = dispatch_queries.find_dispatch(connection, held.message_id)
        told = [event.reason for event in dispatch_queries.load_events(connection, held.id)]
    assert (now.state, now.reason) == (MailState.PENDING, None)
    assert told == [None, None, "deferred", None]


def test_release_expired_touches_only_leases_that_have_run_out(engine):
    plan(engine, row(), row("B:to:1"))
    claim(engine)
    claim(engine)
    change = {"claimed": {"state": MailState.PENDING}, "in_data": {"state": MailState.UNCERTAIN}}
    with write_transaction(engine) as connection:
        assert dispatch_queries.release_expired_leases(connection, **change) == 0
    set_all(engine, lease_until=LONG_AGO)
    with engine.begin() as connection:
        in_data = update(dispatch).where(dispatch.c.recipient == "B:to:1")
        connection.execute(in_data.values(state=MailState.IN_DATA))
    with write_transaction(engine) as connection:
        assert dispatch_queries.release_expired_leases(connection, **change) == 2
    assert stand(engine) == [("A:to:1", "pending"), ("B:to:1", "uncertain")]


def test_postpone_due_and_hasten_are_about_the_waiting_of_one_cycle(engine):
    plan(engine, row(), row("B:to:1"), row(cycle="2026-27-H1"))
    claim(engine)
    cycle, afresh = "2025-26-H2", {"state": MailState.PENDING, "next_attempt_at": None}
    with write_transaction(engine) as connection:
        assert dispatch_queries.postpone_due(connection, cycle, LEASE, reason="unreachable") == 1
        assert dispatch_queries.postpone_due(connection, cycle, LEASE) == 0
        assert dispatch_queries.make_due(connection, cycle, {MailState.PENDING}, **afresh) == 1
        assert dispatch_queries.make_due(connection, cycle, {MailState.PENDING}, **afresh) == 0
        assert dispatch_queries.make_due(connection, cycle, {MailState.CLAIMED}, **afresh) == 1


def test_claim_takes_the_least_tried_first(engine):
    plan(engine, row(), row("B:to:1"))
    claim(engine)
    set_all(engine, state=MailState.PENDING)
    assert claim(engine).recipient == "B:to:1"


def test_tally_counts_states_of_one_cycle(engine):
    plan(engine, row(), row("B:to:1"), row(cycle="2026-27-H1"))
    claim(engine)
    with engine.connect() as connection:
        assert dispatch_queries.count_by_state(connection, "2025-26-H2") == {
            MailState.CLAIMED: 1,
            MailState.PENDING: 1,
        }


def test_the_clock_is_the_databases_and_goes_on(engine):
    with write_transaction(engine) as connection:
        first, second = dispatch_queries.clock(connection), dispatch_queries.clock(connection)
    assert first.tzinfo is not None
    assert AT < first <= second


@pytest.mark.parametrize("change", [{"state": "sent"}, {"revision": -1}, {"cycle": None}])
def test_the_table_itself_refuses_what_makes_no_sense(engine, change):
    first = {"state": MailState.PENDING, "attempts": 0, "fence": 0, "changed_at": AT}
    nonsense = insert(dispatch).values(**{**row(), **first, **change})
    with engine.connect() as connection, pytest.raises(IntegrityError):
        connection.execute(nonsense)


# What came back, and how fast.


def bounce(engine: Engine, recipient: str, reason: str = dispatch_queries.ADDRESS_IS_DEAD) -> None:
    with engine.begin() as connection:
        gone = update(dispatch).where(dispatch.c.recipient == recipient)
        connection.execute(gone.values(state=MailState.BOUNCED, reason=reason))


def test_claim_leaves_what_goes_to_an_address_that_is_dead(engine):
    plan(
        engine,
        row(),
        row("B:to:1", to_email="A@Example.ORG"),
        row("C:to:1", to_email="c@example.org"),
    )
    bounce(engine, "A:to:1")
    assert claim(engine).recipient == "C:to:1"
    assert claim(engine) is None
    with engine.connect() as connection:
        assert not dispatch_queries.has_due(connection, "2025-26-H2")
    bounce(engine, "A:to:1", reason="bounced")
    assert claim(engine).recipient == "B:to:1"


def test_hold_bounced_says_so_once_and_of_what_waits_alone(engine):
    plan(engine, row(), row("B:to:1"), row("C:to:1", to_email="c@example.org"))
    bounce(engine, "A:to:1")
    for held in (1, 0):
        with write_transaction(engine) as connection:
            assert (
                dispatch_queries.mark_awaiting_address(connection, "2025-26-H2", reason="why")
                == held
            )
    with engine.connect() as connection:
        said = {it.recipient: it.reason for it in dispatch_queries.load_outbox(connection, None)}
        assert [
            it.recipient for it in dispatch_queries.list_bounced_to(connection, "A@EXAMPLE.org")
        ] == ["A:to:1"]
    assert said == {"A:to:1": "bounced_address", "B:to:1": "why", "C:to:1": None}


def test_tally_leaves_out_what_came_back_and_was_planned_anew(engine):
    plan(engine, row(), row("B:to:1"), row(revision=1))
    bounce(engine, "B:to:1")
    with engine.begin() as connection:
        first = update(dispatch).where(dispatch.c.revision == 0)
        connection.execute(first.values(state=MailState.BOUNCED))
    with engine.connect() as connection:
        assert dispatch_queries.count_by_state(connection, "2025-26-H2") == {
            MailState.BOUNCED: 1,
            MailState.PENDING: 1,
        }


def test_has_newer_looks_at_the_same_slot_and_recipient(engine):
    plan(engine, row(), row("B:to:1"), row(revision=1), row(slot="other", message_id="<o>"))
    with engine.connect() as connection:
        found = [
            (it.recipient, it.slot, it.revision)
            for it in dispatch_queries.load_outbox(connection, None)
            if dispatch_queries.has_newer_revision(connection, it)
        ]
    assert found == [("A:to:1", "pack", 0)]


def test_uncertain_is_of_any_cycle(engine):
    plan(engine, row(), row("B:to:1"), row(cycle="2026-27-H1"))
    set_all(engine, state=MailState.UNCERTAIN)
    with engine.begin() as connection:
        second = update(dispatch).where(dispatch.c.recipient == "B:to:1")
        connection.execute(second.values(state=MailState.ACCEPTED))
    with engine.connect() as connection:
        cycles = [it.cycle for it in dispatch_queries.list_uncertain_dispatches(connection)]
    assert cycles == ["2025-26-H2", "2026-27-H1"]


def test_claimed_within_counts_claims_of_any_cycle_and_worker(engine):
    plan(engine, row(), row("B:to:1"), row(cycle="2026-27-H1"))
    claim(engine)
    claim(engine)
    with engine.connect() as connection:
        lately = dispatch_queries.list_recent_claims(connection, timedelta(minutes=1))
        assert len(lately) == 2
        assert lately == sorted(lately)
        assert dispatch_queries.list_recent_claims(connection, timedelta(0)) == []
