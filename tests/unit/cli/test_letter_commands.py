"""``cpsa letters``, ``cpsa remind`` and letters in the outbox, against a real mail server."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update
from tests.factories import RegistryFolder
from tests.unit.delivery.rig import Relay, free_port
from typer.testing import CliRunner, Result

from cpsa.calendar import Quarter
from cpsa.cli import session
from cpsa.cli.command_line import app
from cpsa.errors import RequestError
from cpsa.store import database
from cpsa.store.tables.dispatch_tables import dispatch_event
from cpsa.store.tables.obligation_tables import obligation

Q = "2026-27-Q2"
OPEN = Quarter.parse(Q).opens_at
NINE_ON_THE_15TH = OPEN + timedelta(days=14, hours=3)
COLUMNS = ["quarter", "agency", "letter", "language", "email", "state"]


@pytest.fixture
def cpsa(monkeypatch, tmp_path: Path, sqlite_template: Path, relay: Relay) -> Callable[..., Result]:
    """Run a command at an instant, on a store with two agencies of an open quarter."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "cpsa.db").write_bytes(sqlite_template.read_bytes())
    for name in [name for name in os.environ if name.startswith("CPSA_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CPSA_HOME", str(home))
    monkeypatch.setenv("CPSA_SMTP_URL", f"smtp://127.0.0.1:{relay.port}")
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str, at: datetime = OPEN, **variables: str) -> Result:
        with monkeypatch.context() as given:
            given.setattr(session, "now", lambda: at)
            for name, value in variables.items():
                given.setenv(name, value)
            return CliRunner().invoke(app, list(arguments))

    folder = RegistryFolder({"IA-A": Q, "FC-B": Q}).write(tmp_path / "registry")
    assert run("registry", "load", str(folder)).exit_code == 0
    assert run("open", Q).exit_code == 0
    return run


def table(answer: Result) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.stdout)))


def test_a_dry_run_shows_what_is_owed_and_writes_nothing(cpsa, relay: Relay) -> None:
    for _ in range(2):
        shown = cpsa("letters", "--dry-run", "--format", "csv")
        assert shown.exit_code == 0
        assert list(table(shown)[0]) == COLUMNS
        assert [(row["agency"], row["letter"], row["state"]) for row in table(shown)] == [
            ("IA-A", "request", "due"),
            ("FC-B", "request", "due"),
        ]
    assert relay.raw == []
    assert "Letters due to agencies: 2" in cpsa("letters", "--dry-run").stdout


def test_letters_are_sent_once_and_shown_in_the_outbox(cpsa, relay: Relay) -> None:
    done = cpsa("letters", "--format", "csv")
    assert done.exit_code == 0
    assert {row["state"] for row in table(done)} == {"accepted"}
    again = cpsa("letters")
    assert (again.exit_code, len(relay.raw)) == (0, 2)
    assert "written 0, sent now 0" in again.stdout
    outbox = table(cpsa("outbox", Q, "--format", "csv"))
    assert {(row["recipient"], row["slot"], row["state"]) for row in outbox} == {
        ("IA-A", "request", "accepted"),
        ("FC-B", "request", "accepted"),
    }


def test_one_quarter_can_be_named(cpsa, relay: Relay) -> None:
    assert cpsa("letters", "2026-27-Q1").exit_code == 0
    assert relay.raw == []
    assert table(cpsa("letters", Q, "--dry-run", "--format", "csv"))
    assert isinstance(cpsa("letters", "2026-27-H1").exception, RequestError)


def test_reminders_have_a_command_of_their_own(cpsa, relay: Relay, tmp_path: Path) -> None:
    cpsa("letters")
    engine = database.open_engine(f"sqlite:///{tmp_path / 'home' / 'cpsa.db'}")
    with engine.begin() as connection:  # the ledger goes by the database's own clock
        connection.execute(update(dispatch_event).values(at=OPEN))
        connection.execute(update(obligation).values(requested_at=OPEN))
    engine.dispose()
    assert table(cpsa("remind", "--dry-run", "--format", "csv")) == []
    at = NINE_ON_THE_15TH
    assert table(cpsa("letters", "--dry-run", "--format", "csv", at=at)) == []
    assert [
        row["letter"] for row in table(cpsa("remind", "--dry-run", "--format", "csv", at=at))
    ] == [
        "reminder-before-5",
        "reminder-before-5",
    ]
    assert cpsa("remind", at=at).exit_code == 0
    assert cpsa("remind", at=at + timedelta(hours=1)).exit_code == 0
    assert len(relay.raw) == 4


def test_what_did_not_leave_is_said_and_ends_with_1(cpsa, relay: Relay) -> None:
    away = {"CPSA_SMTP_URL": f"smtp://127.0.0.1:{free_port()}"}
    answer = cpsa("letters", **away)
    assert answer.exit_code == 1
    assert "cannot be reached" in answer.stdout
    assert "waiting 2" in answer.stdout
    assert cpsa("letters").exit_code == 0  # a person knows the cause is gone
    assert len(relay.raw) == 2


def test_letters_on_hold_are_reported_and_end_with_1(cpsa, relay: Relay) -> None:
    answer = cpsa("letters", CPSA_LETTERS="hold", CPSA_LANGUAGE="hi")
    assert answer.exit_code == 1
    assert "भेजे जाने वाले ई-मेल: 2" in answer.stdout
    assert "CPSA_LETTERS=hold" in answer.stdout
    assert relay.raw == []
    assert table(cpsa("outbox", "--format", "csv")) == []


def test_a_server_address_that_makes_no_sense_is_a_wrong_request(cpsa) -> None:
    answer = cpsa("letters", CPSA_SMTP_URL="smtp://mail.example.org:25")
    assert isinstance(answer.exception, RequestError)
