"""Collectors that run at the same time, and collectors that are killed: nothing lost or doubled.

Real processes, by the command that people and servers start.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.factories import ROOT, RegistryFolder, put, update
from tests.mailserver import MailServer
from tests.unit.intake.channels.mails import mail, part

from cpsa.services.app_context import AppContext
from cpsa.services.collection import mailbox_channel
from cpsa.services.quarter.load_registry import load_registry
from cpsa.settings import MailTrust

pytestmark = pytest.mark.nightly

QUARTER = "2025-26-Q2"
AGENCIES = [f"IA-A{number:02}" for number in range(12)]
AT = datetime(2025, 10, 9, tzinfo=UTC)
KILLS = 5


@pytest.fixture
def there(office: AppContext, mail_server: MailServer, tmp_path: Path) -> AppContext:
    folder = RegistryFolder(agencies=dict.fromkeys(AGENCIES, QUARTER)).write(tmp_path / "registry")
    load_registry(office, folder, AT)
    return replace(
        office,
        settings=replace(office.settings, imap_url=mail_server.url(), mail_trust=MailTrust.OPEN),
    )


def start(office: AppContext, *what: str) -> subprocess.Popen:
    """One collector, as a process of its own."""
    url = office.engine.url.render_as_string(hide_password=False)
    settings = office.settings
    told = {
        "CPSA_HOME": str(settings.home),
        "CPSA_DATABASE_URL": url,
        "CPSA_IMAP_URL": str(settings.imap_url),
        "CPSA_MAIL_TRUST": settings.mail_trust,
        "PYTHONPATH": str(ROOT / "include"),
    }
    own = {name: value for name, value in os.environ.items() if not name.startswith("CPSA_")}
    return subprocess.Popen(
        [sys.executable, "-m", "cpsa", "collect", *what],
        env=own | told,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def ended(process: subprocess.Popen) -> None:
    said, _ = process.communicate(timeout=120)
    assert process.returncode in (0, 1), said  # 1: the updates of this test have findings


def a_mail(agency: str, content: bytes, message_id: str) -> bytes:
    name = f'filename="{agency}_{QUARTER}.csv"'
    # Mail has its own ends of lines; with them the bytes arrive as they were written.
    one = part(content.replace(b"\n", b"\r\n"), name)
    return mail(one, sender=f"{agency}@example.org", message_id=message_id)


def rows(office: AppContext, query: str) -> list[tuple]:
    with office.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def versions(office: AppContext) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    query = "SELECT agency, version FROM submission ORDER BY agency, version"
    for agency, version in rows(office, query):
        found.setdefault(agency, []).append(version)
    return found


def message_id(content: bytes) -> bytes:
    return content.split(b"Message-ID: ")[1].split(b"\r\n")[0]


def test_folder_and_mailboxes_at_once(there: AppContext, mail_server: MailServer) -> None:
    """The same bytes lie in both, and two processes look into the mailbox.

    Bytes that come again after the others are a third version, whichever process is last.
    """
    for agency in AGENCIES:
        same = update(agency, QUARTER, {"A1": 1}).replace(b"\n", b"\r\n")
        put(Path(there.settings.inbox), agency, QUARTER, same)
        other = update(agency, QUARTER, {"A1": 2})
        mail_server.put(
            a_mail(agency, same.replace(b"\r\n", b"\n"), f"<1-{agency}@x>"),
            a_mail(agency, other, f"<2-{agency}@x>"),
            a_mail(agency, other, f"<2-{agency}@x>"),
            at=AT,
        )
    running = [start(there, what) for what in ("--inbox", "--mailbox", "--mailbox", "--inbox")]
    for process in running:
        ended(process)
    found = versions(there)
    assert set(found) == set(AGENCIES)
    assert all(numbers in ([1, 2], [1, 2, 3]) for numbers in found.values()), found
    new = sum(map(len, found.values()))
    keys = rows(there, "SELECT channel, key, sha256 FROM arrival")
    assert max(Counter(keys).values()) == 1
    assert len(keys) == 3 * len(AGENCIES)
    assert rows(there, "SELECT COUNT(*) FROM arrival WHERE outcome = 'new'") == [(new,)]
    # Where two move the same mail at the same instant, some servers keep a copy for each.
    done = {message_id(one) for one in mail_server.mails(mailbox_channel.DONE)}
    assert (mail_server.count(), len(done)) == (0, 2 * len(AGENCIES))
    # Each submission was examined by one of the four alone.
    assert rows(there, "SELECT COUNT(*) FROM examination") == [(new,)]


def test_a_collector_killed_again_and_again(there: AppContext, mail_server: MailServer) -> None:
    chance = random.Random(20170401)
    expected: Counter = Counter()
    mails = []
    for number in range(24):
        agency = chance.choice(AGENCIES)
        content = update(agency, QUARTER, {"A1": number})
        mails += [a_mail(agency, content, f"<{number}@x>")] * chance.choice((1, 1, 2))
        expected[agency] += 1
    chance.shuffle(mails)
    mail_server.put(*mails, at=AT)
    killed = 0
    for _ in range(KILLS):
        process = start(there, "--mailbox")
        (seen,) = rows(there, "SELECT COUNT(*) FROM arrival")[0]
        until = seen + chance.randint(0, 4)
        while process.poll() is None and rows(there, "SELECT COUNT(*) FROM arrival")[0][0] <= until:
            time.sleep(0.02)
        time.sleep(chance.random() / 50)
        killed += process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert killed, "at least one was killed before its end"
    ended(start(there, "--mailbox"))
    assert versions(there) == {
        agency: list(range(1, count + 1)) for agency, count in sorted(expected.items())
    }
    assert rows(there, "SELECT COUNT(DISTINCT sha256) FROM submission") == [(24,)]
    assert rows(there, "SELECT COUNT(*), COUNT(DISTINCT key) FROM arrival") == [(24, 24)]
    assert (mail_server.count(), mail_server.count(mailbox_channel.DONE)) == (0, len(mails))
    for (sha256,) in rows(there, "SELECT sha256 FROM submission"):
        assert there.received_path(sha256).is_file()
