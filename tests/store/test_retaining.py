"""Old files go by rule, with a row in the audit trail; what anything rests on never does."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import select, update
from tests.factories import INCLUDE, Clerk, RegistryFolder, csv_text, day_after_quarter

from cpsa.calendar import Quarter
from cpsa.delivery import ledger
from cpsa.delivery.mail_message import Attachment, MailMessage
from cpsa.errors import RequestError
from cpsa.intake.readers import entries_reader
from cpsa.services.app_context import AppContext
from cpsa.services.collection.load_entries import load_entries
from cpsa.services.delete_expired_files import RULES, delete_expired_files, list_expired_files
from cpsa.services.dispatch.build_documents import build_documents
from cpsa.services.quarter.close_quarter import close_quarter
from cpsa.services.quarter.load_registry import load_registry
from cpsa.services.quarter.reopen_quarter import reopen_quarter
from cpsa.services.retention_rules import FILE
from cpsa.services.transfer_store.export_store import list_stored_files
from cpsa.store.tables.audit_tables import audit
from cpsa.store.tables.dispatch_tables import MailState, dispatch

pytestmark = pytest.mark.slow

Q = Quarter.parse("2025-26-Q1")
CAME = day_after_quarter(Q.key)
YEARS_LATER = CAME + timedelta(days=3 * 366)
GARBLED = b"\xff\xfe no table at all"
TURNED_AWAY = b"agency,quarter\n"


@pytest.fixture
def office(office: AppContext, tmp_path: Path) -> AppContext:
    """The same office with rules of its own, and one file of each kind."""
    shutil.copytree(INCLUDE / "programme" / "reference", tmp_path / "reference")
    settings = replace(office.settings, reference=tmp_path / "reference")
    ours = AppContext(settings, office.engine)
    registry = RegistryFolder(agencies={"IA-A": Q.key, "FC-B": Q.key, "FC-C": Q.key})
    load_registry(ours, registry.write(tmp_path / "registry"), CAME)
    clerk = Clerk(ours, tmp_path / "sent")
    clerk.send("IA-A", Q.key)
    clerk.send("FC-B", Q.key, {"FA1": "twelve"})
    clerk.send_bytes("FC-C", Q.key, GARBLED)
    clerk.check(Q.key)
    refuse(ours, tmp_path, TURNED_AWAY, "strange.entries.csv")
    theme = sorted(ours.reference.themes)[0]
    row = ("IA-A", Q.key, "success", theme, "", "It works", "", "", "", "", "")
    entries = tmp_path / "IA-A.entries.csv"
    entries.write_text(csv_text([entries_reader.HEADER, row]), "utf-8")
    load_entries(ours, entries, CAME)
    return ours


def refuse(office: AppContext, folder: Path, content: bytes, name: str) -> None:
    """Let something come in that is turned away."""
    file = folder / name
    file.write_bytes(content)
    (item,) = load_entries(office, file, CAME).items
    assert item.outcome == "refused"


def rule(office: AppContext, **years: int | None) -> None:
    names = {f"{name}_years": "null" for name in RULES}
    names |= {f"{name}_years": str(given) for name, given in years.items()}
    file = office.settings.reference / FILE
    file.write_text("".join(f"{name}: {given}\n" for name, given in names.items()))


def kept(office: AppContext) -> set[str]:
    return {one.name for one in list_stored_files(office.settings.received)}


def digest(content: bytes) -> str:
    return sha256(content).hexdigest()


def followed(office: AppContext, folder: Path) -> None:
    """The agency whose file could not be read sends another."""
    clerk = Clerk(office, folder / "sent-again")
    clerk.send("FC-C", Q.key, at=CAME + timedelta(days=1))
    clerk.check(Q.key)


def test_as_shipped_everything_is_kept(office: AppContext, tmp_path: Path) -> None:
    followed(office, tmp_path)
    before = kept(office)
    assert delete_expired_files(office, "admin", YEARS_LATER) == ()
    assert kept(office) == before
    assert len(before) == 6


def test_what_was_refused_goes_after_its_years_and_not_before(office: AppContext) -> None:
    rule(office, refused=2)
    assert list_expired_files(office, CAME + timedelta(days=2 * 366 - 1)) == ()
    before = kept(office)
    (going,) = list_expired_files(office, YEARS_LATER)
    assert (going.rule, going.size) == ("refused", len(TURNED_AWAY))
    assert going.path.endswith(digest(TURNED_AWAY))
    assert kept(office) == before, "looking takes nothing away"
    assert delete_expired_files(office, "admin", YEARS_LATER) == (going,)
    assert kept(office) == before - {digest(TURNED_AWAY)}
    assert delete_expired_files(office, "admin", YEARS_LATER) == ()


def test_each_file_that_went_is_in_the_audit_trail(office: AppContext) -> None:
    rule(office, refused=2)
    (gone,) = delete_expired_files(office, "admin", YEARS_LATER)
    with office.engine.connect() as connection:
        rows = connection.execute(select(audit).where(audit.c.verb == "retain")).all()
    ((_, at, who, _, subject, reason),) = rows
    assert (at, who, subject) == (YEARS_LATER, "admin", gone.path)
    assert reason == f"refused, 2 years, since {CAME:%Y-%m-%d}"


def test_what_could_not_be_read_goes_when_a_later_version_came(
    office: AppContext, tmp_path: Path
) -> None:
    rule(office, unreadable=1)
    assert list_expired_files(office, YEARS_LATER) == (), "it may be admitted and read again"
    followed(office, tmp_path)
    assert [one.path[-64:] for one in list_expired_files(office, YEARS_LATER)] == [digest(GARBLED)]


def test_bytes_that_count_elsewhere_stay_though_they_were_refused_once(
    office: AppContext, tmp_path: Path
) -> None:
    """The same bytes: an update that is accepted, and one that came to a wrong door."""
    accepted = (tmp_path / "sent" / Q.key / "IA-A.csv").read_bytes()
    refuse(office, tmp_path, accepted, "again.entries.csv")
    rule(office, refused=1, unreadable=1)
    assert [one.path[-64:] for one in list_expired_files(office, YEARS_LATER)] == [
        digest(TURNED_AWAY)
    ]


def test_with_every_rule_at_work_what_counts_and_what_was_built_stays(
    office: AppContext, tmp_path: Path
) -> None:
    followed(office, tmp_path)
    close_quarter(office, Q, Q.closes_at)
    build_documents(office, Q, Q.closes_at)
    editions = list(list_stored_files(office.settings.home / "editions"))
    rule(office, refused=1, unreadable=1, letters=1, trial_mails=1)
    before = kept(office)
    delete_expired_files(office, "admin", YEARS_LATER)
    assert kept(office) == before - {digest(GARBLED), digest(TURNED_AWAY)}
    assert list(list_stored_files(office.settings.home / "editions")) == editions
    let_in = reopen_quarter(office, "FC-B", Q, "they found the figure", "admin", YEARS_LATER)
    assert [one.state for one in let_in.judgements] == ["returned"], "it was still there to read"


def attached(office: AppContext, content: bytes, seat: str, state: MailState, at: datetime) -> Path:
    file = office.settings.home / "letters" / digest(content)[:2] / digest(content)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    letter = MailMessage(
        *(Q.key, "request", seat, "A", "a@example.org", "en", "s", "<p>h</p>", "t"),
        attachments=(Attachment(file, "a.xlsx", file.name),),
    )
    ledger.plan_mails(office.engine, [letter], at)
    with office.engine.begin() as connection:
        ours = dispatch.c.recipient == seat
        connection.execute(update(dispatch).where(ours).values(state=state, changed_at=at))
    return file


def test_what_was_attached_goes_once_every_letter_with_it_is_settled(office: AppContext) -> None:
    rule(office, letters=1)
    sent = attached(office, b"sent", "IA-A", MailState.ACCEPTED, CAME)
    attached(office, b"waits", "FC-B", MailState.PENDING, CAME)
    attached(office, b"in doubt", "FC-C", MailState.UNCERTAIN, CAME)
    attached(office, b"both", "IA-X", MailState.ACCEPTED, CAME)
    attached(office, b"both", "IA-Y", MailState.PENDING, CAME)
    attached(office, b"lately", "IA-Z", MailState.FAILED, YEARS_LATER - timedelta(days=300))
    delete_expired_files(office, "admin", YEARS_LATER)
    left = {one.read_bytes() for one in list_stored_files(office.settings.home / "letters")}
    assert left == {b"waits", b"in doubt", b"both", b"lately"}
    assert not sent.exists()


def test_what_a_trial_caught_goes(office: AppContext) -> None:
    rule(office, trial_mails=1)
    caught = office.settings.home / "mails" / "worker-1"
    caught.mkdir(parents=True)
    for name, at in (("old.eml", CAME), ("new.eml", YEARS_LATER)):
        (caught / name).write_text("Subject: trial")
        os.utime(caught / name, (at.timestamp(), at.timestamp()))
    (gone,) = delete_expired_files(office, "admin", YEARS_LATER)
    assert gone.path == "mails/worker-1/old.eml"
    assert [one.name for one in caught.iterdir()] == ["new.eml"]


@pytest.mark.parametrize("years", ["0", "2.5", "soon", "-1"])
def test_a_rule_that_makes_no_sense_is_said_with_its_file(office: AppContext, years: str) -> None:
    rule(office, refused=years)  # type: ignore[arg-type]
    with pytest.raises(RequestError, match=r"retention\.yaml") as said:
        delete_expired_files(office, "admin", YEARS_LATER)
    assert years in str(said.value)


def test_the_command_shows_then_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from typer.testing import CliRunner

    from cpsa.cli.command_line import app

    monkeypatch.setenv("CPSA_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("CPSA_DATABASE_URL", raising=False)
    runner = CliRunner()
    assert runner.invoke(app, ["db", "upgrade"]).exit_code == 0
    shutil.copytree(INCLUDE / "programme" / "reference", tmp_path / "reference")
    file = tmp_path / "reference" / FILE
    file.write_text(file.read_text().replace("trial_mails_years: null", "trial_mails_years: 1"))
    monkeypatch.setenv("CPSA_REFERENCE", str(tmp_path / "reference"))
    caught = tmp_path / "home" / "mails" / "old.eml"
    caught.parent.mkdir()
    caught.write_text("x")
    os.utime(caught, (0, 0))
    shown = runner.invoke(app, ["retain", "--dry-run"])
    assert "mails/old.eml" in shown.stdout
    assert "1 files (1 bytes) can be deleted" in shown.stdout
    assert caught.exists()
    monkeypatch.setenv("CPSA_LANGUAGE", "hi")
    assert "1 फ़ाइलें (1 बाइट) हटा दी गईं" in runner.invoke(app, ["retain"]).stdout
    assert not caught.exists()
