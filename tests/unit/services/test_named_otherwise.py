"""A file is read by what it is, whatever its name: in the folder and by mail."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.factories import RegistryFolder, update
from tests.mailserver import MailServer
from tests.stores import sqlite_only
from tests.unit.intake.channels.mails import mail
from tests.unit.intake.readers.workbook.samples import packed, whole_update
from tests.unit.services.test_mailbox import csv_part

from cpsa.calendar import Quarter
from cpsa.services.app_context import AppContext
from cpsa.services.collection.collect_mailbox import collect_mailbox
from cpsa.services.collection.collect_updates import collect_updates
from cpsa.services.quarter.check_updates import check_updates
from cpsa.services.quarter.load_registry import load_registry
from cpsa.services.workbooks.build_template import build_template
from cpsa.store.database import read_transaction
from cpsa.store.queries import submission_queries

Q = "2025-26-Q2"
QUARTER = Quarter.parse(Q)
AT = QUARTER.opens_at + timedelta(days=3)
NOW = AT + timedelta(hours=1)
CSV = update("IA-A", Q, {"OP1": 1, "OP2": 12})
NAMES = {
    "workbook": [".xls", ".ods", ".csv", "", ".xlsm", ".dat"],
    "table": [".xlsx", ".xls", ".ods", "", ".txt"],
    "zip": [".zip", ".xlsx"],
}
CASES = [(kind, suffix) for kind, suffixes in NAMES.items() for suffix in suffixes]

# What a file is, is found before anything is stored.
pytestmark = sqlite_only


@pytest.fixture
def mailed(office: AppContext, mail_server: MailServer, tmp_path: Path) -> AppContext:
    folder = RegistryFolder(agencies={"IA-A": Q}).write(tmp_path / "registry")
    load_registry(office, folder, QUARTER.opens_at)
    return replace(office, settings=replace(office.settings, imap_url=mail_server.url()))


def made(office: AppContext, kind: str) -> bytes:
    if kind == "table":
        return CSV
    workbook = whole_update(build_template(office, "IA-A", QUARTER))
    return packed({"update.xlsx": workbook}) if kind == "zip" else workbook


def figure(office: AppContext) -> int:
    check_updates(office, NOW)
    with read_transaction(office.engine) as connection:
        facts = submission_queries.load_facts(connection, [1])
    return int(
        facts[(facts["indicator"] == "OP2") & (facts["dimension"] == "")]["hundredths"].iloc[0]
    )


@pytest.mark.parametrize(("kind", "suffix"), CASES)
def test_a_file_of_the_inbox_is_read_by_its_content(mailed, tmp_path, kind, suffix) -> None:
    file = tmp_path / "sent" / Q / f"IA-A{suffix}"
    file.parent.mkdir(parents=True)
    file.write_bytes(made(mailed, kind))
    assert [one.outcome for one in collect_updates(mailed, tmp_path / "sent", NOW, AT).items] == [
        "new"
    ]
    assert figure(mailed) == 1200


@pytest.mark.parametrize(("kind", "suffix"), CASES)
def test_a_mailed_file_is_read_by_its_content(mailed, mail_server, kind, suffix) -> None:
    part = csv_part(made(mailed, kind), f"update{suffix}", "application/octet-stream")
    mail_server.put(mail(part, sender="ia-a@example.org"), at=AT)
    (item,) = collect_mailbox(mailed, NOW).items
    assert (item.outcome, item.agency, item.quarter) == ("new", "IA-A", Q)
    assert figure(mailed) == 1200


def test_a_file_whose_quarter_is_unknown_is_received_once_the_subject_names_it(
    mailed, mail_server
) -> None:
    """The advice of that refusal, followed."""
    blank = CSV.replace(Q.encode(), b"")
    late = AT + timedelta(days=60)
    for number, subject in enumerate(("Update", f"Update for {Q}")):
        one = mail(
            csv_part(blank, "update.csv"),
            sender="ia-a@example.org",
            subject=subject,
            message_id=f"<{number}@example.org>",
        )
        mail_server.put(one, at=late)
    items = collect_mailbox(mailed, late + timedelta(hours=1)).items
    assert [(item.outcome, item.reason) for item in items] == [
        ("refused", "channels.which_quarter"),
        ("new", ""),
    ]
