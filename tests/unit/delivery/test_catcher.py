"""The catcher as it is run: a process of its own that stores mails and ends when told."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from tests.unit.delivery.rig import SENDER

from cpsa.delivery.mail_port import Outcome
from cpsa.delivery.smtp import SmtpPort, SmtpServer
from cpsa.i18n.text import Text

DATE = datetime(2026, 5, 15, 4, 30, tzinfo=UTC)


def start(port: int, folder: Path, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "cpsa.delivery.mail_catcher",
            f"--port={port}",
            f"--folder={folder}",
            *options,
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


@pytest.fixture
def catcher(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    process = start(0, tmp_path / "caught")
    port = int(process.stdout.readline().split("127.0.0.1:")[1].split(",")[0])
    yield process, port
    process.kill()
    process.communicate()


def test_it_stores_each_mail_under_order_and_recipient(catcher, tmp_path, message):
    _, number = catcher
    hindi = message("DOIC:to:1", subject="नीतिगत कार्रवाई", text="नमस्ते\n.बिंदु\n")
    with SmtpPort(
        SmtpServer.parse(f"smtp://127.0.0.1:{number}"), SENDER, Text.untranslated("CPSA")
    ) as port:
        for mail in (message("SNT:to:1"), hindi):
            reply = port.deliver(mail, mail.make_message_id(0), DATE, lambda: None)
            assert reply.outcome is Outcome.ACCEPTED
    files = sorted((tmp_path / "caught").iterdir())
    assert [file.name for file in files] == [
        "000001-snt.to.1@example.org.eml",
        "000002-doic.to.1@example.org.eml",
    ]
    mail = message_from_bytes(files[1].read_bytes(), policy=policy.default)
    assert mail["Subject"] == hindi.subject
    assert mail.get_body(["plain"]).get_content() == hindi.text
    assert [part.get_filename() for part in mail.iter_attachments()] == ["DOIC to 1.pdf"]


def test_it_goes_on_numbering_where_it_stopped(tmp_path):
    from cpsa.delivery.mail_catcher import MailFolder

    (tmp_path / "000041-a@example.org.eml").touch()
    assert MailFolder(tmp_path)._last == 41


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_cleanly_when_told(catcher, told):
    process, _ = catcher
    process.send_signal(told)
    _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (0, "")


@pytest.mark.parametrize("language", ["en", "hi"])
def test_a_port_that_is_taken_is_told_in_one_line(catcher, tmp_path, language):
    _, number = catcher
    second = start(number, tmp_path / "other", "--language", language)
    _, errors = second.communicate(timeout=30)
    assert second.returncode == 2
    assert str(number) in errors
    assert "--port" in errors
    assert errors.count("\n") == 1
