"""Files with rows of tables that a backfill finds in the inbox of closed quarters."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.factories import Clerk, csv_text, day_after_quarter, put, update
from tests.unit.tables.table_office import HEADER, Q1, Q2, table

from cpsa.calendar import Quarter
from cpsa.documents.agency_tables import list_counted_rows
from cpsa.services.backfill_quarters.backfill_request import BackfillRequest
from cpsa.services.backfill_quarters.execute_backfill import execute_backfill, preview_backfill
from cpsa.services.collection.collect_inbox import collect_inbox
from cpsa.services.publication.take_snapshot import take_snapshot

pytestmark = pytest.mark.slow

LATER = Quarter.parse(Q2).closes_at + timedelta(days=90)
BOTH = ("FC-C", "FC-D")


@pytest.fixture
def inbox(clerk: Clerk) -> Path:
    """Two quarters of two agencies, imported from the inbox without a table, and closed."""
    folder = Path(clerk.office.settings.inbox)
    for quarter in (Q1, Q2):
        for agency in BOTH:
            put(folder, agency, quarter, update(agency, quarter, {"FA3": 10}))
        collect_inbox(clerk.office, day_after_quarter(quarter))
        clerk.close(quarter)
    return folder


def order(*agencies: str) -> BackfillRequest:
    return BackfillRequest.parse(Q1, Q1, agencies, ("collect",), "tables came late")


def backfill(clerk: Clerk, *agencies: str) -> set[str]:
    """The agencies with a new version, as previewed and as done."""
    planned = preview_backfill(clerk.office, order(*agencies), LATER)
    done = execute_backfill(clerk.office, order(*agencies), "admin", LATER)
    found = [{one.agency for one in report.changes.files} for report in (planned, done)]
    assert found[0] == found[1]
    return found[0]


def list_filed(clerk: Clerk, agency: str) -> list[int | None]:
    quarter = Quarter.parse(Q1)
    rows = list_counted_rows(
        take_snapshot(clerk.office, quarter).snapshot, agency, "applications", quarter
    )
    return [row.get_hundredths("filed") for row in rows]


def test_a_table_beside_its_update_is_imported_once(clerk, inbox) -> None:
    (inbox / Q1 / "FC-C.applications.csv").write_bytes(table(Q1, ("DOIC", "X", 2, 10, 4, "")))
    (inbox / Q2 / "FC-C.applications.csv").write_bytes(table(Q2, ("DOIC", "X", 2, 10, 4, "")))
    assert backfill(clerk) == {"FC-C"}
    assert (list_filed(clerk, "FC-C"), list_filed(clerk, "FC-D")) == ([1000], [])
    assert backfill(clerk) == set()


def test_of_a_table_of_all_only_the_requested_agencies_are_imported(clerk, inbox) -> None:
    lines = [(agency, Q1, "DOIC", "X", "", 10, "", "") for agency in (*BOTH, "FC-X")]
    (inbox / Q1 / "applications.csv").write_bytes(csv_text([HEADER, *lines]).encode())
    assert backfill(clerk, "FC-D") == {"FC-D"}
    assert (list_filed(clerk, "FC-C"), list_filed(clerk, "FC-D")) == ([], [1000])
    assert backfill(clerk) == {"FC-C"}
    assert list_filed(clerk, "FC-C") == [1000]


def test_a_table_of_all_that_cannot_be_read_stops_no_backfill(clerk, inbox) -> None:
    (inbox / Q1 / "applications.csv").write_bytes(b"department,filed\nDOIC,1\n")
    (inbox / Q1 / "FC-C.applications.csv").write_bytes(table(Q1, ("DOIC", "X", 2, 10, 4, "")))
    assert backfill(clerk) == {"FC-C"}
