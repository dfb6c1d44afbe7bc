"""What became of actions since a day: each is counted once, and the counts add up."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from cpsa.actions.movement import Movement, compute_movement, count_promises
from cpsa.actions.status import PromiseState, compute_action_statuses
from cpsa.calendar import IST

TERM = timedelta(days=90)
START = date(2026, 11, 1)
AS_OF = datetime(2027, 5, 10, 9, tzinfo=IST)
OLD, NEW = "2026-27-Q2", "2026-27-Q4"
BEFORE, AFTER = datetime(2026, 10, 20, tzinfo=IST), datetime(2027, 2, 1, tzinfo=IST)
SENT = datetime(2026, 11, 15, 10, tzinfo=IST)
KINDS = ("accepted", "not_pursued", "reply_not_accepted", "reply_awaited", "done")


def movement(*shown: tuple[str, datetime | None, tuple[tuple[str, datetime], ...]]) -> Movement:
    """Of actions given as quarter, day of the first mail, and decisions."""
    rows = [
        (f"PA-{quarter}-{place:03d}", quarter, "DOIC", sent)
        for place, (quarter, sent, _) in enumerate(shown)
    ]
    actions = pd.DataFrame(rows, columns=["number", "quarter", "department", "sent_at"])
    decisions = [
        (row[0], decision, at, "", None)
        for row, (*_, given_decisions) in zip(rows, shown, strict=True)
        for decision, at in given_decisions
    ]
    columns = ["number", "decision", "decided_at", "remarks", "promised_on"]
    frame = pd.DataFrame(decisions, columns=columns)
    statuses = compute_action_statuses(actions.astype({"sent_at": object}), frame, AS_OF, TERM)
    return compute_movement(statuses, {"2026-27-Q3", NEW}, START)


def counts(found: Movement) -> dict[str, int]:
    names = ("open_at_start", "new", "reopened", "accepted", "done", "not_pursued", "still_open")
    return {name: len(getattr(found, name)) for name in names if getattr(found, name)}


def test_each_kind_of_movement() -> None:
    assert counts(movement((OLD, None, ()))) == {"open_at_start": 1, "still_open": 1}
    assert counts(movement((NEW, None, ()))) == {"new": 1, "still_open": 1}
    assert counts(movement((OLD, None, (("done", BEFORE),)))) == {}
    assert counts(movement((OLD, None, (("done", AFTER),)))) == {"open_at_start": 1, "done": 1}
    assert counts(movement((NEW, None, (("not_pursued", AFTER),)))) == {"new": 1, "not_pursued": 1}
    again = (("done", BEFORE), ("reply_not_accepted", AFTER))
    assert counts(movement((OLD, None, again))) == {"reopened": 1, "still_open": 1}
    now = {"open_at_start": 1, "accepted": 1, "still_open": 1}
    assert counts(movement((OLD, None, (("accepted", AFTER),)))) == now
    before = {"open_at_start": 1, "still_open": 1}
    assert counts(movement((OLD, None, (("accepted", BEFORE),)))) == before


def test_ages_are_those_of_what_was_sent_and_is_open() -> None:
    found = movement(
        (OLD, SENT, ()),
        (OLD, SENT + timedelta(days=31), ()),
        (OLD, SENT + timedelta(days=100), ()),
        (OLD, SENT - timedelta(days=400), (("done", AFTER),)),
        (NEW, None, ()),
    )
    assert (found.oldest_days, found.median_days) == (176, 145)
    two = movement((OLD, SENT, ()), (OLD, SENT + timedelta(days=31), ()))
    assert two.median_days == 161, "160.5, half up"
    none = movement((NEW, None, ()))
    assert (none.oldest_days, none.median_days) == (None, None)


decided = st.tuples(
    st.sampled_from(KINDS),
    st.datetimes(datetime(2026, 9, 1), datetime(2027, 5, 1), timezones=st.just(IST)),  # noqa: DTZ001
)
action = st.tuples(
    st.sampled_from((OLD, NEW)),
    st.sampled_from((None, SENT)),
    st.lists(decided, max_size=3).map(tuple),
)


@given(st.lists(action, max_size=8))
def test_what_was_open_and_new_less_what_ended_is_still_open(shown: list) -> None:
    found = movement(*shown)
    entered = len(found.open_at_start) + len(found.new) + len(found.reopened)
    assert entered - len(found.done) - len(found.not_pursued) == len(found.still_open)
    assert {one.action.number for one in found.accepted} <= {
        one.action.number for one in found.still_open
    }
    pending = sum(
        not given_[-1:] or given_[-1][0] not in ("done", "not_pursued") for *_, given_ in shown
    )
    assert len(found.still_open) == pending


def test_promises_are_counted_by_what_became_of_them() -> None:
    numbers = [f"PA-{OLD}-00{place}" for place in range(4)]
    actions = pd.DataFrame(
        [(number, OLD, "DOIC", SENT) for number in numbers],
        columns=["number", "quarter", "department", "sent_at"],
    )
    rows = [
        (numbers[0], "accepted", AFTER, "", "2027-06-01"),
        (numbers[1], "accepted", AFTER, "", "2027-03-01"),
        (numbers[2], "accepted", AFTER, "", "2027-03-01"),
        (numbers[2], "done", datetime(2027, 3, 1, tzinfo=IST), "", None),
        (numbers[3], "accepted", AFTER, "", None),
    ]
    columns = ["number", "decision", "decided_at", "remarks", "promised_on"]
    statuses = compute_action_statuses(actions, pd.DataFrame(rows, columns=columns), AS_OF, TERM)
    found = {
        state: [one.action.number for one in own] for state, own in count_promises(statuses).items()
    }
    assert found == {
        PromiseState.RUNNING: [numbers[0]],
        PromiseState.KEPT: [numbers[2]],
        PromiseState.OVERRUN: [numbers[1]],
    }
