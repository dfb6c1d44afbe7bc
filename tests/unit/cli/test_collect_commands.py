"""cpsa collect --inbox and --mailbox, and cpsa arrivals, as people type them."""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.factories import INCLUDE, RegistryFolder, put, update
from tests.mailserver import MailServer
from tests.unit.intake.channels.mails import mail, part

pytestmark = pytest.mark.slow

Q1 = "2025-26-Q1"
AT = datetime(2025, 7, 9, tzinfo=UTC)
Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def cpsa(tmp_path: Path, sqlite_template: Path) -> Command:
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(sqlite_template, home / "cpsa.db")

    def run(*arguments: object, **told: str) -> subprocess.CompletedProcess[str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith("CPSA_")}
        fixed = {"CPSA_HOME": str(home), "PYTHONPATH": str(INCLUDE), "COLUMNS": "250"}
        return subprocess.run(
            [sys.executable, "-m", "cpsa", *map(str, arguments)],
            env=own | fixed | told,
            capture_output=True,
            text=True,
        )

    folder = RegistryFolder(agencies={"IA-A": Q1, "FC-B": Q1}).write(tmp_path / "registry")
    assert run("registry", "load", folder).returncode == 0
    return run


def test_the_inbox_and_the_mailbox(cpsa: Command, tmp_path: Path, mail_server: MailServer) -> None:
    put(tmp_path / "home" / "inbox", "FC-B", Q1, update("FC-B", Q1))
    answer = cpsa("collect", "--inbox")
    assert (answer.returncode, answer.stderr) == (0, "")
    assert "1 new" in answer.stdout

    lines = update("IA-A", Q1).replace(b"\n", b"\r\n")
    usable = part(lines, f'filename="IA-A_{Q1}.csv"')
    picture = part(b"x", "filename=sig.png", "image/png")
    away = ["Auto-Submitted: auto-replied"]
    mail_server.put(
        mail(usable, picture, sender="ia-a@example.org"),
        mail(sender="fc-b@example.org", headers=away, message_id="<2@x>"),
        mail(usable, sender="thief@example.org", message_id="<3@x>"),
        at=AT,
    )
    answer = cpsa("collect", "--mailbox", CPSA_IMAP_URL=mail_server.url())
    assert (answer.returncode, answer.stderr) == (1, ""), "something was refused"
    said = answer.stdout
    for words in (
        "1 new",
        "1 refused",
        "other files, ignored: 1",
        "folder Automatic: 1",
        "registry",
    ):
        assert words in said
    assert "thief" not in said

    shown = cpsa("arrivals", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(shown.stdout)))
    assert [(one["channel"], one["outcome"], one["agency"]) for one in rows] == [
        ("folder", "new", "FC-B"),
        ("mail", "new", "IA-A"),
        ("mail", "automatic", "FC-B"),
        ("mail", "refused", ""),
    ]
    assert rows[1]["received_at"].startswith("2025-07-09 00:00:00")
    assert rows[3]["problem_hi"]
    refused = cpsa("arrivals", "--refused", CPSA_LANGUAGE="hi").stdout
    assert "Refused फ़ोल्डर" in refused
    assert "IA-A" not in refused
    assert len(cpsa("arrivals", Q1, "--format", "csv").stdout.splitlines()) == 3


@pytest.mark.parametrize(
    "arguments",
    [(), (".", "--inbox"), (".", "--mailbox"), ("--inbox", "--received-at", "2025-07-01")],
)
def test_a_path_or_the_channels_are_imported(cpsa: Command, arguments: tuple[str, ...]) -> None:
    answer = cpsa("collect", *arguments)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert "--mailbox" in answer.stderr


def test_no_mailbox_and_no_password_in_what_is_said(cpsa: Command, mail_server) -> None:
    answer = cpsa("collect", "--mailbox")
    assert (answer.returncode, "CPSA_IMAP_URL" in answer.stderr) == (2, True)
    wrong = mail_server.url(password="SECRET")
    answer = cpsa("collect", "--mailbox", CPSA_IMAP_URL=wrong)
    assert answer.returncode == 2
    assert len(answer.stderr.splitlines()) == 1
    assert "SECRET" not in answer.stderr


def test_an_answer_says_which_version_a_file_is_and_which_counts(
    cpsa: Command, tmp_path: Path
) -> None:
    folder = tmp_path / "sent"
    first, second = update("IA-A", Q1, {"A1": 1, "A2": 1}), update("IA-A", Q1, {"A1": "none"})
    received = ("--received-at", "2025-07-19")
    assert "is now version" not in cpsa("collect", put(folder, "IA-A", Q1, first), *received).stdout
    again = cpsa("collect", put(folder, "IA-A", Q1, first)).stdout
    assert "received before, as version 1; nothing was added. Version 1 of 19-07-2025" in again
    returned = cpsa("collect", put(folder, "IA-A", Q1, second)).stdout
    assert "this file is now version 2. Version 1 of 19-07-2025 counts." in returned
    third = cpsa("collect", put(folder, "IA-A", Q1, first), CPSA_LANGUAGE="hi").stdout
    assert "यह फ़ाइल अब संस्करण 3 है।" in third


def test_an_inbox_that_is_missing_is_one_line_with_its_path_and_the_mailbox_is_read(
    cpsa: Command, tmp_path: Path, mail_server: MailServer
) -> None:
    gone = tmp_path / "share" / "inbox"
    lines = update("IA-A", Q1).replace(b"\n", b"\r\n")
    usable = part(lines, f'filename="IA-A_{Q1}.csv"')
    mail_server.put(mail(usable, sender="ia-a@example.org"), at=AT)
    alone = cpsa("collect", "--inbox", CPSA_INBOX=str(gone))
    assert (alone.returncode, alone.stdout, len(alone.stderr.splitlines())) == (2, "", 1)
    assert str(gone) in alone.stderr
    both = cpsa(
        *("collect", "--inbox", "--mailbox"),
        CPSA_INBOX=str(gone),
        CPSA_IMAP_URL=mail_server.url(),
        CPSA_MAIL_TRUST="open",
    )
    assert (both.returncode, str(gone) in both.stderr) == (2, True)
    assert "1 new" in both.stdout
    assert "1 accepted" in both.stdout


def test_the_default_inbox_is_made_with_the_database(cpsa: Command, tmp_path: Path) -> None:
    assert cpsa("db", "upgrade").returncode == 0
    assert (tmp_path / "home" / "inbox").is_dir()
    elsewhere = tmp_path / "configured"
    assert cpsa("db", "upgrade", CPSA_INBOX=str(elsewhere)).returncode == 0
    assert not elsewhere.exists()
