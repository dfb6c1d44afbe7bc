"""Our own template with nothing filled in is left aside beside the filled one, through a real mailbox."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.mailserver import MailServer
from tests.making import RegistryFolder
from tests.unit.collect.channels.mails import mail, part
from tests.unit.collect.workbook.samples import filled
from tests.unit.cycle.test_mailbox import workbook_part

from cpsa import cycle
from cpsa.calendar import Quarter
from cpsa.collect import readers
from cpsa.collect.workbook import is_blank_template
from cpsa.cycle import AppContext, arriving
from cpsa.store import arrivals
from cpsa.store.database import read_transaction

Q = "2025-26-Q2"
QUARTER = Quarter.parse(Q)
AT = QUARTER.opens_at + timedelta(days=3)
NOW = AT + timedelta(hours=1)
A = "ia-a@example.org"


@pytest.fixture
def mailed(office: AppContext, mail_server: MailServer, tmp_path: Path) -> AppContext:
    cycle.load_registry(
        office, RegistryFolder(agencies={"IA-A": Q}).write(tmp_path / "registry"), QUARTER.opens_at
    )
    return replace(office, settings=replace(office.settings, imap_url=mail_server.url()))


def template(office: AppContext) -> bytes:
    return cycle.build_template(office, "IA-A", QUARTER)


def outcomes(collected) -> list[tuple[str, str, int]]:
    return sorted((one.outcome, one.reason, one.version) for one in collected.items)


@pytest.mark.parametrize("is_first", [True, False])
def test_beside_the_filled_workbook_the_blank_one_is_left(mailed, mail_server, is_first) -> None:
    blank = workbook_part(template(mailed), "template.xlsx")
    answer = workbook_part(filled({"in_OP2_total": 12}, template(mailed)), "filled.xlsx")
    mail_server.put(mail(*((blank, answer) if is_first else (answer, blank)), sender=A), at=AT)
    collected = cycle.collect_mailbox(mailed, NOW)
    assert outcomes(collected) == [("aside", "channels.blank_templates", 0), ("new", "", 1)]
    (row,) = arriving.list_arrivals(mailed, QUARTER).itertuples()
    assert (row.outcome, row.file_name) == ("new", "filled.xlsx")
    assert "our own template with nothing filled in" in row.problem_en
    with read_transaction(mailed.engine) as connection:
        notice = arrivals.find_version_notice(connection, "IA-A", Q, 1)
    assert notice == "channels.blank_template"
    cycle.collect_mailbox(mailed, NOW)
    assert len(arriving.list_arrivals(mailed, QUARTER)) == 1


def test_our_forwarded_request_is_left(mailed, mail_server) -> None:
    request = mail(workbook_part(template(mailed), "IA-A 2025-26-Q2.xlsx"), boundary="b1")
    forwarded = b"Content-Type: message/rfc822\r\n\r\n" + request
    answer = workbook_part(filled({"in_OP2_total": 12}, template(mailed)), "filled.xlsx")
    mail_server.put(mail(forwarded, answer, sender=A), at=AT)
    assert outcomes(cycle.collect_mailbox(mailed, NOW)) == [
        ("aside", "channels.blank_templates", 0),
        ("new", "", 1),
    ]


def test_a_blank_template_alone_is_an_update_that_is_answered(mailed, mail_server) -> None:
    blank = workbook_part(template(mailed), "template.xlsx")
    logo = part(b"\x89PNG", "filename=logo.png", "image/png")
    mail_server.put(mail(blank, logo, sender=A), at=AT)
    assert ("new", "", 1) in outcomes(cycle.collect_mailbox(mailed, NOW))
    assert cycle.check_updates(mailed, NOW).count("returned") == 1


def test_two_blank_templates_are_one_update(mailed, mail_server) -> None:
    one, other = (
        workbook_part(template(mailed), "a.xlsx"),
        workbook_part(template(mailed), "b.xlsx"),
    )
    mail_server.put(mail(one, other, sender=A), at=AT)
    assert (
        len([one for one in outcomes(cycle.collect_mailbox(mailed, NOW)) if one[0] == "new"]) == 1
    )


@pytest.mark.parametrize(
    "typed",
    [{"in_OP2_total": 0}, {"nil_return": "yes"}, {"note_OP2": "why"}, {"entry_lesson_text": "x"}],
    ids=str,
)
def test_whatever_was_typed_makes_it_an_update(mailed, typed) -> None:
    key = mailed.seal_key
    assert is_blank_template(readers.read_update(template(mailed)), key)
    assert not is_blank_template(readers.read_update(filled(typed, template(mailed))), key)
    assert not is_blank_template(readers.read_update(template(mailed)), b"another office's key")
