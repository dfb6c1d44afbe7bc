"""Arrivals, not bytes, decide what is a new version: on a folder, a mailbox and the portal."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from tests.factories import RegistryFolder, update
from tests.stores import empty_postgresql
from tests.unit.intake.channels.mails import mail
from tests.unit.services.test_mailbox import csv_part

from cpsa.calendar import Quarter
from cpsa.intake.arrival import Arrival
from cpsa.services.app_context import AppContext
from cpsa.services.collection.collect_inbox import collect_inbox
from cpsa.services.collection.collect_mailbox import collect_mailbox
from cpsa.services.collection.import_update import import_update
from cpsa.services.collection.import_upload import import_upload
from cpsa.services.quarter.agency_quarter import load_agency_quarter
from cpsa.services.quarter.check_updates import check_updates
from cpsa.services.quarter.load_registry import load_registry
from cpsa.services.reports.list_arrivals import list_arrivals
from cpsa.settings import MailTrust
from cpsa.store.database import read_transaction
from cpsa.store.queries import entry_queries, submission_queries
from cpsa.store.queries.entry_queries import WorkbookEntries

Q1, Q2 = "2025-26-Q1", "2025-26-Q2"
# Files of these tests are written by the clock of this machine.
NOW = datetime.now(UTC) + timedelta(days=1)
A, B = update("IA-A", Q1, {"A1": 4, "A2": 4}), update("IA-A", Q1, {"A1": 7, "A2": 7})
UNREADABLE = b"\x00\x01\x02 no update"


@pytest.fixture(autouse=True)
def registry(office: AppContext, tmp_path: Path) -> None:
    made = RegistryFolder(agencies={"IA-A": Q1, "FC-B": Q1})
    made.load(office, tmp_path / "registry", NOW)


Way = Callable[[bytes], tuple[str, int]]
"""Hands in a file by a channel; its outcome, and its version."""


@pytest.fixture(params=["folder", "mail", "portal"])
def way(request: pytest.FixtureRequest, office: AppContext) -> Way:
    if request.param == "mail":
        server = request.getfixturevalue("mail_server")
        mailed = replace(
            office,
            settings=replace(office.settings, imap_url=server.url(), mail_trust=MailTrust.OPEN),
        )
        numbers = iter(range(1, 1000))

        def by_mail(content: bytes) -> tuple[str, int]:
            sent = mail(
                csv_part(content, f"IA-A_{Q1}.csv"),
                sender="ia-a@example.org",
                message_id=f"<{next(numbers)}@office.example.org>",
            )
            server.put(sent, at=datetime.now(UTC))
            (item,) = collect_mailbox(mailed, NOW).items
            return item.outcome, item.version

        return by_mail
    if request.param == "portal":
        keys = iter(range(1, 1000))

        def by_portal(content: bytes) -> tuple[str, int]:
            quarter = Quarter.parse(Q1)
            name, key = "IA-A.csv", str(next(keys))
            item = import_upload(office, "IA-A", quarter, name, content, key, NOW)
            return item.outcome, item.version

        return by_portal

    def by_folder(content: bytes) -> tuple[str, int]:
        lay(office, "IA-A.csv", content)
        (item,) = collect_inbox(office, NOW).items
        return item.outcome, item.version

    return by_folder


def lay(office: AppContext, name: str, content: bytes) -> Path:
    file = Path(office.settings.inbox) / Q1 / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


def versions(office: AppContext) -> list[tuple[int, bytes]]:
    query = "SELECT version, sha256 FROM submission WHERE agency = 'IA-A' ORDER BY version"
    with office.engine.connect() as connection:
        rows = connection.execute(text(query)).all()
    return [(version, office.read_received_bytes(sha256)) for version, sha256 in rows]


def figure(office: AppContext) -> int:
    """A1 of the newest accepted version, in hundredths."""
    query = (
        "SELECT hundredths FROM fact WHERE agency = 'IA-A' AND indicator = 'A1' "
        "AND dimension IN ('', 'total') ORDER BY submission_id DESC LIMIT 1"
    )
    with office.engine.connect() as connection:
        return connection.execute(text(query)).scalar_one()


def test_a_file_another_by_mistake_and_the_first_again(way: Way, office: AppContext) -> None:
    """Row 3: the last that was sent counts, with its figures, and each version is judged."""
    assert way(A) == ("new", 1)
    assert way(B) == ("new", 2)
    check_updates(office, NOW)
    assert way(A) == ("new", 3)
    checked = check_updates(office, NOW)
    assert [(one.version, one.state) for one in checked.judgements] == [(3, "accepted")]
    assert versions(office) == [(1, A), (2, B), (3, A)]
    assert figure(office) == 400
    account = load_agency_quarter(office, "IA-A", Quarter.parse(Q1))
    assert [one.version for one in account.submissions] == [1, 2, 3]
    receipts = [one.receipt for one in account.submissions]
    assert len(set(receipts)) == 3, "two versions of the same bytes have receipts of their own"


def test_the_newest_bytes_again_are_a_repeat(way: Way, office: AppContext) -> None:
    assert way(A) == ("new", 1)
    check_updates(office, NOW)
    assert way(A) == ("repeat", 1)
    assert way(A) == ("repeat", 1)
    assert versions(office) == [(1, A)]


@pytest.mark.parametrize("way", ["mail", "portal"], indirect=True)
@pytest.mark.parametrize(
    ("content", "state"),
    [(UNREADABLE, "unreadable"), (update("FC-B", Q1, form="FC"), "rejected")],
    ids=["unreadable", "rejected"],
)
def test_after_an_unreadable_or_rejected_version_the_same_bytes_are_read_again(
    way: Way, office: AppContext, content: bytes, state: str
) -> None:
    assert way(content) == ("new", 1)
    assert check_updates(office, NOW).judgements[0].state == state
    assert way(content) == ("new", 2)
    assert [one.version for one in check_updates(office, NOW).judgements] == [2]


def test_the_same_bytes_renamed_as_a_letter_advised_are_read_again(office: AppContext) -> None:
    """Row 4, second half: on a folder another name is another arrival."""
    lay(office, "IA-A.xls", UNREADABLE)
    assert [one.version for one in collect_inbox(office, NOW).items] == [1]
    assert check_updates(office, NOW).judgements[0].state == "unreadable"
    lay(office, "IA-A.csv", UNREADABLE)
    found = {one.path[-4:]: (one.outcome, one.version) for one in collect_inbox(office, NOW).items}
    assert found == {".csv": ("new", 2), ".xls": ("repeat", 1)}


def test_an_inbox_scanned_ten_times_also_after_all_was_touched_gives_two_versions(
    office: AppContext,
) -> None:
    files = [lay(office, "IA-A.csv", A), lay(office, "ia-a.CSV", B)]
    for number in range(10):
        for file in files:
            stamp = NOW.timestamp() - 86_400 + number * 60
            os.utime(file, (stamp, stamp))
        (office.settings.home / "inbox-digests.json").unlink(missing_ok=True)
        collect_inbox(office, NOW)
        check_updates(office, NOW)
    assert len(versions(office)) == 2
    assert list(list_arrivals(office)["outcome"]) == ["new", "new"]


def test_an_inbox_that_was_moved_brings_nothing_new(office: AppContext, tmp_path: Path) -> None:
    """Also what was unreadable, and would be read again where it was sent again."""
    first = lay(office, "IA-A.csv", UNREADABLE)
    collect_inbox(office, NOW)
    check_updates(office, NOW)
    lay(office, "ia-a.CSV", B)
    collect_inbox(office, NOW)
    moved = tmp_path / "moved"
    shutil.copytree(first.parents[1], moved)
    elsewhere = replace(office, settings=replace(office.settings, inbox=str(moved)))
    for _ in range(2):
        collect_inbox(elsewhere, NOW)
        check_updates(elsewhere, NOW)
    assert len(versions(office)) == 2
    assert list(list_arrivals(office)["outcome"]) == ["new", "new", "repeat", "repeat"]


def test_the_same_mail_seen_again_is_nothing_new(office: AppContext, mail_server) -> None:
    """Moved back by a person, after another version came in between."""
    mailed = replace(
        office,
        settings=replace(office.settings, imap_url=mail_server.url(), mail_trust=MailTrust.OPEN),
    )
    first, second = (
        mail(
            csv_part(content, f"IA-A_{Q1}.csv"),
            sender="ia-a@example.org",
            message_id=f"<{number}@office.example.org>",
        )
        for number, content in ((1, A), (2, B))
    )
    outcomes = []
    for sent in (first, second, first, second, first):
        mail_server.put(sent, at=datetime.now(UTC))
        outcomes += [one.outcome for one in collect_mailbox(mailed, NOW).items]
    assert outcomes == ["new", "new", "repeat", "repeat", "repeat"]
    assert versions(office) == [(1, A), (2, B)]


def test_the_same_upload_seen_again_is_nothing_new(office: AppContext) -> None:
    quarter = Quarter.parse(Q1)
    sent = [("one", A), ("two", B), ("one", A), ("two", B)]
    outcomes = [
        import_upload(office, "IA-A", quarter, "IA-A.csv", content, key, NOW).outcome
        for key, content in sent
    ]
    assert outcomes == ["new", "new", "repeat", "repeat"]


def test_one_mail_that_brings_the_same_bytes_for_two_agencies_is_two_updates(
    office: AppContext, mail_server, tmp_path: Path
) -> None:
    folder = RegistryFolder(agencies={"IA-A": Q1, "IA-B": Q1}).write(tmp_path / "shared")
    register = (folder / "agencies.csv").read_text("utf-8")
    shared = register.replace("ia-b@example.org", "ia-a@example.org")
    (folder / "agencies.csv").write_text(shared, "utf-8")
    load_registry(office, folder, NOW, confirmed=True)
    mailed = replace(
        office,
        settings=replace(office.settings, imap_url=mail_server.url(), mail_trust=MailTrust.OPEN),
    )
    for expected in (["new", "new"], ["repeat", "repeat"]):
        mail_server.put(
            mail(
                csv_part(A, f"IA-A_{Q1}.csv"),
                csv_part(A, f"IA-B_{Q1}.csv"),
                sender="ia-a@example.org",
            ),
            at=datetime.now(UTC),
        )
        assert [one.outcome for one in collect_mailbox(mailed, NOW).items] == expected
    assert len(list_arrivals(office)) == 2


@settings(max_examples=25)
@given(
    st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from("123"), st.booleans()), max_size=12)
)
def test_whatever_comes_in_whatever_order_the_versions_are_those_of_the_arrivals(
    office: AppContext, database_url: str, tmp_path_factory, arrived: list[tuple[str, str, bool]]
) -> None:
    """An independent count: of each key the bytes last seen there, then the newest version's."""
    _start_again(office, tmp_path_factory.mktemp("registry"))
    contents = {letter: update("IA-A", Q1, {"A1": number}) for number, letter in enumerate("ABC")}
    expected: list[str] = []
    seen: dict[str, str] = {}
    uploads: set[tuple[str, str]] = set()
    for letter, place, is_folder in arrived:
        channel = "folder" if is_folder else "mail"
        arrival = Arrival(channel, place, "IA-A.csv", contents[letter], "IA-A", Q1, NOW)
        item = import_update(office, arrival, NOW)
        is_known = seen.get(place) == letter if is_folder else (place, letter) in uploads
        if is_folder:
            seen[place] = letter
        else:
            uploads.add((place, letter))
        if is_known or (expected and expected[-1] == letter):
            assert item.outcome == "repeat"
        else:
            expected.append(letter)
            assert (item.outcome, item.version) == ("new", len(expected))
    assert [content for _, content in versions(office)] == [contents[one] for one in expected]


