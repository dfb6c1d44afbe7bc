"""One flow for every channel: what is wrong with one delivery, or one channel, stops no other."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem
from tests.factories import RegistryFolder, update
from tests.unit.intake.channels.mails import mail
from tests.unit.services.test_mailbox import csv_part, lies_in

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.intake.channels import incoming_mail
from cpsa.services.app_context import AppContext
from cpsa.services.collection import import_file, import_update, mailbox_channel
from cpsa.services.collection.collect_inbox import collect_inbox
from cpsa.services.collection.collect_mailbox import collect_mailbox
from cpsa.services.collection.import_new_files import import_new_files
from cpsa.services.collection.import_update import list_unchecked_quarters
from cpsa.services.collection.import_upload import import_upload
from cpsa.services.reports.list_arrivals import list_arrivals
from cpsa.web.board.work_items import WorkItemKind, list_work_items

Q1 = "2025-26-Q1"
# Files of these tests are written by the clock of this machine.
NOW = datetime.now(UTC) + timedelta(days=1)
SECRET = "+91 98765 43210"


@pytest.fixture(autouse=True)
def registry(office: AppContext, tmp_path: Path) -> None:
    made = RegistryFolder(agencies={"IA-A": Q1, "IA-B": Q1, "FC-B": Q1})
    made.load(office, tmp_path / "registry", NOW)


def lay(office: AppContext, agency: str, content: bytes | None = None) -> Path:
    file = Path(office.settings.inbox) / Q1 / f"{agency}.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content or update(agency, Q1, form="IA"))
    return file


def a_mail(agency: str, **made: str) -> bytes:
    name = f"{agency}_{Q1}.csv"
    said = {"sender": f"{agency}@example.org", "message_id": f"<{agency}@office.example.org>"}
    return mail(csv_part(update(agency, Q1, form="IA"), name), **(said | made))


def with_mailbox(office: AppContext, server) -> AppContext:
    return replace(office, settings=replace(office.settings, imap_url=server.url()))


def with_inbox(office: AppContext, inbox: object) -> AppContext:
    return replace(office, settings=replace(office.settings, inbox=str(inbox)))


def outcomes(collected) -> list[tuple[str, str]]:
    return [(one.outcome, one.reason) for one in collected.items]


def refused_on_board(office: AppContext) -> int:
    found = list_work_items(office, NOW)
    return sum(item.count for item in found if item.kind is WorkItemKind.REFUSED)


def test_a_mail_that_meets_a_defect_is_refused_and_the_round_goes_on(
    office, mail_server, monkeypatch
) -> None:
    head = incoming_mail.read_mail_head

    def breaks(content: bytes):
        if SECRET.encode() in content:
            raise RecursionError(SECRET)
        return head(content)

    monkeypatch.setattr(mailbox_channel.incoming_mail, "read_mail_head", breaks)
    mailed = with_mailbox(office, mail_server)
    mail_server.put(
        a_mail("IA-A"), a_mail("FC-B", subject=SECRET), a_mail("IA-B"), at=datetime.now(UTC)
    )
    collected = collect_mailbox(mailed, NOW)
    assert outcomes(collected) == [("new", ""), ("refused", "channels.defect"), ("new", "")]
    assert lies_in(mail_server) == {mailbox_channel.DONE: 2, mailbox_channel.REFUSED: 1}
    assert refused_on_board(office) == 1
    (row,) = list_arrivals(office, outcome="refused").itertuples()
    assert SECRET.encode() in office.read_received_bytes(row.sha256), "the mail itself is kept"
    report = re.search(r"defects/\w+\.txt", row.problem_en)
    assert report and report[0] in row.problem_hi
    told = (office.settings.home / report[0]).read_text("utf-8")
    assert "RecursionError" in told
    assert SECRET not in told
    assert collect_mailbox(mailed, NOW).items == ()


@pytest.mark.parametrize("step", ["find_owner", "import_update"])
def test_one_file_of_a_mail_that_meets_a_defect_spoils_no_other(
    office, mail_server, monkeypatch, step: str
) -> None:
    where = {"find_owner": mailbox_channel, "import_update": import_file}[step]
    works = getattr(where, step)

    def breaks(*given, **named):
        subject = given[1] if step == "find_owner" else given[1].file_name
        if "bad" in str(subject):
            raise KeyError(SECRET)
        return works(*given, **named)

    monkeypatch.setattr(where, step, breaks)
    content = update("IA-A", Q1, {"A1": 1})
    parts = [csv_part(content, f"bad_{Q1}.csv"), csv_part(update("IA-A", Q1), f"IA-A_{Q1}.csv")]
    mail_server.put(mail(*parts, sender="ia-a@example.org"), at=datetime.now(UTC))
    collected = collect_mailbox(with_mailbox(office, mail_server), NOW)
    assert outcomes(collected) == [("refused", "channels.defect"), ("new", "")]
    assert lies_in(mail_server) == {mailbox_channel.REFUSED: 1}


def test_a_file_of_the_inbox_that_meets_a_defect_is_refused_and_the_others_are_new(
    office, monkeypatch
) -> None:
    find_version = import_update._find_version_before_move

    def breaks(own, arrival):
        if arrival.agency == "FC-B":
            raise MemoryError
        return find_version(own, arrival)

    for agency in ("FC-B", "IA-A"):
        lay(office, agency)
    with monkeypatch.context() as broken:
        broken.setattr(import_update, "_find_version_before_move", breaks)
        assert outcomes(collect_inbox(office, NOW)) == [
            ("refused", "channels.defect"),
            ("new", ""),
        ]
        assert refused_on_board(office) == 1
    again = collect_inbox(office, NOW)
    assert outcomes(again) == [("new", ""), ("repeat", "")], "once it is corrected it is imported"


def test_an_upload_that_meets_a_defect_is_kept_and_recorded(office, monkeypatch) -> None:
    def breaks(*_: object):
        raise KeyError(SECRET)

    monkeypatch.setattr(import_file, "import_update", breaks)
    content = update("IA-A", Q1)
    quarter = Quarter.parse(Q1)
    item = import_upload(office, "IA-A", quarter, "IA-A.csv", content, "key", NOW)
    assert (item.outcome, item.reason) == ("refused", "channels.defect")
    (row,) = list_arrivals(office, quarter, "refused").itertuples()
    assert (row.agency, office.read_received_bytes(row.sha256)) == ("IA-A", content)


def test_what_the_disk_cannot_hold_stays_where_it_is(office, mail_server, monkeypatch) -> None:
    keep = AppContext.store_received_bytes

    def full(self, content: bytes, sha256: str) -> None:
        if b"IA-A" in content:
            raise OSError(28, "No space left on device")
        keep(self, content, sha256)

    mailed = with_mailbox(office, mail_server)
    mail_server.put(a_mail("IA-A"), a_mail("IA-B"), at=datetime.now(UTC))
    with monkeypatch.context() as filled:
        filled.setattr(AppContext, "store_received_bytes", full)
        with pytest.raises(RequestError) as refused:
            collect_mailbox(mailed, NOW)
    assert refused.value.key == "channels.not_kept"
    assert "No space left" in refused.value.text("hi")
    assert lies_in(mail_server) == {"INBOX": 1, mailbox_channel.DONE: 1}
    assert outcomes(collect_mailbox(mailed, NOW)) == [("new", "")]


def test_one_channel_that_fails_stops_no_other(office, mail_server, monkeypatch) -> None:
    lay(office, "IA-A")
    mail_server.put(a_mail("IA-B"), at=datetime.now(UTC))
    mailed = with_mailbox(office, mail_server)
    imported = import_new_files(with_inbox(mailed, office.settings.home / "none"), NOW)
    assert imported.collected["mail"].count("new") == 1
    assert imported.unread["folder"].key == "channels.folder_missing"

    def breaks(*_: object):
        raise ZeroDivisionError

    monkeypatch.setattr(mailbox_channel.Mailbox, "list_mails", breaks)
    imported = import_new_files(mailed, NOW)
    assert imported.collected["folder"].count("new") == 1
    assert imported.unread["mail"].key == "channels.channel_defect"
    kinds = [item.kind for item in list_work_items(mailed, NOW)]
    assert kinds.count(WorkItemKind.CHANNEL_UNREAD) == 1, "the folder was read since"


@pytest.mark.parametrize("made", ["nothing", "file"])
def test_a_configured_inbox_that_is_missing_or_a_file_fails_with_its_path(
    office: AppContext, tmp_path: Path, made: str
) -> None:
    inbox = tmp_path / "share" / "inbox"
    if made == "file":
        inbox.parent.mkdir()
        inbox.write_bytes(b"x")
    away = with_inbox(office, inbox)
    for _ in range(2):
        with pytest.raises(RequestError) as refused:
            collect_inbox(away, NOW)
        for language in ("en", "hi"):
            assert str(inbox) in refused.value.text(language)
    kinds = [item.kind for item in list_work_items(away, NOW)]
    assert WorkItemKind.CHANNEL_UNREAD in kinds


def test_the_default_inbox_is_not_made_again_once_it_was_scanned(office: AppContext) -> None:
    inbox = Path(office.settings.inbox)
    collect_inbox(office, NOW)
    inbox.rmdir()
    with pytest.raises(RequestError) as refused:
        collect_inbox(office, NOW)
    assert refused.value.key == "channels.folder_missing"
    assert not inbox.exists()


def test_a_bucket_that_cannot_be_listed_fails_and_an_empty_prefix_does_not(
    office: AppContext, monkeypatch
) -> None:
    fsspec.filesystem("memory").store.clear()
    away = with_inbox(office, "memory://bucket/inbox")
    assert collect_inbox(away, NOW).items == ()

    def denied(self, path: str, **_: object):
        raise PermissionError(13, "Access Denied")

    with monkeypatch.context() as closed:
        closed.setattr(MemoryFileSystem, "ls", denied)
        with pytest.raises(RequestError) as refused:
            collect_inbox(away, NOW)
    assert refused.value.key == "channels.folder_unreachable"
    assert "bucket/inbox" in refused.value.text()

    def no_such_bucket(self, path: str, **_: object):
        raise FileNotFoundError(path)

    with monkeypatch.context() as closed:
        closed.setattr(MemoryFileSystem, "ls", no_such_bucket)
        closed.setattr("cpsa.intake.channels.folder.MemoryFileSystem", type(None))
        closed.setattr("cpsa.intake.channels.folder._BUCKETS", frozenset(("memory",)))
        with pytest.raises(RequestError):
            collect_inbox(away, NOW)


def test_a_prefix_of_a_bucket_under_which_nothing_lies_is_empty(office, monkeypatch) -> None:
    fsspec.filesystem("memory").store.clear()
    with fsspec.open("memory://bucket/other/file", "wb") as stream:
        stream.write(b"x")
    monkeypatch.setattr("cpsa.intake.channels.folder.MemoryFileSystem", type(None))
    monkeypatch.setattr("cpsa.intake.channels.folder._BUCKETS", frozenset(("memory",)))
    assert collect_inbox(with_inbox(office, "memory://bucket/inbox"), NOW).items == ()


def test_a_file_of_an_unknown_agency_is_refused_and_names_the_nearest(office: AppContext) -> None:
    lay(office, "IA-AA")
    (item,) = collect_inbox(office, NOW).items
    assert (item.outcome, item.reason) == ("refused", "collect.no_such_agency")
    assert "the registry has no agency" in item.problem
    assert "IA-A." in item.problem
    assert list_unchecked_quarters(office) == ()
    assert refused_on_board(office) == 1
    renamed = Path(office.settings.inbox) / Q1 / "IA-AA.csv"
    renamed.rename(renamed.with_name("IA-A.csv"))
    assert outcomes(collect_inbox(office, NOW)) == [("new", "")], "the advice works"


@pytest.mark.parametrize(
    ("way", "harm"),
    [
        *product(("folder", "mail", "portal"), ("lost", "damaged")),
        # What was damaged in place is found when it is read.
        ("folder, not read again", "lost"),
    ],
)
def test_a_received_file_that_was_harmed_is_restored_when_it_comes_again(
    office: AppContext, request: pytest.FixtureRequest, way: str, harm: str
) -> None:
    content = update("IA-A", Q1, form="IA")
    numbers = iter("12")

    def hand_in() -> str:
        number = next(numbers)
        if way == "mail":
            server = request.getfixturevalue("mail_server")
            server.put(
                a_mail("IA-A", message_id=f"<{number}@office.example.org>"), at=datetime.now(UTC)
            )
            (item,) = collect_mailbox(with_mailbox(office, server), NOW).items
        elif way == "portal":
            quarter = Quarter.parse(Q1)
            item = import_upload(office, "IA-A", quarter, "a.csv", content, number, NOW)
        else:
            lay(office, "IA-A", content)
            if way == "folder":
                (office.settings.home / "inbox-digests.json").unlink(missing_ok=True)
            (item,) = collect_inbox(office, NOW).items
        return item.outcome

    assert hand_in() == "new"
    kept = office.received_path(list_arrivals(office)["sha256"][0])
    if harm == "lost":
        kept.unlink()
    else:
        kept.write_bytes(b"x" * len(content))
    assert hand_in() == "repeat"
    assert kept.read_bytes() == content


def test_a_refused_mail_counts_to_the_quarter_whose_window_was_open(office, mail_server) -> None:
    quarter, other = Quarter.parse(Q1), Quarter.parse("2025-26-Q2")
    in_window = quarter.opens_at + timedelta(days=3)
    mailed = with_mailbox(office, mail_server)
    mail_server.put(mail(sender="ia-a@example.org"), at=in_window)
    assert collect_mailbox(mailed, NOW).count("refused") == 1
    assert len(list_arrivals(office, quarter, "refused")) == 1
    assert len(list_arrivals(office, other, "refused")) == 0
