"""The inbox on any file system: every change is seen, nothing unchanged is read again."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import fsspec
import pytest
from tests.factories import RegistryFolder, update

from cpsa.errors import RequestError
from cpsa.intake.channels.folder import InboxFolder
from cpsa.services.app_context import AppContext
from cpsa.services.collection import inbox_digests
from cpsa.services.collection.collect_inbox import collect_inbox
from cpsa.services.collection.import_update import list_unchecked_quarters
from cpsa.services.reports.list_arrivals import list_arrivals

Q1 = "2025-26-Q1"
# Files of these tests are written by the clock of this machine.
NOW = datetime.now(UTC) + timedelta(days=1)
CONTENT, OTHER = update("IA-A", Q1, {"A1": 1}), update("IA-A", Q1, {"A1": 2})


@pytest.fixture(autouse=True)
def registry(office: AppContext, tmp_path: Path) -> None:
    made = RegistryFolder(agencies={"IA-A": Q1, "FC-B": Q1})
    made.load(office, tmp_path / "registry", NOW)


@pytest.fixture(params=["local", "memory"])
def there(request: pytest.FixtureRequest, office: AppContext) -> Iterator[AppContext]:
    """An office whose inbox lies on this disk, or where only fsspec finds it."""
    if request.param == "local":
        yield office
        return
    fsspec.filesystem("memory").store.clear()
    yield replace(office, settings=replace(office.settings, inbox="memory://bucket/inbox"))


@pytest.fixture
def read_again(monkeypatch) -> list[str]:
    """The names of files whose bytes were fetched."""
    seen: list[str] = []
    read = InboxFolder.read_file
    monkeypatch.setattr(
        InboxFolder, "read_file", lambda self, file: seen.append(file.name) or read(self, file)
    )
    return seen


def lay(office: AppContext, path: str, content: bytes) -> None:
    with fsspec.open(f"{office.settings.inbox}/{path}", "wb", auto_mkdir=True) as stream:
        stream.write(content)


def outcomes(collected) -> list[tuple[str, str, int]]:
    return [(one.outcome, one.agency, one.version) for one in collected.items]


def test_a_file_is_taken_in_once_and_then_not_even_read(there: AppContext, read_again) -> None:
    lay(there, f"{Q1}/IA-A.csv", CONTENT)
    lay(there, f"{Q1}/fc-b.csv", update("FC-B", Q1))
    assert outcomes(collect_inbox(there, NOW)) == [("new", "IA-A", 1), ("new", "FC-B", 1)]
    assert read_again == ["IA-A.csv", "fc-b.csv"]
    again = collect_inbox(there, NOW)
    assert outcomes(again) == [("repeat", "IA-A", 1), ("repeat", "FC-B", 1)]
    assert len(read_again) == 2
    assert there.read_received_bytes(list_arrivals(there)["sha256"][0]) == CONTENT


def test_other_bytes_of_the_same_size_are_the_next_version(there: AppContext) -> None:
    assert len(CONTENT) == len(OTHER)
    for version, content in ((1, CONTENT), (2, OTHER)):
        lay(there, f"{Q1}/IA-A.csv", content)
        assert outcomes(collect_inbox(there, NOW)) == [("new", "IA-A", version)]


def test_even_where_the_hour_of_writing_was_put_back(office: AppContext) -> None:
    file = Path(office.settings.inbox) / Q1 / "IA-A.csv"
    for version, content in ((1, CONTENT), (2, OTHER)):
        lay(office, f"{Q1}/IA-A.csv", content)
        os.utime(file, (1_750_000_000, 1_750_000_000))
        assert outcomes(collect_inbox(office, NOW)) == [("new", "IA-A", version)]


def test_what_was_written_just_now_is_read_again(office: AppContext, read_again) -> None:
    """Within one tick of the clock it could be written twice, and look the same."""
    lay(office, f"{Q1}/IA-A.csv", CONTENT)
    for _ in range(2):
        collect_inbox(office, datetime.now(UTC))
    assert read_again == ["IA-A.csv"] * 2


def test_the_note_of_what_was_read_may_be_lost_or_spoilt(there: AppContext, read_again) -> None:
    lay(there, f"{Q1}/IA-A.csv", CONTENT)
    collect_inbox(there, NOW)
    note = there.settings.home / inbox_digests.DIGESTS_FILE
    for spoilt in (b"", b"[]", b"\xff", b'{"x": 1}', None):
        note.write_bytes(spoilt) if spoilt is not None else note.unlink()
        assert outcomes(collect_inbox(there, NOW)) == [("repeat", "IA-A", 1)]
    assert len(read_again) == 6


def test_another_store_gets_everything(there: AppContext, read_again) -> None:
    """The note says what files hold, not what was imported."""
    lay(there, f"{Q1}/IA-A.csv", CONTENT)
    collect_inbox(there, NOW)
    with there.engine.begin() as connection:
        for table in ("arrival", "submission"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    assert outcomes(collect_inbox(there, NOW)) == [("new", "IA-A", 1)]
    assert len(read_again) == 2


def test_files_that_are_gone_are_forgotten(office: AppContext) -> None:
    lay(office, f"{Q1}/IA-A.csv", CONTENT)
    collect_inbox(office, NOW)
    (Path(office.settings.inbox) / Q1 / "IA-A.csv").unlink()
    collect_inbox(office, NOW)
    assert (office.settings.home / inbox_digests.DIGESTS_FILE).read_bytes() == b"{}"


def test_what_is_refused_is_kept_told_and_tried_again(there: AppContext) -> None:
    for path in ("misc/IA-A.csv", "2010-11-Q1/IA-A.csv"):
        lay(there, path, CONTENT)
    lay(there, f"{Q1}/IA-A.entries.csv", b"no,entries\n")
    for _ in range(2):
        collected = collect_inbox(there, NOW)
        assert [one.outcome for one in collected.items] == ["refused"] * 3
    listed = list_arrivals(there)
    assert list(listed["reason"]) == [
        "framework.none_holds",
        "entries.no_column",
        "collect.misplaced",
    ]
    assert all(listed["problem_en"]) and all(listed["problem_hi"])
    assert [there.read_received_bytes(one) for one in listed["sha256"]][::2] == [CONTENT] * 2
    assert list_unchecked_quarters(there) == ()


def test_entries_are_taken_in_from_any_folder(there: AppContext) -> None:
    entries = (
        "agency,quarter,kind,theme,department,text,request,urgency,scheme,amount,people\n"
        f"IA-A,{Q1},success,,,It went well.,,,,,\nIA-X,{Q1},success,,,Who?,,,,,\n"
    )
    lay(there, f"{Q1}/IA-A.entries.csv", entries.encode())
    (item,) = collect_inbox(there, NOW).items
    assert (item.outcome, item.reason) == ("entries", "entries.bad_agency")
    (row,) = list_arrivals(there).itertuples()
    assert "IA-X" in row.problem_en
    assert [one.outcome for one in collect_inbox(there, NOW).items] == ["repeat"]


def test_a_file_that_cannot_be_read_holds_up_nobody(there: AppContext, monkeypatch) -> None:
    lay(there, f"{Q1}/FC-B.csv", update("FC-B", Q1))
    lay(there, f"{Q1}/IA-A.csv", CONTENT)
    cat_file = type(InboxFolder(there.settings.inbox)._files).cat_file

    def torn(self, path: str, **given: object) -> bytes:
        if path.endswith("FC-B.csv"):
            raise ConnectionResetError("https://bucket?key=SECRET")
        return cat_file(self, path, **given)

    with monkeypatch.context() as away:
        away.setattr(type(InboxFolder(there.settings.inbox)._files), "cat_file", torn)
        collected = collect_inbox(there, NOW)
    assert outcomes(collected) == [("refused", "", 0), ("new", "IA-A", 1)]
    assert "SECRET" not in collected.items[0].problem
    assert outcomes(collect_inbox(there, NOW))[0] == ("new", "FC-B", 1)


def test_a_folder_out_of_reach_is_one_clear_line(office: AppContext) -> None:
    away = replace(office, settings=replace(office.settings, inbox="nonsense://bucket/inbox"))
    with pytest.raises(RequestError) as refused:
        collect_inbox(away, NOW)
    assert refused.value.key == "channels.no_file_system"
