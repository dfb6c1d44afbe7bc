"""The date of a document is that of the newest thing in it, and what was asked by then."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert
from tests.factories import Clerk, RegistryFolder, day_after_quarter

from cpsa.calendar import Quarter
from cpsa.provenance.snapshot import Snapshot
from cpsa.services.app_context import AppContext
from cpsa.services.collection.load_entries import load_entries
from cpsa.services.decisions.record_decision import record_decision
from cpsa.services.examination.explain_warnings import WarningAnswer, explain_warnings
from cpsa.services.publication.take_snapshot import take_snapshot
from cpsa.services.quarter.load_registry import load_registry
from cpsa.store.as_of import HistoryMark
from cpsa.store.database import write_transaction
from cpsa.store.tables.dispatch_tables import MailState, dispatch, dispatch_event

pytestmark = pytest.mark.slow

Q1, Q2 = Quarter.parse("2025-26-Q1"), Quarter.parse("2025-26-Q2")
AGENCY = "IA-A"
ENTRIES = """agency,quarter,kind,theme,department,text,request,urgency,scheme,amount,people
IA-A,2025-26-Q2,policy_support,LAND,DOIC,No plots are free.,Allot plots.,high,,,
"""


@pytest.fixture
def office(clerk: Clerk, tmp_path) -> AppContext:
    """Two closed quarters; the trainees of the second are many times those of the first."""
    folder = RegistryFolder(agencies={AGENCY: Q1.key}).write(tmp_path / "registry")
    load_registry(clerk.office, folder, day_after_quarter(Q1.key))
    file = tmp_path / "entries.csv"
    file.write_text(ENTRIES, "utf-8")
    for quarter, trainees in ((Q1, 30), (Q2, 400)):
        clerk.send(AGENCY, quarter.key, {"OP1": 2, "OP2": trainees, "OP2:women": 5})
        if quarter == Q2:
            load_entries(clerk.office, file, day_after_quarter(Q2.key))
        clerk.close(quarter.key)
    return clerk.office


def taken(office: AppContext, at: HistoryMark | None = None) -> Snapshot:
    return take_snapshot(office, Q2, at).snapshot


def explain(office: AppContext, now: datetime) -> None:
    said = WarningAnswer("Q02", "OP2", "", "A large fair.")
    assert explain_warnings(office, AGENCY, Q2, [said], "portal", now) == 1


def test_the_date_is_that_of_the_newest_closing(office: AppContext) -> None:
    assert taken(office).as_of == Q2.closes_at


def test_an_explanation_after_closing_moves_the_date_and_confirms_the_figure(
    office: AppContext,
) -> None:
    before = HistoryMark.load(office.engine)
    doubted = taken(office)
    assert {doubted.facts.at[one, "indicator"] for one in doubted.unconfirmed["figure"]} == {"OP2"}
    explained_at = Q2.closes_at + timedelta(days=3)
    explain(office, explained_at)
    now = taken(office)
    assert now.as_of == explained_at
    assert now.unconfirmed.empty
    as_it_was = taken(office, before)
    assert as_it_was.as_of == doubted.as_of
    assert len(as_it_was.unconfirmed) == len(doubted.unconfirmed)


def test_an_explanation_before_closing_does_not_move_the_date(office: AppContext) -> None:
    explain(office, Q2.closes_at - timedelta(days=1))
    assert taken(office).as_of == Q2.closes_at


def test_a_decision_moves_the_date_to_its_recording(office: AppContext) -> None:
    recorded_at = Q2.closes_at + timedelta(days=9)
    number = taken(office).actions["number"][0]
    assert record_decision(office, number, "accepted", "", "", "clerk", recorded_at)
    assert taken(office).as_of == recorded_at


def test_built_again_later_from_the_same_inputs_the_snapshot_is_the_same(
    office: AppContext,
) -> None:
    first = take_snapshot(office, Q2)
    letter(office, "accepted-v1", Q2.closes_at + timedelta(days=1))
    again = take_snapshot(office, Q2)
    assert again.inputs_digest == first.inputs_digest, (
        "a letter sent after the document's date is not in it"
    )


@pytest.mark.parametrize(
    ("slot", "state", "days", "known"),
    [
        ("accepted-v1", MailState.ACCEPTED, -2, True),
        ("accepted-v1", MailState.ACCEPTED, 1, False),  # after the document's date
        ("accepted-v1", MailState.FAILED, -2, False),
        ("accepted-v1", MailState.BOUNCED, -2, False),
        ("receipt-v1", MailState.ACCEPTED, -2, False),
        ("closing", MailState.ACCEPTED, -2, False),
    ],
)
def test_an_agency_was_asked_when_the_accepted_letter_reached_the_server(
    office: AppContext, slot: str, state: MailState, days: int, known: bool
) -> None:
    at = Q2.closes_at + timedelta(days=days)
    letter(office, slot, at, state)
    rows = [tuple(row) for row in taken(office).letters.itertuples(index=False)]
    assert rows == ([(AGENCY, Q2.key, 1, at)] if known else [])


def letter(
    office: AppContext, slot: str, at: datetime, state: MailState = MailState.ACCEPTED
) -> None:
    """A letter of the ledger that came this far."""
    row = {
        "cycle": Q2.key, "slot": slot, "recipient": AGENCY, "revision": 0, "digest": "d",
        "message_id": f"<{slot}@example.org>", "planned_at": at, "to_name": "", "language": "en",
        "to_email": "a@example.org", "subject": "", "html": "", "text": "", "attachments": [],
        "state": state, "attempts": 1, "fence": 1, "changed_at": at,
    }  # fmt: skip
    steps = (MailState.ACCEPTED, state) if state is MailState.BOUNCED else (state,)
    with write_transaction(office.engine) as connection:
        id_ = connection.execute(insert(dispatch).values(**row).returning(dispatch.c.id)).scalar()
        for step in steps:
            values = {"dispatch": id_, "at": at, "state": step, "fence": 1}
            connection.execute(insert(dispatch_event).values(**values))