def _start_again(office: AppContext, folder: Path) -> None:
    if office.engine.dialect.name == "postgresql":
        empty_postgresql(office.engine.url.render_as_string(hide_password=False))
    else:
        with office.engine.begin() as connection:
            for table in ("arrival", "submission"):
                connection.exec_driver_sql(f"DELETE FROM {table}")


def test_the_entries_of_an_older_workbook_that_comes_again_count_again(office: AppContext) -> None:
    first, second = (
        {"agency": "IA-A", "quarter": Q1, "kind": "lesson", "text": text} for text in ("one", "two")
    )
    blank = {
        **dict.fromkeys(entry_queries.ENTRY_COLUMNS, ""),
        **dict.fromkeys(entry_queries.ENTRY_FIGURES),
        "place": "",
    }
    with office.engine.begin() as connection:
        ids = [
            submission_queries.add_submission(
                connection,
                agency="IA-A",
                quarter=Q1,
                version=number,
                sha256=sha256,
                size=1,
                file_name="a.xlsx",
                channel="mail",
                received_at=NOW,
                collected_at=NOW,
            )
            for number, sha256 in ((1, "aa"), (2, "bb"), (3, "aa"))
        ]
        for id_, sha256, row in (
            (ids[0], "aa", first),
            (ids[1], "bb", second),
            (ids[2], "aa", first),
        ):
            given_rows = [{**blank, **row}]
            book = WorkbookEntries(id_, sha256, "a.xlsx", NOW, given_rows)
            assert entry_queries.add_workbook_entries(connection, [book]) == {id_}
            assert entry_queries.add_workbook_entries(connection, [book]) == set()
    with read_transaction(office.engine) as connection:
        assert list(entry_queries.load_entries(connection, Q1)["text"]) == ["one"]


def test_a_file_of_entries_that_comes_again_after_another_counts_again(office: AppContext) -> None:
    header = "agency,quarter,kind,theme,department,text,request,urgency,scheme,amount,people\n"

    def entries(words: str) -> bytes:
        return f"{header}IA-A,{Q1},lesson,,,{words},,,,,\n".encode()

    outcomes = []
    for words in ("One.", "Two.", "One.", "One."):
        lay(office, "IA-A.entries.csv", entries(words))
        outcomes += [one.outcome for one in collect_inbox(office, NOW).items]
    assert outcomes == ["entries", "entries", "entries", "repeat"]
    with read_transaction(office.engine) as connection:
        assert list(entry_queries.load_entries(connection, Q1)["text"]) == ["One."]


def test_what_a_released_version_called_a_repeat_is_no_new_version(office: AppContext) -> None:
    """What was refused and came again had a key of its own."""
    lay(office, "IA-A.csv", A)
    collect_inbox(office, NOW)
    with office.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE arrival SET key = key || ' (again)'")
    assert [one.outcome for one in collect_inbox(office, NOW).items] == ["repeat"]
