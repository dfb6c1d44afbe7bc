"""From closed quarters to mail: documents are built once, rebuilt alike, and sent once."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from tests.factories import INCLUDE, SAMPLE
from tests.stores import empty_postgresql
from tests.unit.delivery.rig import Relay
from tests.unit.services.leaving import HALF, built_office, mailing

from cpsa.calendar import HalfYear
from cpsa.delivery.mail_message import AttachmentUse
from cpsa.errors import RequestError
from cpsa.services.app_context import AppContext
from cpsa.services.dispatch.build_documents import build_documents
from cpsa.services.dispatch.dispatch_half_year import dispatch_half_year
from cpsa.services.dispatch.plan_dispatch import plan_dispatch
from cpsa.services.publication.rebuild_document import rebuild_document
from cpsa.services.quarter.load_registry import load_registry
from cpsa.settings import from_environment
from cpsa.store.database import write_transaction
from cpsa.store.tables.action_tables import action
from cpsa.store.tables.dispatch_tables import dispatch
from cpsa.store.tables.document_tables import document
from cpsa.store.tables.registry_tables import recipient

pytestmark = pytest.mark.slow

LEARNING = "2024-25-H2/learning/STATE.hi.pdf"


@pytest.fixture(scope="module")
def office(built_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppContext]:
    home = tmp_path_factory.mktemp("office") / "home"
    shutil.copytree(built_home, home)
    opened = AppContext.from_settings(from_environment({"CPSA_HOME": str(home)}))
    yield opened
    opened.engine.dispose()


@pytest.fixture
def home(office: AppContext, tmp_path: Path) -> Path:
    """A copy of the office's home, for a test that changes it."""
    copy = tmp_path / "home"
    shutil.copytree(office.settings.home, copy)
    return copy


def test_building_again_leaves_everything_as_it_is(office: AppContext) -> None:
    shown = office.settings.documents / LEARNING
    before = shown.stat().st_mtime_ns
    built = build_documents(office, HALF, HALF.dispatch_at)
    assert built.documents >= 56
    assert built.new == 0
    assert shown.stat().st_mtime_ns == before


def test_a_document_that_went_astray_is_put_back(office: AppContext) -> None:
    shown = office.settings.documents / LEARNING
    content = shown.read_bytes()
    shown.unlink()
    build_documents(office, HALF, HALF.dispatch_at)
    assert shown.read_bytes() == content


