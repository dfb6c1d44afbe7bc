"""Files of a folder recorded together: the same rows as one by one, and one bad file costs no other."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from tests.factories import RegistryFolder, update

from cpsa.errors import RequestError
from cpsa.services import app_context
from cpsa.services.app_context import AppContext
from cpsa.services.collection import import_batch, import_update
from cpsa.services.collection.collect_inbox import collect_inbox
from cpsa.services.collection.folder_channel import FolderChannel
from cpsa.services.quarter.check_updates import check_updates
from cpsa.services.service_results import CollectSummary
from cpsa.settings import from_environment
from cpsa.store.database import read_transaction
from cpsa.store.queries import submission_queries
from cpsa.store.tables.arrival_tables import arrival
from cpsa.store.tables.channel_scan_tables import channel_file
from cpsa.store.tables.submission_tables import submission

Q1, Q2 = "2025-26-Q1", "2025-26-Q2"
# Files of these tests are written by the clock of this machine.
NOW = datetime.now(UTC) + timedelta(days=1)
AGENCIES = [f"IA-{number:02}" for number in range(8)]
ENTRIES = "agency,quarter,kind,text\n"


def load_agencies(office: AppContext, folder: Path) -> None:
    RegistryFolder(agencies=dict.fromkeys(AGENCIES, Q1)).load(office, folder, NOW)


@pytest.fixture(autouse=True)
def registry(office: AppContext, tmp_path: Path) -> None:
    load_agencies(office, tmp_path / "registry")


@pytest.fixture
def other(sqlite_template: Path, tmp_path: Path) -> Iterator[AppContext]:
    """A second office with the same inbox and registry, which records one file at a time."""
    store = tmp_path / "other.db"
    shutil.copy(sqlite_template, store)
    variables = {"CPSA_HOME": str(tmp_path / "other"), "CPSA_DATABASE_URL": f"sqlite:///{store}"}
    variables["CPSA_INBOX"] = str(tmp_path / "home" / "inbox")
    opened = AppContext.from_settings(from_environment(variables))
    load_agencies(opened, tmp_path / "registry")
    yield opened
    opened.engine.dispose()


def lay(office: AppContext, path: str, content: bytes) -> Path:
    file = Path(office.settings.inbox) / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


def lay_updates(office: AppContext) -> None:
    for number, agency in enumerate(AGENCIES):
        lay(office, f"{Q1}/{agency}.csv", update(agency, Q1, {"A1": number}))


def lay_all_kinds(office: AppContext) -> None:
    """Updates, a second version and a copy in the same scan, and what is refused or no update."""
    lay_updates(office)
    lay(office, f"{Q1}/IA-03.txt", update("IA-03", Q1, {"A1": 33}))
    lay(office, f"desk/{Q1}/IA-04.csv", update("IA-04", Q1, {"A1": 4}))
    lay(office, f"{Q1}/IA-NOBODY.csv", update("IA-00", Q1))
    lay(office, f"{Q1}/empty.csv", b"")
    lay(office, f"{Q1}/IA-05.entries.csv", ENTRIES.encode())
    lay(office, "misc/IA-06.csv", update("IA-06", Q1))
    lay(office, f"{Q2}/IA-06.csv", update("IA-06", Q1))
    lay(office, "2025-26-H1/BANKS.atr.xlsx", b"none")


def list_rows(office: AppContext) -> list[list[tuple[object, ...]]]:
    """The rows of arrivals, submissions and files of the scan, in their order."""
    with read_transaction(office.engine) as connection:
        return [
            [
                tuple(row)
                for row in connection.execute(
                    select(*(column for column in table.c if column.name != "id")).order_by(
                        table.c.id
                    )
                )
            ]
            for table in (arrival, submission, channel_file)
        ]


def compute_digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def outcomes(collected: CollectSummary) -> list[tuple[str, str]]:
    return [(item.outcome, item.reason) for item in collected.items]


@pytest.mark.parametrize("size", [2, 3, 250])
def test_a_batch_records_what_one_by_one_records(
    office: AppContext, other: AppContext, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    def collect(there: AppContext, number: int, now: datetime) -> CollectSummary:
        monkeypatch.setattr(FolderChannel, "batch_size", number)
        return collect_inbox(there, now)

    def require_same(now: datetime) -> CollectSummary:
        own = collect(office, size, now)
        assert own == collect(other, 1, now)
        assert list_rows(office) == list_rows(other)
        return own

    lay_all_kinds(office)
    first = require_same(NOW)
    assert {outcome for outcome, _ in outcomes(first)} >= {"new", "repeat", "refused"}
    assert [row[2] for row in list_rows(office)[1] if row[0] == "IA-03"] == [1, 2]
    assert set(outcomes(require_same(NOW + timedelta(hours=1)))) >= {("repeat", "")}
    for there in (office, other):
        check_updates(there, NOW + timedelta(hours=2))
    lay(office, f"{Q1}/IA-00.csv", update("IA-00", Q1, {"A1": 9}))
    lay(office, f"{Q1}/IA-NOBODY.csv", update("IA-00", Q1, {"A1": 7}))
    require_same(NOW + timedelta(hours=3))
    lay(office, f"{Q1}/IA-00.csv", update("IA-00", Q1, {"A1": 0}))
    require_same(NOW + timedelta(hours=4))
    assert [row[2] for row in list_rows(office)[1] if row[0] == "IA-00"] == [1, 2, 3]


def test_a_row_that_the_database_refuses_costs_no_other(
    office: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = submission_queries.add_submissions

    def refuses(connection, rows) -> None:
        add(connection, rows)
        if any(row["agency"] == "IA-03" for row in rows):
            raise IntegrityError("", {}, Exception("refused"))

    lay_updates(office)
    with monkeypatch.context() as broken:
        broken.setattr(import_update.submission_queries, "add_submissions", refuses)
        found = outcomes(collect_inbox(office, NOW))
    assert found == [("refused", "channels.defect") if n == 3 else ("new", "") for n in range(8)]
    assert [row[0] for row in list_rows(office)[1]] == [a for a in AGENCIES if a != "IA-03"]
    assert outcomes(collect_inbox(office, NOW))[3] == ("new", "")


def test_a_name_that_is_no_text_is_refused_and_costs_no_other(office: AppContext) -> None:
    lay_updates(office)
    folder = os.fsencode(Path(office.settings.inbox) / Q1)
    Path(os.fsdecode(folder + b"/IA-01\xff.csv")).write_bytes(update("IA-01", Q1))
    for outcome in ("new", "repeat"):
        found = outcomes(collect_inbox(office, NOW))
        assert found.count((outcome, "")) == 8
        assert ("refused", "collect.no_such_agency") in found
    (refused,) = [row for row in list_rows(office)[0] if "refused" in row]
    assert refused[1].endswith(r"/IA-01\xff.csv")


def test_what_the_disk_cannot_hold_is_tried_again_and_the_others_are_new(
    office: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = AppContext.store_received_bytes

    def full(self, content: bytes, sha256: str) -> None:
        if b"IA-02" in content:
            raise OSError(28, "No space left on device")
        keep(self, content, sha256)

    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    lay_updates(office)
    with monkeypatch.context() as filled:
        filled.setattr(AppContext, "store_received_bytes", full)
        filled.setattr(app_context, "write_files_together", fails)
        with pytest.raises(RequestError) as raised:
            collect_inbox(office, NOW)
    assert raised.value.key == "channels.not_kept"
    assert len(list_rows(office)[1]) == 7
    found = outcomes(collect_inbox(office, NOW))
    assert found == [("new" if n == 2 else "repeat", "") for n in range(8)]


def test_files_that_would_fill_the_memory_are_recorded_before_the_batch_is_full(
    office: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = []
    record = import_batch.import_files

    def count_files(context, files, now):
        sizes.append(len(files))
        return record(context, files, now)

    lay_updates(office)
    monkeypatch.setattr(import_batch, "import_files", count_files)
    monkeypatch.setattr(import_batch, "MAX_BYTES", 2 * len(update("IA-00", Q1, {"A1": 0})))
    assert outcomes(collect_inbox(office, NOW)) == [("new", "")] * 8
    assert sizes == [3, 3, 2]


def test_a_folder_that_was_moved_brings_nothing_new(office: AppContext, tmp_path: Path) -> None:
    lay_updates(office)
    collect_inbox(office, NOW)
    moved = tmp_path / "moved"
    Path(office.settings.inbox).rename(moved)
    away = replace(office, settings=replace(office.settings, inbox=str(moved)))
    assert {outcome for outcome, _ in outcomes(collect_inbox(away, NOW))} == {"repeat"}


def test_all_bytes_of_a_batch_are_kept_and_what_a_killed_process_left_goes(
    office: AppContext,
) -> None:
    lay_updates(office)
    content = update("IA-00", Q1, {"A1": 0})
    office.store_received_bytes(content, digest := compute_digest(content))
    kept = office.received_path(digest)
    kept.write_bytes(b"x" * len(content))
    left = kept.with_name(f".{digest}.4711.part")
    left.write_bytes(content[:5])
    collect_inbox(office, NOW)
    for row in list_rows(office)[0]:
        assert compute_digest(office.read_received_bytes(str(row[2]))) == row[2]
    assert not left.exists()
    assert not list(office.settings.received.rglob("*.part"))
