"""People who have left are blanked after the years of retention.yaml; all that rests on them stays."""

from __future__ import annotations

import logging
import re
import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.engine import Row
from tests.factories import INCLUDE, Clerk, RegistryFolder, day_after_quarter
from tests.stores import empty_postgresql, fill_office
from typer.testing import CliRunner

from cpsa.calendar import Quarter
from cpsa.cli import session
from cpsa.cli.command_line import app
from cpsa.delivery import ledger
from cpsa.delivery.mail_message import MailMessage
from cpsa.services.app_context import AppContext
from cpsa.services.blank_personal_data import blank_personal_data, preview_blanking
from cpsa.services.dispatch.build_documents import build_documents
from cpsa.services.publication.rebuild_document import rebuild_document
from cpsa.services.quarter.load_registry import load_registry
from cpsa.services.quarter.reopen_quarter import reopen_quarter
from cpsa.services.retention_rules import FILE
from cpsa.services.transfer_store.export_store import export_store
from cpsa.services.transfer_store.import_store import import_store
from cpsa.settings import from_environment
from cpsa.store import database
from cpsa.store.queries import audit_queries, letter_queries, personal_data_queries
from cpsa.store.queries.signing_officer_queries import record_signing_officers
from cpsa.store.schema import BLANKED, metadata
from cpsa.store.tables.audit_tables import audit
from cpsa.store.tables.awaiting_arrival_tables import arrival_settlement, awaiting_arrival
from cpsa.store.tables.closing_tables import closing
from cpsa.store.tables.dispatch_tables import MailState, dispatch, dispatch_event
from cpsa.store.tables.exception_tables import lock_exception
from cpsa.store.tables.registry_tables import agency, recipient
from cpsa.store.tables.submission_tables import signing_officer, submission
from cpsa.submissions.signing_officer import SigningOfficer

pytestmark = pytest.mark.slow

Q = Quarter.parse("2025-26-Q1")
CAME = day_after_quarter(Q.key)
FOLLOWED = CAME + timedelta(days=1)  # another officer signs
LEFT = Q.closes_at + timedelta(days=60)  # another recipient, another address of the agency
STAYED = LEFT + timedelta(days=400)  # the last thing that Ravi did
AN_INSTANT = timedelta(microseconds=1)
THREE_YEARS, TEN_YEARS = timedelta(days=3 * 366), timedelta(days=10 * 366)
LEAVER, STAYER, FORMER = "leaver@example.org", "stayer@example.org", "ia-a@example.org"
FIRST, SECOND = "First Officer", "Second Officer"
NAMES = (LEAVER, FORMER, FIRST, "Officer of SNT", "asha")


@pytest.fixture
def left(office: AppContext, tmp_path: Path) -> AppContext:
    """An office with a closed quarter that a recipient, an officer and a member of staff have left."""
    fill_office(office, "left", lambda: leave(office, tmp_path))
    return office


def leave(office: AppContext, tmp_path: Path) -> None:
    clerk = Clerk(office, tmp_path / "sent")
    registry = RegistryFolder(agencies={"IA-A": Q.key}, recipients={"SNT": LEAVER, "DOIC": STAYER})
    load_registry(office, registry.write(tmp_path / "one"), CAME)
    clerk.send("IA-A", Q.key, {"A1": 4, "A2": 4})
    clerk.send("IA-A", Q.key, {"A1": 4, "A2": 3}, at=FOLLOWED)
    sign(office, FIRST, SECOND)
    clerk.close(Q.key, "asha")
    letters = [letter("SNT:to:1", LEAVER), letter("DOIC:to:1", STAYER), letter("IA-A", FORMER)]
    ledger.plan_mails(office.engine, letters, CAME)
    settle(office, MailState.ACCEPTED)
    two = registry.write(tmp_path / "two")
    for name, before, after in (
        ("recipients", LEAVER, "next@example.org"),
        ("recipients", "Officer of SNT", "Who Followed"),
        ("agencies", FORMER, "new@example.org"),
    ):
        file = two / f"{name}.csv"
        file.write_text(file.read_text("utf-8").replace(before, after), "utf-8")
    load_registry(office, two, LEFT, "asha", "they left")
    reopen_quarter(office, "IA-A", Q, "late figures", "ravi", STAYED)


