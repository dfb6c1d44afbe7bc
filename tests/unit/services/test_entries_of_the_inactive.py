"""Entries of an agency that is not active in their quarter: refused, and in no document."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import insert
from tests.factories import Clerk, RegistryFolder, csv_text

from cpsa.calendar import Quarter
from cpsa.intake.readers.entries_reader import HEADER
from cpsa.services.app_context import AppContext
from cpsa.services.collection.load_entries import load_entries
from cpsa.services.publication.take_snapshot import take_snapshot
from cpsa.store.database import write_transaction
from cpsa.store.queries import entry_queries
from cpsa.store.tables.action_tables import action

Q1, Q2 = Quarter.parse("2026-27-Q1"), Quarter.parse("2026-27-Q2")
ROW = dict.fromkeys(HEADER, "") | {"kind": "training_need", "theme": "EXPORT", "text": "Words."}


def entries(folder: Path, *rows: dict[str, str]) -> Path:
    file = folder / "all.entries.csv"
    folder.mkdir(parents=True, exist_ok=True)
    file.write_text(csv_text([HEADER, *([row[name] for name in HEADER] for row in rows)]), "utf-8")
    return file


@pytest.fixture
def office_of_two(office: AppContext, tmp_path: Path) -> AppContext:
    """IA-B is active from the second quarter on only; IA-A reports for both."""
    made = RegistryFolder(
        agencies={"IA-A": Q1.key, "IA-B": Q2.key}, recipients={"DOIC": "doic@example.org"}
    )
    made.load(office, tmp_path / "registry", Q1.opens_at)
    return office


def test_loading_them_says_so_and_keeps_the_others(
    office_of_two: AppContext, tmp_path: Path
) -> None:
    rows = [
        ROW | {"agency": "IA-A", "quarter": Q1.key},
        ROW | {"agency": "IA-B", "quarter": Q1.key},
        ROW | {"agency": "IA-B", "quarter": Q2.key},
    ]
    (item,) = load_entries(office_of_two, entries(tmp_path, *rows), Q1.opens_at).items
    assert (item.outcome, item.reason) == ("entries", "entries.not_active")
    assert "line 3" in item.problem and "IA-B is not active in 2026-27-Q1" in item.problem
    with write_transaction(office_of_two.engine) as connection:
        kept = entry_queries.load_entries(connection, Q2.key)
    assert list(zip(kept["agency"], kept["quarter"], strict=True)) == [
        ("IA-A", Q1.key), ("IA-B", Q2.key),
    ]  # fmt: skip


def test_those_that_version_1_0_0_took_are_in_no_document(
    office_of_two: AppContext, tmp_path: Path
) -> None:
    clerk = Clerk(office_of_two, tmp_path / "sent")
    clerk.send("IA-A", Q1.key)
    rows = [
        {
            **dict.fromkeys(entry_queries.ENTRY_COLUMNS, ""),
            **ROW,
            **dict.fromkeys(entry_queries.ENTRY_FIGURES),
            "agency": agency,
            "quarter": Q1.key,
            "place": "x",
        }
        for agency in ("IA-A", "IA-B")
    ]
    with write_transaction(office_of_two.engine) as connection:
        entry_queries.add_entries(connection, "0" * 64, "old.csv", Q1.opens_at, rows)
    clerk.close(Q1.key)
    asked = dict.fromkeys(("theme", "text", "request", "urgency", "scheme"), "x")
    with write_transaction(office_of_two.engine) as connection:
        for number, agency in enumerate(("IA-A", "IA-B"), 1):
            connection.execute(
                insert(action).values(
                    number=f"PA-{Q1.key}-00{number}", quarter=Q1.key, agency=agency,
                    department="DIC", raised_at=Q1.opens_at, **asked,
                )
            )  # fmt: skip
    snapshot = take_snapshot(office_of_two, Q1).snapshot
    assert list(snapshot.entries["agency"]) == ["IA-A"]
    assert list(snapshot.actions["agency"]) == ["IA-A"]
    assert list(snapshot.actions["department"]) == ["DOIC"], "under its present code"
