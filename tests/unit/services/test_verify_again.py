"""What can be computed again is compared, also at the first verification: figures, findings, closings."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from tests.stores import sqlite_only
from tests.unit.services.lived_office import NOW, find_faults, unguarded

from cpsa.services.app_context import AppContext
from cpsa.services.verify_store.store_fault import FaultKind
from cpsa.services.verify_store.verify_store import verify_store

pytestmark = pytest.mark.slow

OWN = "SELECT max(id) FROM closing WHERE quarter = '2025-26-Q2'"
ACCEPTED = "SELECT max(submission_id) FROM examination WHERE state = 'accepted'"


def test_all_of_an_undamaged_store_is_compared(lived_in: AppContext) -> None:
    result = verify_store(lived_in, NOW, everything=True)
    assert result.faults == ()
    counts = result.compared
    assert counts["submissions read again"] >= 5
    assert counts["examined again"] >= 4
    assert counts["closings computed again"] == 2
    assert counts["documents built again"] >= 4


def test_a_document_whose_inputs_have_changed_is_reported(lived_in: AppContext) -> None:
    with unguarded(lived_in) as connection:
        connection.execute(text("UPDATE decision SET remarks = 'other'"))
    found = [fault for fault in find_faults(lived_in) if fault.table == "document"]
    assert found and {fault.detail for fault in found} == {"written"}


@sqlite_only
def test_a_document_of_another_program_is_kept_and_not_comparable(
    lived_in: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cpsa.services.publication.document_inputs._describe_program", lambda: "2")
    result = verify_store(lived_in, NOW, everything=True)
    assert result.faults == ()
    assert "documents built again" not in result.compared
    assert result.compared["not comparable"] >= 4


@pytest.mark.parametrize(
    ("statement", "kind", "table", "detail"),
    [
        (f"UPDATE fact SET hundredths = hundredths + 100 WHERE indicator = 'OP1' AND submission_id = ({ACCEPTED})", "result_differs", "fact", "hundredths"),
        (f"DELETE FROM fact WHERE indicator = 'OP1' AND submission_id = ({ACCEPTED})", "row_missing", "fact", ""),
        (f"UPDATE fact SET indicator = 'ZZ1' WHERE indicator = 'OP1' AND submission_id = ({ACCEPTED})", "row_unfounded", "fact", ""),
        ("UPDATE finding SET observed = 'x' WHERE examination_id IS NOT NULL", "row_unfounded", "finding", None),
        ("DELETE FROM finding WHERE examination_id IS NOT NULL AND severity <> 'error'", "row_missing", "finding", None),
        (f"UPDATE score SET composite = 2 * composite WHERE agency = 'IA-A' AND closing_id = ({OWN})", "result_differs", "score", "composite"),
        (f"UPDATE score SET state = 'returned' WHERE agency = 'IA-A' AND closing_id = ({OWN})", "result_differs", "score", "state"),
        (f"DELETE FROM score WHERE agency = 'IA-A' AND closing_id = ({OWN})", "row_missing", "score", ""),
        (f"DELETE FROM group_score WHERE closing_id = ({OWN})", "row_missing", "group_score", ""),
        (f"DELETE FROM closing_submission WHERE agency = 'FC-C' AND closing_id = ({OWN})", "row_missing", "closing_submission", ""),
        ('UPDATE restatement SET "new" = 5', "result_differs", "restatement", None),
        ("DELETE FROM restatement", "row_missing", "restatement", ""),
    ],
)  # fmt: skip
@sqlite_only
def test_a_row_that_computing_again_does_not_give_is_reported(
    lived_in: AppContext, statement: str, kind: str, table: str, detail: str | None
) -> None:
    with lived_in.engine.connect() as connection:
        before = connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
    assert before
    with unguarded(lived_in) as connection:
        connection.execute(text(statement))
    found = [
        fault
        for fault in find_faults(lived_in)
        if (fault.kind, fault.table) == (FaultKind(kind), table) and fault.row
    ]
    assert found
    assert detail is None or found[0].detail == detail
