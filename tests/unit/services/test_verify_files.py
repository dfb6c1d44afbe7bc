"""``cpsa verify`` finds every damaged or lost file and every reference that leads nowhere, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text
from tests.stores import sqlite_only
from tests.unit.services.lived_office import find_faults, unguarded

from cpsa.services.app_context import AppContext
from cpsa.services.transfer_store.expected_files import FOLDER_OF_TABLE
from cpsa.services.verify_store.check_references import LOGICAL_REFERENCES
from cpsa.services.verify_store.store_fault import FaultKind, StoreFault
from cpsa.store.schema import metadata


def test_an_undamaged_store_has_no_fault_three_times(lived_in: AppContext) -> None:
    for _ in range(3):
        assert find_faults(lived_in) == ()


def kept_file(office: AppContext, folder: str) -> Path:
    return next(
        path for path in sorted((office.settings.home / folder).glob("*/*")) if path.stat().st_size
    )


@pytest.mark.parametrize("folder", ["received", "editions"])
@sqlite_only
def test_a_flipped_byte_and_a_lost_file_are_reported_by_file_table_and_row(
    lived_in: AppContext, folder: str
) -> None:
    file = kept_file(lived_in, folder)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    (fault,) = [fault for fault in find_faults(lived_in) if fault.file]
    assert (fault.kind, fault.file) == (
        FaultKind.FILE_CHANGED,
        f"{folder}/{file.parent.name}/{file.name}",
    )
    assert fault.table in FOLDER_OF_TABLE and fault.row.startswith("id=")
    file.unlink()
    (fault,) = [fault for fault in find_faults(lived_in) if fault.file]
    assert fault.kind == FaultKind.FILE_MISSING


def test_every_column_of_digests_of_files_is_looked_at() -> None:
    named = {table.name for table in metadata.sorted_tables if "sha256" in table.c}
    assert named == set(FOLDER_OF_TABLE)


@sqlite_only
def test_a_size_that_is_not_the_files_is_reported(lived_in: AppContext) -> None:
    with unguarded(lived_in) as connection:
        connection.execute(text("UPDATE submission SET size = size + 1 WHERE id = 1"))
    assert StoreFault(FaultKind.SIZE_DIFFERS, "submission", "id=1", detail="size") in find_faults(
        lived_in
    )


@pytest.mark.parametrize(
    ("statement", "table", "detail"),
    [
        ("DELETE FROM submission WHERE id = 1", "examination", "submission_id → submission"),
        ("DELETE FROM submission WHERE id = 1", "fact", "submission_id+agency+quarter → submission"),
        ("DELETE FROM examination WHERE id IN (SELECT examination_id FROM finding)", "finding", "examination_id → examination"),
        ("UPDATE finding SET agency = 'XX' WHERE examination_id IS NOT NULL", "finding", "examination_id+agency+quarter → submission"),
        ("DELETE FROM registry_load", "closing", "registry_load → registry_load"),
        ("DELETE FROM agency", "obligation", "agency → agency"),
        ("DELETE FROM submission WHERE id = 1", "arrival", "agency+quarter+version+sha256 → submission"),
        ("UPDATE group_score SET agency = 'XX'", "group_score", "closing_id+agency → score"),
        ("DELETE FROM dispatch", "dispatch_event", "dispatch → dispatch"),
    ],
)  # fmt: skip
@sqlite_only
def test_a_reference_that_leads_nowhere_is_reported(
    lived_in: AppContext, statement: str, table: str, detail: str
) -> None:
    with unguarded(lived_in) as connection:
        connection.execute(text(statement))
    assert [
        fault
        for fault in find_faults(lived_in)
        if (fault.kind, fault.table, fault.detail) == (FaultKind.REFERENCE_MISSING, table, detail)
    ]


def test_references_name_columns_that_there_are() -> None:
    for reference in LOGICAL_REFERENCES:
        assert set(reference.columns) <= set(metadata.tables[reference.table].c.keys())
        assert set(reference.target_columns) <= set(metadata.tables[reference.target].c.keys())
