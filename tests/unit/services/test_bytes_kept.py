"""Received bytes are kept once and whole, whichever process was killed or stores them at the same time."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest
from tests.factories import Clerk

from cpsa.services import atomic_file
from cpsa.services.app_context import AppContext

CONTENT = b"what an agency sent"
DIGEST = sha256(CONTENT).hexdigest()


def lies_there(office: AppContext) -> list[str]:
    return sorted(file.name for file in office.received_path(DIGEST).parent.iterdir())


def test_what_a_killed_process_left_half_written_goes(clerk: Clerk) -> None:
    office = clerk.office
    folder = office.received_path(DIGEST).parent
    folder.mkdir(parents=True)
    (folder / f".{DIGEST}.4711.part").write_bytes(CONTENT[:5])
    (folder / ".another.4711.part").write_bytes(b"of other bytes, perhaps being written")
    office.store_received_bytes(CONTENT, DIGEST)
    assert lies_there(office) == [".another.4711.part", DIGEST]
    (folder / f".{DIGEST}.4712.part").write_bytes(CONTENT[:5])
    office.store_received_bytes(CONTENT, DIGEST)
    assert lies_there(office) == [".another.4711.part", DIGEST]
    assert office.read_received_bytes(DIGEST) == CONTENT


def test_another_process_that_is_faster_is_no_fault(
    clerk: Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It kept the same bytes and cleared up while ours were on their way to the disk."""

    real = atomic_file.write_atomically

    def overtaken(file: Path, content: bytes, durable: bool) -> None:
        real(file, content)
        raise FileNotFoundError(file)

    monkeypatch.setattr(atomic_file, "write_atomically", overtaken)
    clerk.office.store_received_bytes(CONTENT, DIGEST)
    assert clerk.office.read_received_bytes(DIGEST) == CONTENT


def test_a_folder_that_is_gone_is_told(clerk: Clerk, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(file: Path, content: bytes, durable: bool) -> None:
        raise FileNotFoundError(file)

    monkeypatch.setattr(atomic_file, "write_atomically", fails)
    with pytest.raises(FileNotFoundError):
        clerk.office.store_received_bytes(CONTENT, DIGEST)