def test_another_process_builds_the_same_bytes(office: AppContext) -> None:
    script = (
        "import sys, json; from cpsa.settings import from_environment;"
        "from cpsa.services.app_context import AppContext;"
        "from cpsa.services.publication.rebuild_document import rebuild_document;"
        "office = AppContext.from_settings(from_environment({'CPSA_HOME': sys.argv[1]}));"
        "print(json.dumps(rebuild_document(office, sys.argv[2]).same_bytes))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", script, str(office.settings.home), LEARNING],
        env={**os.environ, "PYTHONPATH": str(INCLUDE)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(answer.stdout) is True


def test_both_databases_build_the_same_bytes(
    office: AppContext, postgresql_store: str, tmp_path: Path
) -> None:
    empty_postgresql(postgresql_store)
    other = built_office(tmp_path, postgresql_store)
    try:
        ours, theirs = (one.settings.documents for one in (office, other))
        names = sorted(str(file.relative_to(ours)) for file in ours.rglob("*.pdf"))
        assert names
        differ = [
            name for name in names if (ours / name).read_bytes() != (theirs / name).read_bytes()
        ]
        assert not differ
    finally:
        other.engine.dispose()


def test_a_half_year_waits_for_both_its_quarters(office: AppContext) -> None:
    with pytest.raises(RequestError, match="2025-26-Q1"):
        build_documents(office, HalfYear.parse("2025-26-H1"), HALF.dispatch_at)


def test_nothing_is_planned_before_documents_are_built(office: AppContext) -> None:
    with pytest.raises(RequestError, match="cpsa build 2025-26-H1"):
        plan_dispatch(office, HalfYear.parse("2025-26-H1"), HALF.dispatch_at)


@pytest.mark.parametrize(
    "path", ["", "x", "2024-25-H2/learning", "2024-25-H9/learning/STATE.hi.pdf"]
)
def test_a_document_that_is_none_is_told(office: AppContext, path: str) -> None:
    with pytest.raises(RequestError):
        rebuild_document(office, path)


def test_a_half_year_leaves_once(home: Path, relay: Relay) -> None:
    office = mailing(home, relay.port)
    now: datetime = HALF.dispatch_at
    plan = plan_dispatch(office, HALF, now)
    assert len(plan.messages) == 13
    seats = {one.recipient for one in plan.messages}
    assert {"DOMSME:to:1", "DOMSME:cc:1", "REV:to:1"} <= seats

    with pytest.raises(RequestError, match="approved"):
        dispatch_half_year(office, HALF, now, "test", approved="another plan")
    assert not relay.raw

    sent = dispatch_half_year(office, HALF, now, "test", approved=plan.digest)
    assert (sent.accepted, sent.already, sent.is_complete) == (13, 0, True)
    again = dispatch_half_year(office, HALF, now, "test", approved=plan.digest)
    assert (again.accepted, again.already) == (0, 13)
    assert len(relay.raw) == 13


def test_who_is_asked_gets_what_to_work_on_and_who_gets_a_copy_does_not(
    home: Path, relay: Relay
) -> None:
    office = mailing(home, relay.port)
    plan = plan_dispatch(office, HALF, HALF.dispatch_at)
    files = {
        one.recipient: [
            (file.use, file.path.suffix or Path(file.name).suffix) for file in one.attachments
        ]
        for one in plan.messages
    }
    read, form = (AttachmentUse.READ, ".pdf"), (AttachmentUse.FILL_IN, ".xlsx")
    word, figures = (AttachmentUse.EDIT, ".docx"), (AttachmentUse.CALCULATE, ".xlsx")
    digests = (AttachmentUse.CHECK, ".txt")
    assert files["SDC:to:1"] == [read, read, form, word, read, digests]
    assert set(files["DOMSME:to:1"]) >= {read, figures}
    assert set(files["DOMSME:cc:1"]) == {read, digests}
    for seat, got in files.items():
        assert (form in got) == (word in got), f"{seat}: a form to answer, and the words to quote"
        assert figures not in got or seat == "DOMSME:to:1"
    dispatch_half_year(office, HALF, HALF.dispatch_at, "test", approved=plan.digest)
    mail = next(one for one in relay.mails if "sdc@" in one["To"])
    (edited,) = [one for one in mail.iter_attachments() if one.get_filename().endswith(".docx")]
    assert edited.get_content_type().endswith("wordprocessingml.document")
    assert edited.get_payload(decode=True).startswith(b"PK")


def test_a_dispatch_that_broke_off_goes_on_with_its_approval(home: Path, relay: Relay) -> None:
    office = mailing(home, relay.port)
    now = HALF.dispatch_at
    approved = plan_dispatch(office, HALF, now).digest
    relay.on_data += ["451 4.3.0 later"] * 2
    first = dispatch_half_year(office, HALF, now, "test", approved=approved)
    assert (first.accepted, first.pending) == (11, 2)
    again = dispatch_half_year(office, HALF, now, "test", approved=approved, at_once=True)
    assert (again.accepted, again.already) == (2, 11)
    assert len(relay.raw) == 13


def test_mail_that_cannot_leave_waits_with_its_reason(home: Path, relay: Relay) -> None:
    office = mailing(home, relay.port)
    sent = dispatch_half_year(mailing(home, 9), HALF, HALF.dispatch_at, "test")
    assert (sent.accepted, sent.pending, sent.is_complete) == (0, 13, False)
    assert "127.0.0.1:9" in sent.trouble
    assert dispatch_half_year(office, HALF, HALF.dispatch_at, "test", at_once=True).accepted == 13


def test_what_was_sent_to_a_department_is_not_sent_again_under_its_new_code(
    home: Path, relay: Relay
) -> None:
    """As version 1.0.0 left it: seats, documents, actions and recipients of DIC."""
    office = mailing(home, relay.port)
    now = HALF.dispatch_at
    assert dispatch_half_year(office, HALF, now, "test").accepted == 13
    with write_transaction(office.engine) as connection:
        for table in (action, document, recipient):
            column = table.c.subject if table is document else table.c.department
            new = {column.name: "DIC"}
            connection.execute(table.update().where(column == "DOIC").values(new))
        seat = dispatch.c.recipient == "DOIC:to:1"
        connection.execute(dispatch.update().where(seat).values(recipient="DIC:to:1"))
    office.engine.dispose()

    office = mailing(home, relay.port)
    assert dispatch_half_year(office, HALF, now, "test").accepted == 0
    loaded = load_registry(office, SAMPLE / "registry", now)
    assert not loaded.changes, "DIC and DOIC are one department"
    assert dispatch_half_year(office, HALF, now, "test").accepted == 0
    build_documents(office, HALF, now)
    plan = plan_dispatch(office, HALF, now)
    assert (len(plan.messages), plan.sent) == (0, 13)
    assert len(relay.raw) == 13
    office.engine.dispose()
