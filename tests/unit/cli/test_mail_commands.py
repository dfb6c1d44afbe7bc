"""``cpsa send`` and ``cpsa outbox``: what they show, ask for and refuse."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from tests.unit.delivery.rig import LONG_AGO, Relay
from tests.unit.services.leaving import HALF, mailing, restate

from cpsa.cli.command_line import main
from cpsa.services.dispatch import mail_outbox
from cpsa.services.dispatch.plan_dispatch import plan_dispatch
from cpsa.store.database import read_transaction
from cpsa.store.tables.audit_tables import audit
from cpsa.store.tables.dispatch_tables import dispatch, dispatch_event

pytestmark = pytest.mark.slow

WORDS = {"en": "Nothing was sent yet", "hi": "अभी कुछ नहीं भेजा गया"}


@pytest.fixture
def home(built_home: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built_home, tmp_path / "home"))


@pytest.fixture
def cpsa(monkeypatch, capfd, home: Path, relay: Relay) -> Callable[..., tuple[int, str, str]]:
    """Run the program in this process; its status and what it wrote."""
    for name in [name for name in os.environ if name.startswith("CPSA_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CPSA_HOME", str(home))
    monkeypatch.setenv("CPSA_SMTP_URL", f"smtp://127.0.0.1:{relay.port}")
    monkeypatch.setenv("CPSA_USER", "asha")
    monkeypatch.setenv("COLUMNS", "250")

    def run(*arguments: object, **variables: str) -> tuple[int, str, str]:
        with monkeypatch.context() as given:
            given.setattr(sys, "argv", ["cpsa", *map(str, arguments)])
            for name, value in variables.items():
                given.setenv(name, value)
            with pytest.raises(SystemExit) as ended:
                main()
                raise SystemExit(0)
        out, err = capfd.readouterr()
        return ended.value.code or 0, out, err

    return run


def audited(home: Path) -> list[tuple[str, str, str, str]]:
    office = mailing(home, 9)
    with read_transaction(office.engine) as connection:
        rows = connection.execute(
            select(audit.c.who, audit.c.verb, audit.c.subject, audit.c.reason).order_by(audit.c.id)
        )
        return [tuple(row) for row in rows]


@pytest.mark.parametrize("language", ["en", "hi"])
def test_an_old_half_year_is_shown_first_and_sent_only_after_yes(cpsa, relay, home, language):
    status, _, error = cpsa("send", HALF.key)
    assert status == 2
    assert "--backfill" in error
    status, out, _ = cpsa("send", HALF.key, "--backfill", CPSA_LANGUAGE=language)
    assert status == 1
    assert WORDS[language] in out
    assert "DOMSME:to:1" in out
    assert "2024-25-Q3" in out, "what there is to know"
    assert relay.raw == []
    status, out, _ = cpsa("send", HALF.key, "--backfill", "--yes")
    assert status == 0
    assert "sent now 13" in out
    assert len(relay.raw) == 13
    assert ("asha", "send backfill", HALF.key, "") in audited(home)
    assert cpsa("send", HALF.key)[0] == 0, "what has left needs no leave"
    assert len(relay.raw) == 13


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--revise",), "--reason"),
        (("--reason", "because"), "--revise"),
        (("--no-revision",), "--reason"),
        (("--no-revision", "--revise", "--reason", "because"), "either"),
        (("--no-revision", "--reason", "because"), f"No document of {HALF.key} has changed"),
        (("--only", "DOMSME"), "--to"),
        (("--to", "me@example.org"), "--only"),
        (("--only", "NOBODY", "--to", "me@example.org"), "NOBODY"),
        (("--only", "DOMSME", "--to", "me"), "not a mail address"),
    ],
)
def test_what_does_not_go_together_is_said(cpsa, relay, options, told):
    status, _, error = cpsa("send", HALF.key, *options)
    assert status == 2
    assert told in error
    assert len(error.splitlines()) == 1
    assert relay.raw == []


def test_why_changed_documents_are_not_sent_again_is_kept(cpsa, relay, home, tmp_path):
    assert cpsa("send", HALF.key, "--backfill", "--yes")[0] == 0
    restate(mailing(home, relay.port), tmp_path / "late", HALF.dispatch_at + timedelta(days=9))
    reason = ("--no-revision", "--reason", "two trainees fewer")
    status, out, _ = cpsa("send", HALF.key, *reason)
    assert status == 0
    assert "13 recipients get no revision" in out
    assert ("asha", "send no revision", HALF.key, "two trainees fewer") in audited(home)
    assert len(relay.raw) == 13
    assert cpsa("send", HALF.key, *reason)[0] == 2, "the reason is already recorded"
    status, out, _ = cpsa("audit")
    assert "recorded why no revision is sent" in out


def test_a_test_copy(cpsa, relay):
    status, out, _ = cpsa("send", HALF.key, "--only", "DOMSME", "--to", "me@example.org")
    assert status == 0
    assert "Test copies sent to me@example.org: 2" in out
    assert len(relay.raw) == 2
    status, out, _ = cpsa("outbox", HALF.key, "--format", "csv")
    assert list(csv.DictReader(io.StringIO(out))) == []


def test_the_outbox_lists_counts_and_is_filtered(cpsa, relay):
    relay.on_rcpt["banks@example.org"] = ["550 5.1.1 no such user"]
    relay.on_rcpt["sdc@example.org"] = ["450 4.2.0 later"]
    assert cpsa("send", HALF.key, "--backfill", "--yes")[0] == 1
    status, out, _ = cpsa("outbox", HALF.key)
    assert status == 0
    assert "13 planned, 11 sent, 1 waiting, 0 undelivered, 1 failed, 0 uncertain" in out
    status, out, _ = cpsa("outbox", "--state", "failed", "--format", "json")
    (failed,) = json.loads(out)
    assert failed["recipient"] == "BANKS:to:1"
    assert "no such user" in failed["reason"]
    (counted,) = json.loads(cpsa("outbox", "--counts", "--format", "json")[1])
    assert (counted["planned"], counted["accepted"], counted["failed"]) == (13, 11, 1)
    assert counted["next_attempt_at"]
    assert "later" in counted["reasons"]
    status, _, error = cpsa("outbox", "--state", "lost")
    assert (status, "uncertain" in error) == (2, True)


def test_retry_needs_a_reason_and_makes_due_what_was_refused(cpsa, relay, home):
    relay.on_rcpt["banks@example.org"] = ["550 5.7.1 no"]
    cpsa("send", HALF.key, "--backfill", "--yes")
    assert cpsa("outbox", "retry", HALF.key)[0] == 2
    assert "0 mails would be sent" in cpsa("send", HALF.key, "--dry-run")[1]
    assert cpsa("send", HALF.key)[0] == 1, "refused is not tried again by itself"
    status, out, _ = cpsa(
        *("outbox", "retry", HALF.key, "--also-failed", "--reason", "they let us in now")
    )
    assert (status, out.startswith("1 mails")) == (0, True)
    assert cpsa("send", HALF.key, "--backfill", "--yes")[0] == 0
    assert len(relay.raw) == 13
    assert ("asha", "retry mail", HALF.key, "they let us in now") in audited(home)


def test_resolve_by_an_archive(cpsa, relay, home, tmp_path):
    relay.on_data = [relay.STORE_AND_DROP, relay.DROP]
    assert cpsa("send", HALF.key, "--backfill", "--yes")[0] == 1
    office = mailing(home, relay.port)
    uncertain = mail_outbox.list_mails(office, state="uncertain")
    assert len(uncertain) == 2
    archive = tmp_path / "archive"
    archive.mkdir()
    for number, raw in enumerate(relay.raw):
        (archive / f"{number}.eml").write_bytes(raw)
    assert cpsa("outbox", "resolve", "--reason", "looked")[0] == 2
    by = ("outbox", "resolve", "--archive", archive, "--since", "2020-01-01", "--reason", "looked")
    status, out, _ = cpsa(*by)
    assert (status, out.startswith("Arrived: 1. Not arrived, to be sent again: 0.")) == (1, True), (
        out
    )
    with office.engine.begin() as connection:  # let the quarantine pass
        connection.execute(update(dispatch).values(changed_at=LONG_AGO))
        connection.execute(update(dispatch_event).values(at=LONG_AGO.replace(year=2021)))
    status, out, _ = cpsa(*by)
    assert (status, out.startswith("Arrived: 0. Not arrived, to be sent again: 1.")) == (0, True), (
        out
    )
    assert cpsa("send", HALF.key, "--backfill", "--yes")[0] == 0
    assert len({mail["Message-ID"] for mail in relay.mails}) == len(relay.raw) == 13
    assert ("asha", "resolve mail", "archive", "looked") in audited(home)
    assert plan_dispatch(office, HALF, HALF.dispatch_at).messages == ()