def letter(to: str, email: str) -> MailMessage:
    name = f"Officer of {to.partition(':')[0]}"
    return MailMessage(Q.key, "request", to, name, email, "en", "Subject", f"<p>{name}</p>", name)


def sign(office: AppContext, *names: str) -> None:
    """The officers of the submissions, oldest first."""
    with database.write_transaction(office.engine) as connection:
        ids = connection.execute(select(submission.c.id).order_by(submission.c.id)).scalars().all()
        officers = [SigningOfficer(name, "Manager") for name in names]
        record_signing_officers(connection, dict(zip(ids, officers, strict=True)))


def settle(office: AppContext, state: MailState) -> None:
    """As the ledger has it after each mail's last step, at an instant of this test."""
    done = {"state": state, "detail": dispatch.c.to_email, "changed_at": CAME}
    its_detail = select(dispatch.c.detail).where(dispatch.c.id == dispatch_event.c.dispatch)
    with office.engine.begin() as connection:
        connection.execute(update(dispatch).values(done))
        connection.execute(update(dispatch_event).values(detail=its_detail.scalar_subquery()))


def read(office: AppContext, table) -> list[Row]:
    with office.engine.connect() as connection:
        return list(connection.execute(select(table).order_by(*table.primary_key)))


def everything(office: AppContext) -> str:
    return repr([read(office, table) for table in metadata.sorted_tables])


def test_nobody_is_blanked_before_the_years_are_over(left: AppContext) -> None:
    before = everything(left)
    assert preview_blanking(left, FOLLOWED + THREE_YEARS).counts == {}
    assert blank_personal_data(left, "admin", FOLLOWED + THREE_YEARS).counts == {}
    assert everything(left) == before


def test_after_the_years_the_names_are_gone_and_the_rest_stays(left: AppContext) -> None:
    now = STAYED + TEN_YEARS
    before = everything(left)
    counted = preview_blanking(left, now).counts
    assert everything(left) == before
    done = blank_personal_data(left, "admin", now).counts
    assert done == counted
    after = everything(left)
    assert [name for name in NAMES if name in before and name in after] == []
    for present in (STAYER, "new@example.org", "next@example.org", SECOND, "ravi", "Who Followed"):
        assert after.count(present) == before.count(present), present
    assert blank_personal_data(left, "admin", now).counts == {}
    assert everything(left) == after


def test_an_officer_has_left_when_another_one_signs(left: AppContext) -> None:
    now = FOLLOWED + THREE_YEARS + AN_INSTANT
    assert blank_personal_data(left, "admin", now).counts == {"dispatch": 1, "signing_officer": 1}
    first, second = read(left, signing_officer)
    assert (first.name, first.designation) == (BLANKED, "Manager")
    assert (second.name, second.designation) == (SECOND, "Manager")
    (about_it,) = [mail for mail in read(left, dispatch) if mail.html == BLANKED]
    assert (about_it.recipient, about_it.text, about_it.to_email) == ("IA-A", BLANKED, FORMER)


def test_the_last_officer_stays_until_the_agency_has_ended(left: AppContext) -> None:
    blank_personal_data(left, "admin", STAYED + TEN_YEARS)
    assert read(left, signing_officer)[1].name == SECOND
    with left.engine.begin() as connection:
        connection.execute(update(agency).where(agency.c.until.is_(None)).values(until=1))
    assert blank_personal_data(left, "admin", LEFT + THREE_YEARS).counts == {}
    blank_personal_data(left, "admin", LEFT + THREE_YEARS + AN_INSTANT)
    assert read(left, signing_officer)[1].name == BLANKED


def test_an_officer_who_signs_again_has_not_left(left: AppContext) -> None:
    with left.engine.begin() as connection:
        connection.execute(update(signing_officer).values(name=FIRST))
    blank_personal_data(left, "admin", STAYED + TEN_YEARS)
    assert [row.name for row in read(left, signing_officer)] == [FIRST, FIRST]


