"""The demo's mail reader: its pages say what is in the two folders, and nothing else is shown."""

from __future__ import annotations

from email.headerregistry import Address
from email.message import EmailMessage
from pathlib import Path

import pytest

from cpsa_demo.mail_reader import MailReader
from cpsa_demo.mailbox_folder import MailboxFolders

NAME = "000001-ia.a@example.org.eml"
LINK = "http://127.0.0.1:8090/u/token"


@pytest.fixture
def reader(tmp_path: Path) -> MailReader:
    mail = EmailMessage()
    mail["From"] = "CPSA <cpsa@example.org>"
    mail["To"] = Address("एमएसएमई फेसिलिटेशन केंद्र, शहडोल (सुविधा केंद्र)", addr_spec="ia.a@example.org")
    mail["Subject"] = "Accepted <b>"
    mail.set_content("Your update is accepted.")
    mail.add_alternative(f'<p>Accepted</p><a href="{LINK}">Page</a>', subtype="html")
    mail.add_attachment(b"PK", maintype="application", subtype="zip", filename="नमूना.xlsx")
    sent = tmp_path / "mails"
    sent.mkdir()
    (sent / NAME).write_bytes(mail.as_bytes())
    (tmp_path / "secret.eml").write_bytes(mail.as_bytes())
    mailbox = MailboxFolders(tmp_path / "mailbox")
    mailbox.put_mail(b"Subject: Returned\r\n\r\nUser unknown", "Done")
    return MailReader(sent, mailbox, "en")


def page(reader: MailReader, path: str) -> str:
    answer = reader.answer(path)
    assert answer is not None, path
    return answer.content.decode()


def test_the_list_has_what_was_sent_and_what_came_back(reader: MailReader) -> None:
    listed = page(reader, "/")
    assert f'href="/sent/{NAME}"' in listed
    assert "Accepted &lt;b&gt;" in listed
    assert 'href="/Done/000001.eml"' in listed
    assert "एमएसएमई फेसिलिटेशन केंद्र, शहडोल (सुविधा केंद्र)" in listed


def test_a_mail_is_shown_with_its_links_and_attachments(reader: MailReader) -> None:
    shown = page(reader, f"/sent/{NAME}")
    assert "allow-scripts" not in shown
    assert "नमूना.xlsx" in shown
    body = page(reader, f"/sent/{NAME}/body")
    assert f'<base target="_blank"><p>Accepted</p><a href="{LINK}">' in body
    attached = reader.answer(f"/sent/{NAME}/0")
    assert attached is not None
    assert (attached.content, attached.name) == (b"PK", "नमूना.xlsx")
    assert "<pre>User unknown</pre>" in page(reader, "/Done/000001.eml/body")


@pytest.mark.parametrize(
    "path", ["/../secret.eml", "/sent/../secret.eml", f"/sent/{NAME}/7", "/none/000001.eml", "/x"]
)
def test_nothing_else_is_shown(reader: MailReader, path: str) -> None:
    assert reader.answer(path) is None
