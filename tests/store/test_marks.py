"""A mark stands for what was there, also while others write: nothing turns up below it afterwards."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime

import pandas as pd
import pytest
from sqlalchemy import Engine, insert, text

from cpsa.store import database
from cpsa.store.as_of import HistoryMark
from cpsa.store.tables.explanation_tables import explanation

NOW = datetime(2026, 7, 1, tzinfo=UTC)
SAID = {
    "agency": "IA-A",
    "quarter": "2025-26-Q1",
    "rule": "Q06",
    "indicator": "A2",
    "dimension": "",
    "observed": "5",
    "text": "as it was",
    "source": "portal",
    "given_at": NOW,
}
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = :name"


@pytest.fixture
def store(database_url: str) -> Engine:
    return database.open_engine(database_url)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite has one writer
def test_a_mark_waits_for_who_is_writing(store: Engine) -> None:
    """The row that is written first is there last: on PostgreSQL its number is the lower one."""
    found: list[HistoryMark] = []
    with store.connect() as slow:
        writes = slow.begin()
        slow.execute(insert(explanation).values(SAID))
        with store.begin() as quick:
            quick.execute(insert(explanation).values(SAID))
        asking = threading.Thread(target=lambda: found.append(HistoryMark.load(store)))
        asking.start()
        with store.connect() as look:
            name = store.url.database
            while not look.execute(text(WAITING), {"name": name}).scalar_one():
                assert asking.is_alive(), "it has answered without waiting"
                look.rollback()
                time.sleep(0.02)
        writes.commit()
        asking.join()
    assert found[0].explanation == 2
    with store.connect() as look:
        assert look.execute(text("SELECT count(*) FROM explanation")).scalar_one() == 2


def test_a_mark_of_an_empty_store_is_its_beginning(store: Engine) -> None:
    assert HistoryMark.load(store).as_json() == {
        **dict.fromkeys(("submission", "examination", "explanation", "entry_load"), 0),
        "closing": 0,
        "decision": 0,
        "action": {},
        "publication": 0,
    }


def test_what_is_published_makes_no_other_state_of_the_store() -> None:
    mark = HistoryMark(1, 2, 3, 4, 5, 6, publication=7)
    stored = mark.as_json()
    assert mark.describes_same_state({**stored, "publication": 9})
    del stored["publication"]  # of a version before 1.6.0
    assert mark.describes_same_state(stored) and HistoryMark(**stored).publication == 0
    assert not mark.describes_same_state({**stored, "closing": 6})


def test_the_thousandth_action_comes_after_the_others() -> None:
    raised = [f"PA-2025-26-Q1-{place:03d}" for place in range(1, 1003)]
    listed = pd.DataFrame({"number": sorted(raised), "quarter": "2025-26-Q1"})
    mark = HistoryMark(0, 0, 0, 0, 0, 0, action={"2025-26-Q1": 1000})
    assert mark.select_actions(listed)["number"].tolist() == raised[:1000]