def test_a_contact_has_left_with_the_last_entry_of_the_registry(left: AppContext) -> None:
    assert "recipient" not in blank_personal_data(left, "admin", LEFT + THREE_YEARS).counts
    done = blank_personal_data(left, "admin", LEFT + THREE_YEARS + AN_INSTANT).counts
    assert done == {"dispatch_event": 2, "dispatch": 2, "recipient": 2, "agency": 1}
    by_department = {(row.department, row.until): row for row in read(left, recipient)}
    gone = by_department["SNT", 1]
    assert (gone.name, gone.email, gone.language, gone.kind) == (BLANKED, BLANKED, "hi", "to")
    assert by_department["SNT", None].email == "next@example.org"
    assert by_department["DOIC", None].email == STAYER
    assert [row.email for row in read(left, agency)] == [BLANKED, "new@example.org"]


def test_who_is_in_the_registry_elsewhere_has_not_left(left: AppContext) -> None:
    with left.engine.begin() as connection:
        moved = update(recipient).where(recipient.c.department == "DOIC")
        connection.execute(moved.values(email=f" {LEAVER.upper()} ", name="officer of  SNT"))
    blank_personal_data(left, "admin", STAYED + TEN_YEARS)
    assert read(left, recipient)[0].email == LEAVER
    assert read(left, dispatch)[0].to_email == LEAVER


def test_of_a_mail_to_who_left_the_ledger_keeps_all_that_it_works_with(left: AppContext) -> None:
    before = read(left, dispatch)[0]
    blank_personal_data(left, "admin", LEFT + THREE_YEARS + AN_INSTANT)
    after = read(left, dispatch)[0]
    blanked = ("to_name", "to_email", "html", "text", "detail")
    assert {getattr(after, name) for name in blanked} == {BLANKED}
    kept = [name for name in before._fields if name not in blanked]
    assert [getattr(after, name) for name in kept] == [getattr(before, name) for name in kept]
    assert read(left, dispatch_event)[0].detail == BLANKED


@pytest.mark.parametrize("state", [MailState.PENDING, MailState.UNCERTAIN, MailState.CLAIMED])
def test_mail_that_is_not_settled_is_left_alone(left: AppContext, state: MailState) -> None:
    settle(left, state)
    blank_personal_data(left, "admin", STAYED + TEN_YEARS)
    assert {mail.to_email for mail in read(left, dispatch)} == {LEAVER, STAYER, FORMER}
    assert BLANKED not in {mail.html for mail in read(left, dispatch)}


def test_a_mail_that_waits_again_before_it_is_blanked_stays_whole(left: AppContext) -> None:
    """Somebody may put a failed mail back between the look at it and the change."""
    settle(left, MailState.FAILED)
    ids = {mail.id for mail in read(left, dispatch)}
    _, whole, words = personal_data_queries.list_mail_blankings(ids, ids, STAYED)
    ledger.retry_now(left.engine, Q.key, also_failed=True)
    with database.write_transaction(left.engine) as connection:
        assert personal_data_queries.blank_rows(connection, whole) == 0
        assert personal_data_queries.blank_rows(connection, words) == 0


@pytest.mark.parametrize("state", list(MailState))
def test_nothing_is_sent_twice_because_of_it(left: AppContext, state: MailState) -> None:
    """Neither planned again nor put back by hand, in whatever state the mail was settled."""
    settle(left, state)
    blank_personal_data(left, "admin", STAYED + TEN_YEARS)
    mails = [mail for mail in read(left, dispatch) if mail.html == BLANKED]
    planned = ledger.plan_mails(left.engine, [letter("SNT:to:1", LEAVER)], STAYED, keep=True)
    assert planned.new == planned.revised == 0
    ledger.retry_now(left.engine, Q.key, also_failed=True)
    after = {mail.id: mail for mail in read(left, dispatch)}
    for mail in mails:
        if mail.recipient != "SNT:to:1":  # its words were just given anew
            assert after[mail.id].state == mail.state
    with left.engine.connect() as connection:
        ids = [mail.id for mail in mails if after[mail.id].html == BLANKED]
        assert letter_queries.load_dispatches(connection, ids) == []
    waiting = [mail for mail in after.values() if mail.state == MailState.PENDING]
    assert BLANKED not in {mail.html for mail in waiting}


