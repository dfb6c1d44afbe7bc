"""Our own template with nothing filled in is left aside beside the filled one, through a real mailbox."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.factories import RegistryFolder
from tests.mailserver import MailServer
from tests.stores import sqlite_only
from tests.unit.intake.channels.mails import mail, part
from tests.unit.intake.readers.workbook.samples import filled
from tests.unit.services.test_mailbox import workbook_part

from cpsa.calendar import Quarter
from cpsa.intake.readers.read_update import read_update
from cpsa.intake.readers.workbook.blank_template import is_blank_template
from cpsa.services.app_context import AppContext
from cpsa.services.collection.collect_mailbox import collect_mailbox
from cpsa.services.quarter.check_updates import check_updates
from cpsa.services.reports.list_arrivals import list_arrivals
from cpsa.services.workbooks.build_template import build_template
from cpsa.store.database import read_transaction
from cpsa.store.queries import arrival_queries

Q = "2025-26-Q2"
QUARTER = Quarter.parse(Q)
AT = QUARTER.opens_at + timedelta(days=3)
NOW = AT + timedelta(hours=1)
A = "ia-a@example.org"

# What a file is, is found before anything is stored.
pytestmark = sqlite_only


@pytest.fixture
def mailed(office: AppContext, mail_server: MailServer, tmp_path: Path) -> AppContext:
    registry = RegistryFolder(agencies={"IA-A": Q})
    registry.load(office, tmp_path / "registry", QUARTER.opens_at)
    return replace(office, settings=replace(office.settings, imap_url=mail_server.url()))


def template(office: AppContext) -> bytes:
    return build_template(office, "IA-A", QUARTER)


def outcomes(collected) -> list[tuple[str, str, int]]:
    return sorted((one.outcome, one.reason, one.version) for one in collected.items)


@pytest.mark.parametrize("is_first", [True, False])
def test_beside_the_filled_workbook_the_blank_one_is_left(mailed, mail_server, is_first) -> None:
    blank = workbook_part(template(mailed), "template.xlsx")
    answer = workbook_part(filled({"in_OP2_total": 12}, template(mailed)), "filled.xlsx")
    mail_server.put(mail(*((blank, answer) if is_first else (answer, blank)), sender=A), at=AT)
    collected = collect_mailbox(mailed, NOW)
    assert outcomes(collected) == [("aside", "channels.blank_templates", 0), ("new", "", 1)]
    (row,) = list_arrivals(mailed, QUARTER).itertuples()
    assert (row.outcome, row.file_name) == ("new", "filled.xlsx")
    assert "our own template with nothing filled in" in row.problem_en
    with read_transaction(mailed.engine) as connection:
        notice = arrival_queries.find_version_notice(connection, "IA-A", Q, 1)
    assert notice == "channels.blank_template"
    collect_mailbox(mailed, NOW)
    assert len(list_arrivals(mailed, QUARTER)) == 1


def test_our_forwarded_request_is_left(mailed, mail_server) -> None:
    request = mail(workbook_part(template(mailed), "IA-A 2025-26-Q2.xlsx"), boundary="b1")
    forwarded = b"Content-Type: message/rfc822\r\n\r\n" + request
    answer = workbook_part(filled({"in_OP2_total": 12}, template(mailed)), "filled.xlsx")
    mail_server.put(mail(forwarded, answer, sender=A), at=AT)
    assert outcomes(collect_mailbox(mailed, NOW)) == [
        ("aside", "channels.blank_templates", 0),
        ("new", "", 1),
    ]


def test_a_blank_template_alone_is_an_update_that_is_answered(mailed, mail_server) -> None:
    blank = workbook_part(template(mailed), "template.xlsx")
    logo = part(b"\x89PNG", "filename=logo.png", "image/png")
    mail_server.put(mail(blank, logo, sender=A), at=AT)
    assert ("new", "", 1) in outcomes(collect_mailbox(mailed, NOW))
    assert check_updates(mailed, NOW).count("returned") == 1


def test_two_blank_templates_are_one_update(mailed, mail_server) -> None:
    one, other = (
        workbook_part(template(mailed), "a.xlsx"),
        workbook_part(template(mailed), "b.xlsx"),
    )
    mail_server.put(mail(one, other, sender=A), at=AT)
    assert len([one for one in outcomes(collect_mailbox(mailed, NOW)) if one[0] == "new"]) == 1


@pytest.mark.parametrize(
    "typed",
    [{"in_OP2_total": 0}, {"nil_return": "yes"}, {"note_OP2": "why"}, {"entry_lesson_text": "x"}],
    ids=str,
)
def test_whatever_was_typed_makes_it_an_update(mailed, typed) -> None:
    key = mailed.seal_key
    assert is_blank_template(read_update(template(mailed)), key)
    assert not is_blank_template(read_update(filled(typed, template(mailed))), key)
    assert not is_blank_template(read_update(template(mailed)), b"another office's key")
