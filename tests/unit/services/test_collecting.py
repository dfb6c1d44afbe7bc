"""Importing: every byte kept, versions counted, nothing judged, one bad file no harm to others."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import text
from tests.factories import RegistryFolder, day_after_quarter, put, update

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.services.app_context import AppContext
from cpsa.services.collection.collect_inbox import collect_inbox
from cpsa.services.collection.collect_updates import collect_updates
from cpsa.services.collection.load_entries import load_entries
from cpsa.services.examination.check_file import check_file
from cpsa.services.quarter.check_updates import check_updates
from cpsa.services.quarter.close_quarter import close_quarter
from cpsa.services.reports.list_findings import list_findings
from cpsa.services.reports.list_obligations import list_obligations
from cpsa.services.reports.list_reporting import list_reporting
from cpsa.services.reports.list_scores import list_scores

Q1, Q2 = "2025-26-Q1", "2025-26-Q2"
NOW = day_after_quarter(Q2)


@pytest.fixture(autouse=True)
def registry(office: AppContext, tmp_path: Path) -> None:
    made = RegistryFolder(agencies={"IA-A": Q1, "FC-B": Q1, "IA-LATE": Q2})
    made.load(office, tmp_path / "registry", day_after_quarter(Q1))


def outcomes(collected) -> list[tuple[str, str, str, int]]:
    return [(one.outcome, one.agency, one.quarter, one.version) for one in collected.items]


def submissions(office: AppContext) -> list[tuple]:
    with office.engine.connect() as connection:
        query = "SELECT agency, quarter, version FROM submission ORDER BY agency, quarter, version"
        return [tuple(row) for row in connection.execute(text(query))]


def test_a_folder_is_taken_in_quarter_by_quarter(office: AppContext, tmp_path: Path) -> None:
    for agency, quarter in (("FC-B", Q2), ("IA-A", Q1), ("IA-A", Q2)):
        put(tmp_path / "in", agency, quarter, update(agency, quarter))
    collected = collect_updates(office, tmp_path / "in", NOW)
    assert outcomes(collected) == [
        ("new", "IA-A", Q1, 1),
        ("new", "FC-B", Q2, 1),
        ("new", "IA-A", Q2, 1),
    ]
    assert collected.quarters == (Q1, Q2)


def test_every_byte_is_kept_under_its_digest(office: AppContext, tmp_path: Path) -> None:
    content = update("IA-A", Q1, {"A1": "१२ approx"})
    collect_updates(office, put(tmp_path / "in", "IA-A", Q1, content), NOW)
    assert office.read_received_bytes(hashlib.sha256(content).hexdigest()) == content


def test_the_newest_bytes_again_are_no_new_version_and_older_ones_are(
    office: AppContext, tmp_path: Path
) -> None:
    first, second = update("IA-A", Q1, {"A1": 1}), update("IA-A", Q1, {"A1": 2})
    for content, outcome, version in (
        (first, "new", 1),
        (first, "repeat", 1),
        (second, "new", 2),
        (first, "new", 3),
        (first, "repeat", 3),
    ):
        file = put(tmp_path / "in", "IA-A", Q1, content)
        assert outcomes(collect_updates(office, file, NOW)) == [(outcome, "IA-A", Q1, version)]
    assert submissions(office) == [("IA-A", Q1, number) for number in (1, 2, 3)]


def test_the_same_bytes_for_another_quarter_are_another_file(office: AppContext, tmp_path) -> None:
    content = update("IA-A", Q1)
    collect_updates(office, put(tmp_path / "in", "IA-A", Q1, content), NOW)
    collect_updates(office, put(tmp_path / "in", "IA-A", Q2, content), NOW)
    assert submissions(office) == [("IA-A", Q1, 1), ("IA-A", Q2, 1)]


def test_a_path_that_is_not_there_is_told(office: AppContext, tmp_path: Path) -> None:
    with pytest.raises(RequestError) as refused:
        collect_updates(office, tmp_path / "none", NOW)
    assert refused.value.key == "collect.no_path"


def test_a_single_file_in_no_quarters_folder_is_told(office: AppContext, tmp_path: Path) -> None:
    file = tmp_path / "IA-A.csv"
    file.write_bytes(update("IA-A", Q1))
    with pytest.raises(RequestError) as refused:
        collect_updates(office, file, NOW)
    assert refused.value.key == "collect.misplaced"
    assert submissions(office) == []


@pytest.mark.parametrize("folder", ["2025-26-Q5", "2025-26", "misc", "2010-11-Q1", "2025-26-Q1/x"])
def test_one_misplaced_file_in_a_folder_does_not_hold_up_the_others(
    office: AppContext, tmp_path: Path, folder: str
) -> None:
    put(tmp_path / "in", "IA-A", folder, update("IA-A", Q1))
    put(tmp_path / "in", "IA-A", Q1, update("IA-A", Q1))
    collected = collect_updates(office, tmp_path / "in", NOW)
    assert sorted(one.outcome for one in collected.items) == ["new", "refused"]
    (refused,) = [one for one in collected.items if one.outcome == "refused"]
    assert folder.split("/")[0] in refused.problem
    assert submissions(office) == [("IA-A", Q1, 1)]
    # And it leaves nothing behind on which a later check would stumble.
    assert check_updates(office, NOW).count("accepted") == 1


def test_hidden_and_half_written_files_are_left_alone(office: AppContext, tmp_path: Path) -> None:
    for name in (".IA-A.csv", "~$IA-A.csv", "IA-A.csv.part"):
        file = tmp_path / "in" / Q1 / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x")
    assert collect_updates(office, tmp_path / "in", NOW).items == ()


def test_the_agency_is_known_in_any_case_of_the_file_name(
    office: AppContext, tmp_path: Path
) -> None:
    file = tmp_path / "in" / Q1 / "ia-a.CSV"
    file.parent.mkdir(parents=True)
    file.write_bytes(update("IA-A", Q1))
    assert outcomes(collect_updates(office, file, NOW)) == [("new", "IA-A", Q1, 1)]
    assert check_updates(office, NOW).count("accepted") == 1
    examined = check_file(office, "ia-a", Quarter.parse(Q1), file.read_bytes(), file.name)
    assert examined.state == "accepted"


@pytest.mark.parametrize(
    ("content", "state"),
    [
        (b"", "unreadable"),
        (b"\n,,\n", "unreadable"),
        (os.urandom(0) + bytes(range(256)) * 20, "unreadable"),
        (b"PK\x03\x04" + b"\0" * 50, "unreadable"),
        (update("FC-B", Q1), "rejected"),
        (update("IA-A", Q2), "rejected"),
        (update("IA-A", Q1, {"A1": "many"}), "returned"),
        (update("IA-A", Q1), "accepted"),
    ],
)
def test_whatever_comes_is_kept_and_gets_a_state(office, tmp_path, content, state) -> None:
    file = put(tmp_path / "in", "IA-A", Q1, content)
    assert outcomes(collect_updates(office, file, NOW)) == [("new", "IA-A", Q1, 1)]
    (judged,) = check_updates(office, NOW).judgements
    assert (judged.agency, judged.state) == ("IA-A", state)
    assert check_updates(office, NOW).judgements == (), "it is not looked at again"


def test_a_file_from_an_agency_that_is_not_active_is_refused_with_s06(office, tmp_path) -> None:
    agency = "IA-LATE"
    collect_updates(office, put(tmp_path / "in", agency, Q1, update(agency, Q1)), NOW)
    assert check_updates(office, NOW).count("rejected") == 1
    assert list(list_findings(office)["rule"]) == ["S06"]
    close_quarter(office, Quarter.parse(Q1), NOW)
    assert agency not in set(list_scores(office)["agency"])


def test_the_inbox_takes_the_files_own_time(office: AppContext) -> None:
    file = put(Path(office.settings.inbox), "IA-A", Q1, update("IA-A", Q1))
    late = Quarter.parse(Q1).due_by + timedelta(hours=1)
    os.utime(file, (late.timestamp(), late.timestamp()))
    collect_inbox(office, late + timedelta(days=5))
    close_quarter(office, Quarter.parse(Q1), Quarter.parse(Q1).closes_at)
    reporting = list_reporting(office).set_index("form")
    assert (reporting.loc["IA", "received"], reporting.loc["IA", "on_time"]) == (1, 0)
    (row,) = (
        pd.DataFrame(list_obligations(office, Quarter.parse(Q1)))
        .query("agency == 'IA-A'")
        .itertuples()
    )
    assert (row.state, row.late) == ("accepted", "late")


def test_an_inbox_file_from_the_future_was_received_now(office: AppContext) -> None:
    file = put(Path(office.settings.inbox), "IA-A", Q1, update("IA-A", Q1))
    os.utime(file, (4_000_000_000, 4_000_000_000))
    now = datetime(2025, 7, 5, tzinfo=UTC)
    collect_inbox(office, now)
    with office.engine.connect() as connection:
        received = connection.execute(text("SELECT received_at FROM submission")).scalar_one()
    assert received == "2025-07-05T00:00:00.000000Z"


def test_an_empty_inbox_is_made_and_empty(office: AppContext) -> None:
    assert collect_inbox(office, NOW).items == ()
    assert Path(office.settings.inbox).is_dir()


def test_received_at_is_kept_as_it_is_told(office: AppContext, tmp_path: Path) -> None:
    told = Quarter.parse(Q1).due_by - timedelta(seconds=1)
    file = put(tmp_path / "in", "IA-A", Q1, update("IA-A", Q1))
    collect_updates(office, file, NOW, received_at=told)
    close_quarter(office, Quarter.parse(Q1), NOW)
    assert list_reporting(office).set_index("form").loc["IA", "on_time"] == 1


# Entries


ENTRIES = (
    "agency,quarter,kind,theme,department,text,request,urgency,scheme,amount,people\n"
    f"IA-A,{Q1},success,,,It went well.,,,,,\n"
)


def entries(office: AppContext, quarter: str = Q1) -> list[str]:
    from cpsa.store.database import read_transaction
    from cpsa.store.queries import entry_queries

    with read_transaction(office.engine) as connection:
        return list(entry_queries.load_entries(connection, quarter)["text"])


def test_entries_lie_beside_the_update(office: AppContext, tmp_path: Path) -> None:
    put(tmp_path / "in", "IA-A", Q1, update("IA-A", Q1))
    put(tmp_path / "in", "IA-A.entries", Q1, ENTRIES.encode())
    collected = collect_updates(office, tmp_path / "in", NOW)
    assert sorted(one.outcome for one in collected.items) == ["entries", "new"]
    assert entries(office) == ["It went well."]
    again = collect_updates(office, tmp_path / "in", NOW)
    assert [one.outcome for one in again.items] == ["repeat", "repeat"]
    assert entries(office) == ["It went well."]


def test_a_later_load_takes_the_place_of_an_agencys_entries(office: AppContext, tmp_path) -> None:
    file = tmp_path / "entries.csv"
    file.write_text(ENTRIES, "utf-8")
    load_entries(office, file, NOW)
    file.write_text(ENTRIES.replace("well", "better"), "utf-8")
    load_entries(office, file, NOW)
    assert entries(office) == ["It went better."]


def test_good_entries_are_kept_and_bad_ones_told(office: AppContext, tmp_path: Path) -> None:
    file = tmp_path / "entries.csv"
    bad = f"IA-NOBODY,{Q1},success,,,x,,,,,\nIA-A,{Q1},rumour,,,y,,,,,\n"
    file.write_text(ENTRIES + bad, "utf-8")
    (item,) = load_entries(office, file, NOW).items
    assert item.outcome == "entries"
    assert "IA-NOBODY" in item.problem
    assert "rumour" in item.problem
    assert entries(office) == ["It went well."]


@pytest.mark.parametrize("content", [b"", b"\xff", b"agency,quarter\n"])
def test_a_file_of_no_entries_changes_nothing(office: AppContext, tmp_path: Path, content) -> None:
    file = tmp_path / "entries.csv"
    file.write_bytes(content)
    (item,) = load_entries(office, file, NOW).items
    assert (item.outcome, bool(item.problem)) == ("refused", True)
    assert entries(office) == []


def test_entries_that_are_not_there_are_told(office: AppContext, tmp_path: Path) -> None:
    with pytest.raises(RequestError):
        load_entries(office, tmp_path / "none.csv", NOW)
