"""Coverage at closing: accepted quarters over those that were due (domain.md, "Scores")."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.factories import Clerk, RegistryFolder

from cpsa.calendar import Quarter
from cpsa.services.reports.list_scores import list_scores
from cpsa.store.database import read_transaction, write_transaction
from cpsa.store.queries import obligation_queries, quarter_queries
from cpsa.store.queries.closing_queries import load_closing_rows, load_latest_closings

Q1, Q2, Q3 = (Quarter.parse(key) for key in ("2025-26-Q1", "2025-26-Q2", "2025-26-Q3"))
STAYS, SILENT, LEAVES = "IA-A", "IA-B", "IA-C"


@pytest.fixture
def start(clerk: Clerk, tmp_path: Path) -> Clerk:
    registry = RegistryFolder(
        agencies={STAYS: Q1.key, SILENT: Q1.key, LEAVES: Q1.key}, ends={LEAVES: Q2.key}
    )
    registry.load(clerk.office, tmp_path / "registry", Q1.opens_at)
    return clerk


def open_without_mail(clerk: Clerk, quarter: Quarter, replayed: bool = False) -> None:
    """A quarter that was opened while no mail server could be reached."""
    with write_transaction(clerk.office.engine) as connection:
        quarter_queries.add_opening(
            connection, quarter.key, quarter.opens_at, "", replayed=replayed
        )
        forms = clerk.office.load_register(connection).forms_in(quarter.key)
        obligation_queries.record_obligations(connection, quarter.key, forms, quarter.opens_at)


def close(clerk: Clerk, *senders: str, quarter: Quarter) -> None:
    for agency in senders:
        clerk.send(agency, quarter.key)
    clerk.check(quarter.key)
    clerk.close(quarter.key)


def coverage(clerk: Clerk, quarter: Quarter) -> dict[str, str]:
    frame = list_scores(clerk.office, quarter)
    return dict(zip(frame["agency"], frame["coverage"], strict=True))


def test_a_quarter_not_requested_counts_only_where_an_update_came(start: Clerk) -> None:
    close(start, STAYS, SILENT, LEAVES, quarter=Q1)
    open_without_mail(start, Q2)
    close(start, STAYS, quarter=Q2)
    assert coverage(start, Q2) == {STAYS: "1.0000", SILENT: "1.0000", LEAVES: "1.0000"}


def test_a_returned_update_of_a_quarter_not_requested_makes_it_count(start: Clerk) -> None:
    close(start, STAYS, SILENT, LEAVES, quarter=Q1)
    open_without_mail(start, Q2)
    start.send(SILENT, Q2.key, absent=["A1"])
    close(start, STAYS, quarter=Q2)
    assert coverage(start, Q2)[SILENT] == "0.5000"


def test_replayed_quarters_always_count(start: Clerk) -> None:
    close(start, STAYS, SILENT, LEAVES, quarter=Q1)
    open_without_mail(start, Q2, replayed=True)
    close(start, STAYS, quarter=Q2)
    assert coverage(start, Q2) == {STAYS: "1.0000", SILENT: "0.5000", LEAVES: "0.5000"}


def test_an_agency_that_left_has_no_row_and_no_quarter_due(start: Clerk) -> None:
    close(start, STAYS, LEAVES, quarter=Q1)
    close(start, STAYS, LEAVES, quarter=Q2)
    close(start, STAYS, quarter=Q3)
    assert coverage(start, Q2) == {STAYS: "1.0000", SILENT: "0.0000", LEAVES: "1.0000"}
    assert coverage(start, Q3) == {STAYS: "1.0000", SILENT: "0.0000"}


def test_nothing_before_the_first_quarter_counts(start: Clerk) -> None:
    close(start, SILENT, quarter=Q1)
    with write_transaction(start.office.engine) as connection:
        quarter_queries.add_setting(
            connection, quarter_queries.FIRST_QUARTER, Q2.key, "admin", Q2.opens_at
        )
    close(start, STAYS, quarter=Q2)
    found = coverage(start, Q2)
    assert (found[STAYS], found[SILENT]) == ("1.0000", "0.0000")


def test_the_store_says_for_whom_a_quarter_was_due(start: Clerk) -> None:
    close(start, STAYS, SILENT, LEAVES, quarter=Q1)
    open_without_mail(start, Q2)
    close(start, STAYS, quarter=Q2)
    with read_transaction(start.office.engine) as connection:
        shut = load_latest_closings(connection, Q2.key)
        rows = load_closing_rows(connection, "score", shut)
    rows = rows[rows["quarter"] == Q2.key]
    due = dict(zip(rows["agency"], rows["due"].astype(bool), strict=True))
    assert due == {STAYS: True, SILENT: False, LEAVES: False}
