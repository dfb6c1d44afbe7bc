"""The chair's office and advisory members: documents for information, once, and nothing is requested of them."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from tests.unit.delivery.rig import Relay
from tests.unit.services import half_year
from tests.unit.services.half_year import HALF, NOW, Q1, few_documents, mailing

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.i18n.text import LANGUAGES
from cpsa.services.app_context import AppContext
from cpsa.services.decisions.department_replies import load_seats
from cpsa.services.dispatch.build_documents import build_documents
from cpsa.services.dispatch.dispatch_half_year import dispatch_half_year
from cpsa.services.dispatch.plan_dispatch import plan_dispatch
from cpsa.services.dispatch.send_approved_packs import send_approved_packs
from cpsa.services.quarter.load_registry import load_registry
from cpsa.store.database import read_transaction

pytestmark = pytest.mark.slow
DEPARTMENTS = ["banks@example.org", "sdc@example.org"]
MEMBERS = {"CHAIR": "chair@example.org", "NGO": "ngo@example.org"}
LATER = NOW + timedelta(days=1)


@pytest.fixture
def compiled(
    office: AppContext, relay: Relay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AppContext:
    """A half-year whose documents are built, with two departments as recipients."""
    monkeypatch.setattr(half_year, "_SUBJECTS", (*half_year._SUBJECTS, "ALL"))
    few_documents(monkeypatch)
    ours = mailing(office, relay)
    half_year._close(ours, tmp_path)
    build_documents(ours, HALF, NOW)
    return ours


def add_members(office: AppContext, folder: Path, kind: str = "info") -> None:
    file = folder / "registry" / "recipients.csv"
    lines = [f"{code},A member,{email},en,{kind}\n" for code, email in MEMBERS.items()]
    file.write_text(file.read_text("utf-8") + "".join(lines), "utf-8")
    load_registry(office, folder / "registry", Quarter.parse(Q1).opens_at)


def list_addresses(relay: Relay) -> list[str]:
    return sorted(mail["To"].addresses[0].addr_spec for mail in relay.mails)


def find_mail(relay: Relay, address: str) -> EmailMessage:
    (mail,) = (mail for mail in relay.mails if address in str(mail["To"]))
    return mail


def list_files(mail: EmailMessage) -> list[str]:
    return sorted(str(part.get_filename()).partition(" ")[0] for part in mail.iter_attachments())


def test_members_get_their_documents_once_and_no_request(
    compiled: AppContext, relay: Relay, tmp_path: Path
) -> None:
    add_members(compiled, tmp_path)
    plan = plan_dispatch(compiled, HALF, NOW)
    sent = dispatch_half_year(compiled, HALF, NOW, "test", approved=plan.digest)
    assert (sent.accepted, sent.is_complete) == (4, True)
    assert list_addresses(relay) == sorted([*DEPARTMENTS, *MEMBERS.values()])
    chair, member = (find_mail(relay, email) for email in MEMBERS.values())
    assert len(list_files(member)) < len(list_files(chair))
    kinds = {mail.recipient: [file.name for file in mail.attachments] for mail in plan.messages}
    assert len(kinds["CHAIR:info:1"]) == 4, "compilation of all, learning, roll-out, digests"
    assert len(kinds["NGO:info:1"]) == 2, "learning document, digests"
    for mail in (chair, member):
        assert "for information" in str(mail["Subject"]).casefold()
        assert not any(name.endswith(".xlsx") for name in list_files(mail))
    again = dispatch_half_year(compiled, HALF, LATER, "test")
    assert (again.accepted, again.already) == (0, 4)
    assert send_approved_packs(compiled, LATER, "test") == ()
    assert len(relay.raw) == 4
    with read_transaction(compiled.engine) as connection:
        answering = {seat.department for seat in load_seats(compiled, connection)}
    assert answering == {"BANKS", "SDC"}


def test_a_half_year_that_was_sent_gets_no_new_member(
    compiled: AppContext, relay: Relay, tmp_path: Path
) -> None:
    plan = plan_dispatch(compiled, HALF, NOW)
    dispatch_half_year(compiled, HALF, NOW, "test", approved=plan.digest)
    add_members(compiled, tmp_path)
    later = plan_dispatch(compiled, HALF, LATER)
    assert (later.messages, later.sent) == ((), 2)
    assert dispatch_half_year(compiled, HALF, LATER, "test").accepted == 0
    assert list_addresses(relay) == DEPARTMENTS


def test_an_approved_half_year_gets_no_new_member_either(
    compiled: AppContext, relay: Relay, tmp_path: Path
) -> None:
    approved = plan_dispatch(compiled, HALF, NOW).digest
    add_members(compiled, tmp_path)
    assert len(plan_dispatch(compiled, HALF, NOW).messages) == 4, "a new question would name them"
    sent = dispatch_half_year(compiled, HALF, NOW, "test", approved=approved)
    assert (sent.accepted, sent.is_complete) == (2, True)
    assert list_addresses(relay) == DEPARTMENTS


@pytest.mark.parametrize("kind", ["to", "cc"])
def test_a_member_is_registered_for_information_only(
    compiled: AppContext, tmp_path: Path, kind: str
) -> None:
    with pytest.raises(RequestError) as refused:
        add_members(compiled, tmp_path, kind)
    assert refused.value.key == "registry.only_informed"
    for language in LANGUAGES:
        assert "CHAIR" in refused.value.text(language)
        assert f'"{kind}"' in refused.value.text(language)