def test_senders_of_settled_arrivals_are_blanked_and_of_waiting_ones_not(left: AppContext) -> None:
    row = {
        "channel": "mailbox",
        "sha256": "0" * 64,
        "file_name": "a.csv",
        "size": 1,
        "received_at": CAME,
        "recorded_at": CAME,
        "kind": "update",
        "party": "IA-A",
        "period": Q.key,
        "sender": LEAVER,
        "parties": ["IA-A"],
        "proof": "none",
    }
    with left.engine.begin() as connection:
        for id in (1, 2):
            values = {**row, "id": id, "key": f"<{id}@x>", "reason": ""}
            connection.execute(insert(awaiting_arrival).values(**values))
        settled = {"outcome": "confirmed", "settled_at": LEFT, "settled_by": "address"}
        connection.execute(insert(arrival_settlement).values(awaiting_id=1, reason="", **settled))
    assert "awaiting_arrival" not in blank_personal_data(left, "admin", LEFT + THREE_YEARS).counts
    blank_personal_data(left, "admin", STAYED + TEN_YEARS)
    assert [arrival.sender for arrival in read(left, awaiting_arrival)] == [BLANKED, LEAVER]
    assert [one.settled_by for one in read(left, arrival_settlement)] == ["address"]


def test_staff_have_left_after_the_last_thing_that_they_did(left: AppContext) -> None:
    last = max(row.at for row in read(left, audit) if row.who == "asha")
    blank_personal_data(left, "admin", last + TEN_YEARS)
    assert {row.closed_by for row in read(left, closing) if row.closed_by} == {"asha"}
    blank_personal_data(left, "admin", last + TEN_YEARS + AN_INSTANT)
    assert {row.closed_by for row in read(left, closing) if row.closed_by} == {BLANKED}
    whos = {row.who for row in read(left, audit)}
    assert whos == {BLANKED, "ravi", "admin"}
    assert {row.given_by for row in read(left, lock_exception)} == {"ravi"}


def test_agencies_and_channels_are_no_persons(left: AppContext) -> None:
    with database.write_transaction(left.engine) as connection:
        audit_queries.add_audit(connection, CAME, "IA-A", "confirm arrival", "1", "")
    blank_personal_data(left, "admin", STAYED + 2 * TEN_YEARS)
    assert "IA-A" in {row.who for row in read(left, audit)}


def test_a_worker_who_sends_by_a_command_is_a_person(left: AppContext) -> None:
    with left.engine.begin() as connection:
        by_hand = dispatch.c.recipient == "DOIC:to:1"
        connection.execute(update(dispatch).values(worker="collect/run 7"))
        connection.execute(update(dispatch).where(by_hand).values(worker="cli:meera"))
        connection.execute(update(dispatch_event).values(worker="cli:meera", at=CAME))
    blank_personal_data(left, "admin", STAYED + TEN_YEARS)
    assert {mail.worker for mail in read(left, dispatch)} == {"collect/run 7", BLANKED}
    assert {event.worker for event in read(left, dispatch_event)} == {BLANKED}


def test_the_audit_says_who_blanked_how_many_rows_by_which_rule(left: AppContext) -> None:
    now = LEFT + THREE_YEARS + AN_INSTANT
    blank_personal_data(left, "admin", now)
    rows = [row for row in read(left, audit) if row.verb == "blank"]
    assert {(row.at, row.who) for row in rows} == {(now, "admin")}
    assert [(row.subject, row.reason) for row in rows] == [
        ("dispatch_event", "contacts, 3 years: 2 rows"),
        ("dispatch", "contacts, 3 years: 2 rows"),
        ("signing_officer", "contacts, 3 years: 1 rows"),
        ("agency", "contacts, 3 years: 1 rows"),
        ("recipient", "contacts, 3 years: 1 rows"),
        ("recipient", "contacts, 3 years: 1 rows"),
    ]


def test_documents_are_rebuilt_with_the_same_bytes_and_none_is_out_of_date(
    left: AppContext,
) -> None:
    build_documents(left, Q, STAYED)
    blank_personal_data(left, "admin", STAYED + TEN_YEARS)
    later = AppContext(left.settings, left.engine)  # which has read no registry yet
    for path in ("quarterly_update/IA-A.en.pdf", "quarterly_update/STATE.hi.pdf"):
        rebuilt = rebuild_document(later, f"{Q.key}/{path}")
        assert (rebuilt.same_bytes, rebuilt.changed) == (True, ())
    assert build_documents(later, Q, STAYED + TEN_YEARS).new == 0


