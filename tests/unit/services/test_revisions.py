"""Revisions: only what changed, to whom it changed for, with a note that says what and why."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import select
from tests.factories import SAMPLE
from tests.unit.delivery.rig import Relay
from tests.unit.services.leaving import HALF, RESTATED, mailing, restate

from cpsa.delivery import ledger
from cpsa.errors import RequestError
from cpsa.services.app_context import AppContext
from cpsa.services.dispatch import mail_outbox
from cpsa.services.dispatch.dispatch_half_year import dispatch_half_year
from cpsa.services.dispatch.escalate_approval import escalate_approval
from cpsa.services.dispatch.plan_dispatch import plan_dispatch
from cpsa.services.dispatch.reject_dispatch import reject_dispatch
from cpsa.services.dispatch.send_test_mail import send_test_mail
from cpsa.services.publication.rebuild_document import rebuild_document
from cpsa.services.quarter.load_registry import load_registry
from cpsa.store.database import read_transaction
from cpsa.store.queries import document_queries
from cpsa.store.tables.audit_tables import audit

pytestmark = pytest.mark.slow

NOW = HALF.dispatch_at
LATER = NOW + timedelta(days=9)
WHY = "Figures of the Rewa centre were counted twice"


@pytest.fixture
def office(built_home: Path, tmp_path: Path, relay: Relay) -> Iterator[AppContext]:
    """The first half-year has left; the mails are forgotten."""
    home = tmp_path / "home"
    shutil.copytree(built_home, home)
    opened = mailing(home, relay.port)
    assert dispatch_half_year(opened, HALF, NOW, "test").accepted == 13
    relay.raw.clear()
    yield opened
    opened.engine.dispose()


def files_of(mail) -> dict[str, bytes]:
    return {part.get_filename(): part.get_payload(decode=True) for part in mail.iter_attachments()}


def words_of(pdf: bytes) -> str:
    if shutil.which("pdftotext") is None:
        pytest.skip("poppler is not installed")
    done = subprocess.run(
        ["pdftotext", "-enc", "UTF-8", "-", "-"], input=pdf, capture_output=True, check=True
    )
    return " ".join(done.stdout.decode().split())


def audited(office: AppContext) -> list[tuple[str, str, str, str]]:
    with read_transaction(office.engine) as connection:
        rows = connection.execute(
            select(audit.c.verb, audit.c.subject, audit.c.who, audit.c.reason).order_by(audit.c.id)
        )
        return [tuple(row) for row in rows]


def test_without_being_asked_nothing_is_sent_twice(
    office: AppContext, relay: Relay, tmp_path: Path
):
    restate(office, tmp_path / "late", LATER)
    plan = plan_dispatch(office, HALF, LATER)
    assert (len(plan.messages), plan.sent, plan.outdated) == (0, 13, 13)
    assert "outdated" in {remark.key for remark in plan.notices}
    assert dispatch_half_year(office, HALF, LATER, "test").accepted == 0
    assert relay.raw == []


def test_a_revision_sends_what_changed_and_says_what_it_replaces(
    office: AppContext, relay: Relay, tmp_path: Path
):
    restate(office, tmp_path / "late", LATER, reason="counted twice")
    plan = plan_dispatch(office, HALF, LATER, WHY)
    sent = dispatch_half_year(
        office, HALF, LATER, "test", approved=plan.digest, revise=WHY, who="an admin"
    )
    assert (sent.accepted, len(relay.raw)) == (13, 13)
    mails = {mail["To"].addresses[0].addr_spec: mail for mail in relay.mails}
    skills = mails["sdc@example.org"]
    # Two departments are asked for something by the agency whose figure was restated: its score is
    # in their compilations. The learning documents, which all get, have the figure itself.
    asked = {"sdc@example.org": "SDC", "msmedi@example.org": "MSMEDI"}
    for address, mail in mails.items():
        names = set(files_of(mail))
        assert sum("2024-25-H2 R1.pdf" in name for name in names) == 1, "the note"
        for period in ("2024-25-H2", "2024-25"):
            assert sum(name.endswith(f" {period}.pdf") for name in names) == 1, "learning documents"
        found = (re.search(r"2024-25-H2 ([A-Z]{2,})\.pdf$", name) for name in names)
        own = {match[1] for match in found if match} - {"ALL"}
        expected = {asked[address]} if address in asked else set()
        assert own == expected, f"{address}: what has not changed is not sent again"
    words = skills.get_body(("plain",)).get_content()
    assert skills["Subject"].startswith("Revised documents: ")
    assert skills["Subject"].endswith("(CPSA/2024-25-H2/PACK/SDC/R1)")
    assert "This is revision 1." in words
    assert f"Reason: {WHY}" in words
    assert "Learning document 2024-25-H2.pdf: sent on " in words
    assert "with reference CPSA/2024-25-H2/PACK/SDC\n" in words
    note = words_of(files_of(skills)["Restatement note 2024-25-H2 R1.pdf"])
    for told in (RESTATED, "FW2", "103", "101", "counted twice", "Annex B"):
        assert told in note
    assert ("send revise", HALF.key, "an admin", WHY) in audited(office)


def test_a_note_is_a_document_that_can_be_built_again(
    office: AppContext, relay: Relay, tmp_path: Path
):
    restate(office, tmp_path / "late", LATER)
    plan_dispatch(office, HALF, LATER, WHY)
    assert notes_of(office) == {}, "a plan records nothing"
    for _ in range(2):
        dispatch_half_year(office, HALF, LATER, "test", revise=WHY, who="an admin")
    kept = notes_of(office)
    sent = [
        content
        for mail in relay.mails
        for name, content in files_of(mail).items()
        if "R1.pdf" in name
    ]
    assert {hashlib.sha256(one).hexdigest() for one in sent} == {
        row["sha256"] for row in kept.values()
    }
    path = f"{HALF.key}/restatement_note/SDC-R1.en.pdf"
    assert kept[path]["reference"] == f"CPSA/{HALF.key}/RN/SDC-R1"
    assert (office.settings.documents / path).read_bytes() in sent
    restate(office, tmp_path / "later", LATER, reason="and once more", participants=99)
    for one in kept:
        again = rebuild_document(office, one)
        assert (again.same_bytes, again.changed) == (True, ()), one


def notes_of(office: AppContext) -> dict[str, Mapping]:
    with read_transaction(office.engine) as connection:
        rows = document_queries.load_current_editions(connection, [HALF]).values()
        return {row["path"]: row for row in rows if row["kind"] == "restatement_note"}


def test_the_same_revision_is_sent_once(office: AppContext, relay: Relay, tmp_path: Path):
    restate(office, tmp_path / "late", LATER)
    for _ in range(2):
        dispatch_half_year(office, HALF, LATER, "test", revise=WHY, who="an admin")
    assert len(relay.raw) == 13
    dispatch_half_year(office, HALF, LATER, "test")
    assert len(relay.raw) == 13


def test_a_second_revision_replaces_the_first(office: AppContext, relay: Relay, tmp_path: Path):
    restate(office, tmp_path / "late", LATER)
    dispatch_half_year(office, HALF, LATER, "test", revise=WHY, who="an admin")
    relay.raw.clear()
    restate(office, tmp_path / "later", LATER, reason="and once more", participants=99)
    dispatch_half_year(office, HALF, LATER, "test", revise="once more", who="an admin")
    (mail,) = [one for one in relay.mails if "sdc@" in one["To"]]
    words = mail.get_body(("plain",)).get_content()
    assert "This is revision 2." in words
    assert "CPSA/2024-25-H2/PACK/SDC/R1\n" in words
    note = words_of(files_of(mail)["Restatement note 2024-25-H2 R2.pdf"])
    assert "101" in note
    assert "103" not in note.split("Changed in")[0], "what was told in the first is not told again"


def test_a_revision_that_could_not_leave_leaves_later_with_its_reason(
    office: AppContext, relay: Relay, tmp_path: Path
):
    restate(office, tmp_path / "late", LATER)
    away = mailing(office.settings.home, 9)
    assert dispatch_half_year(away, HALF, LATER, "test", revise=WHY, who="an admin").pending == 13
    assert dispatch_half_year(office, HALF, LATER, "test", at_once=True).accepted == 13
    assert all(WHY in mail.get_body(("plain",)).get_content() for mail in relay.mails)
    assert all("R1" in mail["Subject"] for mail in relay.mails)


def test_when_nothing_changed_a_revision_sends_nothing(office: AppContext, relay: Relay):
    before = audited(office)
    assert plan_dispatch(office, HALF, LATER, WHY).messages == ()
    assert dispatch_half_year(office, HALF, LATER, "test", revise=WHY, who="an admin").accepted == 0
    assert relay.raw == []
    assert audited(office) == before


def test_what_came_back_goes_to_the_corrected_address_only(
    office: AppContext, relay: Relay, tmp_path: Path
):
    # A department that is asked for something: the form of replies and the Word edition go again too.
    (lost,) = [one for one in ledger.list_outbox(office.engine) if one.recipient == "SLM:to:1"]
    assert ledger.record_bounce(
        office.engine, lost.message_id, "5.1.1 no such user", address_dead=True
    )
    plan = plan_dispatch(office, HALF, LATER)
    assert plan.messages == ()
    assert "bounced" in {remark.key for remark in plan.notices}

    folder = tmp_path / "registry"
    shutil.copytree(SAMPLE / "registry", folder)
    recipients = pd.read_csv(folder / "recipients.csv")
    at = (recipients["department"] == "SLM") & (recipients["kind"] == "to")
    recipients.loc[at, "email"] = "corrected@example.org"
    recipients.to_csv(folder / "recipients.csv", index=False)
    load_registry(office, folder, LATER)
    (mail,) = plan_dispatch(office, HALF, LATER).messages
    assert (mail.recipient, mail.revision, len(mail.attachments)) == ("SLM:to:1", False, 6)
    assert dispatch_half_year(office, HALF, LATER, "test").accepted == 1
    assert [one["To"].addresses[0].addr_spec for one in relay.mails] == ["corrected@example.org"]
    assert dispatch_half_year(office, HALF, LATER, "test").accepted == 0


def test_what_came_back_for_another_reason_goes_again_when_a_person_says_so(
    office: AppContext, relay: Relay
):
    (lost,) = [one for one in ledger.list_outbox(office.engine) if one.recipient == "BANKS:to:1"]
    assert ledger.record_bounce(
        office.engine, lost.message_id, "5.2.2 mailbox full", address_dead=False
    )
    assert dispatch_half_year(office, HALF, LATER, "test").accepted == 0
    sent = dispatch_half_year(
        office, HALF, LATER, "test", revise="your mailbox was full", who="an admin"
    )
    assert sent.accepted == 1
    (mail,) = relay.mails
    assert mail["Message-ID"] != lost.message_id
    assert "/R" not in mail["Subject"], "the seat has got nothing that this would replace"


def test_long_after_its_day_a_half_year_leaves_only_when_told(
    built_home: Path, tmp_path: Path, relay
):
    home = tmp_path / "home"
    shutil.copytree(built_home, home)
    office = mailing(home, relay.port)
    late = NOW + timedelta(days=46)
    with pytest.raises(RequestError, match=r"15\.05\.2025.*--backfill"):
        dispatch_half_year(office, HALF, late, "test")
    assert relay.raw == []
    assert mail_outbox.list_mails(office) == (), "refused, nothing is even planned"
    assert (
        dispatch_half_year(office, HALF, late, "test", backfill=True, who="an admin").accepted == 13
    )
    assert ("send backfill", HALF.key, "an admin", "") in audited(office)
    assert dispatch_half_year(office, HALF, late, "test").already == 13, (
        "what has left needs no leave"
    )


def test_a_test_copy_goes_to_oneself_and_touches_nothing(office: AppContext, relay: Relay):
    before = mail_outbox.list_mails(office, HALF.key)
    for seconds in (0, 1):
        at = LATER + timedelta(seconds=seconds)
        sent = send_test_mail(office, HALF, "DOMSME", "me@example.org", at, "test")
        assert (sent.accepted, sent.is_complete) == (2, True)
    assert {one["To"].addresses[0].addr_spec for one in relay.mails} == {"me@example.org"}
    english, hindi = relay.mails[:2]
    assert english["Subject"].startswith("TEST: 1 action requested, reply by ")
    assert english["Subject"].endswith("(CPSA/2024-25-H2/PACK/DOMSME)")
    assert hindi["Subject"].startswith("परीक्षण: ")
    assert "Nothing was sent to the department" in english.get_body(("plain",)).get_content()
    assert len(files_of(english)) >= 3
    assert mail_outbox.list_mails(office, HALF.key) == before
    with pytest.raises(RequestError, match="DOMSME"):
        send_test_mail(office, HALF, "NOBODY", "me@example.org", LATER, "test")
    with pytest.raises(RequestError, match="not a mail address"):
        send_test_mail(office, HALF, "DOMSME", "me", LATER, "test")


def test_a_rejection_is_kept_and_shown_to_the_next_approver(office: AppContext):
    reject_dispatch(office, HALF, "asha", "page 3 names the wrong month", LATER)
    (said,) = [r for r in plan_dispatch(office, HALF, LATER).notices if r.key == "rejected"]
    assert "asha: page 3 names the wrong month" in said.text("en")
    assert ("reject dispatch", HALF.key, "asha", "page 3 names the wrong month") in audited(office)
    with pytest.raises(RequestError, match="reason"):
        reject_dispatch(office, HALF, "asha", " ", LATER)


def test_ops_are_told_once_a_day_that_nobody_answered(office: AppContext, relay: Relay):
    for _ in range(2):
        assert escalate_approval(office, HALF, LATER, "test").is_complete
    (mail,) = relay.mails
    assert mail["To"].addresses[0].addr_spec == office.settings.ops_mail
    assert "2024-25-H2" in mail["Subject"]
    assert "Clear the task approve" in mail.get_body(("plain",)).get_content()
    escalate_approval(office, HALF, LATER + timedelta(days=1), "test")
    assert len(relay.raw) == 2
