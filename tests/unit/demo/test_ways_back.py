"""The ways by which people answer in the demo, read by the programme itself."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from tests.unit.template.report_form.forms import blank

from cpsa.delivery.bounce_reports import read_bounce_reports
from cpsa.intake.channels.imap_address import ImapAddress
from cpsa.intake.channels.mail_authentication import Proof, prove_sender
from cpsa.intake.channels.mailbox import open_mailbox
from cpsa.template.report_form.report_form_reader import FilledReportForm, read_report_form
from cpsa_demo import mails
from cpsa_demo.mailbox_folder import INBOX, MailboxFolders
from cpsa_demo.mailbox_server import start_mailbox_server
from cpsa_demo.mails import SERVER, CaughtMail
from cpsa_demo.replies import fill_form

NOW = datetime(2026, 11, 30, 10, tzinfo=UTC)
FORM = "Action taken report 2024-25-H2 MSMEDI.xlsx"
XLSX = "vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@contextmanager
def serving(folders: MailboxFolders) -> Iterator[str]:
    """The demo's mailbox server on a free port; its address."""
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(start_mailbox_server(folders, 0))
    port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield f"imap://cpsa:demo@127.0.0.1:{port}/{INBOX}"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        loop.close()


@pytest.fixture
def sent() -> CaughtMail:
    """A mail to a department with its form."""
    mail = EmailMessage()
    mail["To"] = "MSMEDI <msmedi@example.org>"
    mail["Subject"] = "3 actions requested (CPSA/2024-25-H2/PACK/MSMEDI)"
    mail["Message-ID"] = "<0123@cpsa.example.org>"
    mail.set_content("See the form.")
    form = blank("PA-2024-25-Q3-001", "PA-2024-25-Q3-004", department="MSMEDI")
    mail.add_attachment(form, maintype="application", subtype=XLSX, filename=FORM)
    return CaughtMail("000001-msmedi@example.org.eml", mail)


def test_the_mailbox_is_read_and_emptied_by_the_collectors_own_reader(tmp_path: Path) -> None:
    folders = MailboxFolders(tmp_path)
    contents = [b"Message-ID: <1@x>\r\n\r\none (\r\n", b"Message-ID: <2@x>\r\n\r\ntwo) \xff\r\n"]
    for content in contents:
        folders.put_mail(content)
    with serving(folders) as address, open_mailbox(ImapAddress.parse(address)) as box:
        found = box.list_mails()
        assert [box.fetch_content(mail) for mail in found] == contents
        assert [mail.size for mail in found] == list(map(len, contents))
        box.move(found[0], "Done")
        box.move(found[1], "Done")
        assert box.list_mails() == []
        assert box.fetch_content(found[0]) is None
    assert [mail.content for mail in folders.list_mails("Done")] == contents
    assert folders.has_mail("<2@x>")
    assert not folders.has_mail("<3@x>")


def test_a_folder_outside_the_mailbox_is_none(tmp_path: Path) -> None:
    for name in ("..", "a/b", ""):
        with pytest.raises(ValueError, match=re.escape(name)):
            MailboxFolders(tmp_path / "mailbox").create_folder(name)
    assert list(tmp_path.iterdir()) == []


def test_a_filled_form_says_what_was_typed_in_the_row_of_its_action(sent: CaughtMail) -> None:
    (_, form) = sent.find_workbook() or ("", b"")
    answer = {
        "number": "PA-2024-25-Q3-004",
        "decision": "accepted",
        "day": "20-05-2025",
        "promised": "30-09-2025",
        "remarks": "A panel is approved.",
    }
    filled = read_report_form(fill_form(form, [answer]))
    assert isinstance(filled, FilledReportForm)
    (read,) = filled.answers
    assert {name: getattr(read, name) for name in answer} == answer
    with pytest.raises(KeyError):
        fill_form(form, [answer | {"number": "PA-2024-25-Q3-999"}])


def test_a_reply_is_proven_and_answers_the_mail(sent: CaughtMail) -> None:
    reply = mails.write_reply(sent, 2, b"form", NOW)
    assert prove_sender(reply.as_bytes(), "msmedi@example.org", SERVER) is Proof.PROVEN
    assert reply["In-Reply-To"] == sent.message_id
    assert reply["Message-ID"] == mails.make_reply_id(sent, 2) != mails.make_reply_id(sent, 1)
    assert [part.get_filename() for part in reply.iter_attachments()] == [FORM]


def test_the_report_of_undelivered_mail_names_mail_and_dead_address(sent: CaughtMail) -> None:
    (report,) = read_bounce_reports(mails.write_bounce(sent, NOW))
    assert report.message_id == sent.message_id
    assert report.is_about("msmedi@example.org")
    assert report.is_address_dead