def test_a_blanked_store_is_exported_and_imported_as_it_is(
    left: AppContext, tmp_path: Path, sqlite_template: Path, postgresql_store: str
) -> None:
    blank_personal_data(left, "admin", STAYED + TEN_YEARS)
    export_store(left, tmp_path / "out.zip")
    if left.engine.dialect.name == "sqlite":
        empty_postgresql(url := postgresql_store)
    else:
        url = f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'other.db')}"
    variables = {"CPSA_HOME": str(tmp_path / "other"), "CPSA_DATABASE_URL": url}
    other = AppContext.from_settings(from_environment(variables))
    import_store(other, tmp_path / "out.zip")
    export_store(other, tmp_path / "back.zip")
    other.engine.dispose()
    assert (tmp_path / "back.zip").read_bytes() == (tmp_path / "out.zip").read_bytes()


def with_rules(office: AppContext, folder: Path, change) -> AppContext:
    shutil.copytree(INCLUDE / "programme" / "reference", folder / "reference")
    file = folder / "reference" / FILE
    file.write_text(change(file.read_text("utf-8")), "utf-8")
    settings = replace(office.settings, reference=folder / "reference")
    return AppContext(settings, office.engine)


def without_people(text: str) -> str:
    return "".join(
        f"{line}\n" for line in text.splitlines() if "contacts" not in line and "staff" not in line
    )


@pytest.mark.parametrize(
    "change",
    [without_people, lambda text: text.replace(": 3 ", ": null ").replace(": 10 ", ": null ")],
    ids=["a file of an earlier version", "never"],
)
def test_without_years_nobody_is_blanked(left: AppContext, tmp_path: Path, change) -> None:
    office = with_rules(left, tmp_path, change)
    assert preview_blanking(office, datetime.max.replace(tzinfo=CAME.tzinfo)).counts == {}


def test_neither_the_log_nor_what_is_shown_names_anybody(
    left: AppContext, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "cpsa")
    blank_personal_data(left, "admin", STAYED + TEN_YEARS)
    assert "blank_personal_data" in caplog.text
    assert "recipient 2" in caplog.text
    assert [name for name in NAMES if name in caplog.text] == []


@pytest.mark.parametrize("language", ["en", "hi"])
def test_the_command_shows_counts_by_table_and_no_names(
    left: AppContext, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    url = left.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("CPSA_HOME", str(left.settings.home))
    monkeypatch.setenv("CPSA_DATABASE_URL", url)
    monkeypatch.setenv("CPSA_LANGUAGE", language)
    monkeypatch.setattr(session, "now", lambda: STAYED + TEN_YEARS)
    before = everything(left)
    looked = CliRunner().invoke(app, ["retain", "--dry-run"])
    assert everything(left) == before
    done = CliRunner().invoke(app, ["retain"])
    assert (looked.exit_code, done.exit_code) == (0, 0)
    shown, done_lines = looked.stdout.splitlines(), done.stdout.splitlines()
    assert shown[:-2] == done_lines[:-2]  # the table; then a line about files and one about people
    assert ["signing_officer", "1"] in [line.split() for line in shown]
    number = sum(int(line.split()[-1]) for line in shown[1:-2])
    assert str(number) in shown[-1]
    assert str(number) in done_lines[-1]
    assert [name for name in NAMES if name in looked.stdout + done.stdout] == []


NO_PERSON = {
    *("agency.name_en", "agency.name_hi", "programme_setting.name"),
    *("cluster.name_en", "cluster.name_hi"),
    "decision.decided_by",  # the post of an officer
    *("question.asked_by_run", "question.answer_by", "department_reply.found_by"),
}
NAMING = re.compile(r"(^|_)(by|name|email|sender|who|worker|html|detail)(_|$)")


def test_every_column_that_may_name_a_person_is_blanked_or_is_known_to_name_none() -> None:
    named = {
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
        if NAMING.search(column.name) and column.name != "file_name"
    }
    blankings = [
        *personal_data_queries.list_mail_blankings([1], [1], CAME),
        *personal_data_queries.list_staff_blankings(["asha"]),
    ]
    blanked = {f"{one.table.name}.{column}" for one in blankings for column in one.columns}
    blanked |= {"agency.email", "recipient.email", "recipient.name"}
    blanked |= {"awaiting_arrival.sender", "signing_officer.name"}
    assert named - blanked == NO_PERSON
    assert blanked - named == {"dispatch.text"}
