"""Folders of any file system, and the address of a mailbox."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import fsspec
import pytest

from cpsa.errors import RequestError
from cpsa.intake.channels.folder import InboxFolder
from cpsa.intake.channels.imap_address import ImapAddress

Q1, Q2 = "2025-26-Q1", "2025-26-Q2"


@pytest.fixture(params=["local", "memory"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "local":
        return str(tmp_path / "in")
    fsspec.filesystem("memory").store.clear()
    return "memory://bucket/in"


def lay(address: str, path: str, content: bytes = b"x") -> None:
    with fsspec.open(f"{address}/{path}", "wb", auto_mkdir=True) as stream:
        stream.write(content)


def test_files_stand_in_quarters(address: str) -> None:
    for path in (f"{Q2}/IA-A.csv", f"{Q1}/IA-B.xlsx", f"{Q1}/IA-A.csv", "stray.csv"):
        lay(address, path, path.encode())
    folder = InboxFolder(address)
    found = folder.list_files()
    assert [(one.quarter, one.name, one.stem) for one in found] == [
        (Q1, "IA-A.csv", "IA-A"),
        (Q1, "IA-B.xlsx", "IA-B"),
        (Q2, "IA-A.csv", "IA-A"),
        ("in", "stray.csv", "stray"),
    ]
    assert folder.read_file(found[0]) == f"{Q1}/IA-A.csv".encode()
    path = f"{address}/{Q1}/IA-A.csv"
    assert found[0].key in (path, path.replace("memory://", "memory:///"))


def test_a_path_of_this_machine_is_taken_as_it_stands(tmp_path: Path) -> None:
    odd = tmp_path / "of::2026 #1%20" / Q1
    odd.mkdir(parents=True)
    (odd / "IA-A.csv").write_bytes(b"x")
    (found,) = InboxFolder(str(odd.parent)).list_files()
    assert (found.key, found.name) == (str(odd / "IA-A.csv"), "IA-A.csv")
    (alone,) = InboxFolder(str(odd / "IA-A.csv")).list_files()
    assert alone == found


def test_what_is_hidden_or_half_written_is_left(address: str) -> None:
    for path in (".IA-A.csv", "~$IA-A.xlsx", "IA-A.csv.part", ".trash/IA-A.csv"):
        lay(address, f"{Q1}/{path}")
    lay(address, f".{Q1}/IA-A.csv")
    assert InboxFolder(address).list_files() == []


def test_an_inbox_that_is_not_there_is_made_and_empty(address: str) -> None:
    folder = InboxFolder(address)
    folder.create()
    assert folder.list_files() == []


def test_a_local_file_was_written_when_the_disk_says(tmp_path: Path) -> None:
    lay(str(tmp_path), f"{Q1}/IA-A.csv")
    os.utime(tmp_path / Q1 / "IA-A.csv", (1_700_000_000.25, 1_700_000_000.25))
    (found,) = InboxFolder(str(tmp_path)).list_files()
    assert found.written_at == datetime.fromtimestamp(1_700_000_000.25, UTC)


@pytest.mark.parametrize(
    ("told", "instant"),
    [
        ({"LastModified": datetime(2026, 1, 2, tzinfo=UTC)}, datetime(2026, 1, 2, tzinfo=UTC)),
        (
            {"updated": "2026-01-02T03:04:05.678Z"},
            datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC),
        ),
        ({"last_modified": datetime(2026, 1, 2)}, datetime(2026, 1, 2, tzinfo=UTC)),  # noqa: DTZ001
        ({"mtime": 0}, datetime(1970, 1, 1, tzinfo=UTC)),
        ({"mtime": float("inf")}, None),
        ({"updated": "yesterday"}, None),
        ({}, None),
    ],
)
def test_every_file_system_tells_it_in_its_way(monkeypatch, told, instant) -> None:
    fsspec.filesystem("memory").store.clear()
    lay("memory://in", f"{Q1}/IA-A.csv")
    folder = InboxFolder("memory://in")
    path = f"/in/{Q1}/IA-A.csv"
    monkeypatch.setattr(
        type(folder._files), "find", lambda *_, **__: {path: {"type": "file", "size": 1, **told}}
    )
    monkeypatch.setattr(type(folder._files), "modified", _does_not_know)
    (found,) = folder.list_files()
    assert found.written_at == instant


def _does_not_know(*_: object) -> datetime:
    raise NotImplementedError


def test_the_stamp_changes_with_whatever_changes(address: str) -> None:
    lay(address, f"{Q1}/IA-A.csv", b"one")
    (before,) = InboxFolder(address).list_files()
    assert InboxFolder(address).list_files() == [before]
    lay(address, f"{Q1}/IA-A.csv", b"two")
    (after,) = InboxFolder(address).list_files()
    assert after.stamp != before.stamp


def test_a_change_shows_even_where_size_and_hour_were_put_back(tmp_path: Path) -> None:
    file = tmp_path / Q1 / "IA-A.csv"
    lay(str(tmp_path), f"{Q1}/IA-A.csv", b"one")
    os.utime(file, (1_700_000_000, 1_700_000_000))
    (before,) = InboxFolder(str(tmp_path)).list_files()
    file.write_bytes(b"two")
    os.utime(file, (1_700_000_000, 1_700_000_000))
    (after,) = InboxFolder(str(tmp_path)).list_files()
    assert (after.written_at, after.stamp != before.stamp) == (before.written_at, True)


@pytest.mark.parametrize("address", ["nonsense://x/y", "s3x://b"])
def test_an_unknown_kind_of_folder_is_told(address: str) -> None:
    with pytest.raises(RequestError) as refused:
        InboxFolder(address)
    assert refused.value.key == "channels.no_file_system"


def test_a_folder_that_cannot_be_looked_into_is_told_without_its_keys(monkeypatch) -> None:
    folder = InboxFolder("memory://in")

    def fail(*_: object, **__: object) -> None:
        raise PermissionError("https://bucket?key=SECRET denied")

    monkeypatch.setattr(type(folder._files), "find", fail)
    with pytest.raises(RequestError) as refused:
        folder.list_files()
    assert refused.value.key == "channels.folder_unreachable"
    assert "SECRET" not in refused.value.text("en") + refused.value.text("hi")


# The mailbox's address


@pytest.mark.parametrize(
    ("url", "address"),
    [
        (
            "imaps://u:p@mail.example.org",
            ImapAddress("imaps", "mail.example.org", 993, "u", "p", "INBOX"),
        ),
        (
            "imaps://u%40example.org:a%3Ab%2F%40@mail.example.org:1993/Updates/In",
            ImapAddress("imaps", "mail.example.org", 1993, "u@example.org", "a:b/@", "Updates/In"),
        ),
        (
            "imap+starttls://u:p@mail.example.org/INBOX/",
            ImapAddress("imap+starttls", "mail.example.org", 143, "u", "p", "INBOX"),
        ),
        ("imap://u:p@127.0.0.1:1143", ImapAddress("imap", "127.0.0.1", 1143, "u", "p")),
        ("imap://u:p@localhost", ImapAddress("imap", "localhost", 143, "u", "p")),
        ("imap://u:p@[::1]", ImapAddress("imap", "::1", 143, "u", "p")),
    ],
)
def test_a_mailbox_is_addressed_like_a_mail_server(url: str, address: ImapAddress) -> None:
    assert ImapAddress.parse(url) == address
    assert repr("p") not in repr(ImapAddress.parse(url)), "a password is never shown"


@pytest.mark.parametrize(
    "url",
    [
        "imaps://mail.example.org",
        "imaps://u@mail.example.org",
        "imaps://:SECRET@mail.example.org",
        "pop3://u:SECRET@mail.example.org",
        "imaps://u:SECRET@",
        "imaps://u:SECRET@mail.example.org:port",
        "imap://u:SECRET@mail.example.org",
        "imap://u:SECRET@10.0.0.1",
        "mail.example.org",
        "",
    ],
)
def test_other_addresses_are_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(RequestError) as refused:
        ImapAddress.parse(url)
    assert refused.value.key.startswith("channels.mailbox_")
    assert "SECRET" not in refused.value.text("en") + refused.value.text("hi")


def test_what_would_fill_the_memory_is_not_read(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(address, f"{Q1}/IA-A.csv", b"x" * 20)
    lay(address, f"{Q1}/IA-B.csv", b"x" * 19)
    monkeypatch.setattr("cpsa.intake.channels.folder.LARGEST", 19)
    large, fitting = InboxFolder(address).list_files()
    with pytest.raises(RequestError, match=r"IA-A\.csv"):
        InboxFolder(address).read_file(large)
    assert len(InboxFolder(address).read_file(fitting)) == 19
