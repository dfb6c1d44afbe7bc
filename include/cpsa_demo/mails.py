"""Mails of the demo: those that its mail catcher has, and those that come back to CPSA.

The demo's own mail server writes its findings on top of what it receives, as any server does: so a
reply counts as proven (``CPSA_MAIL_AUTHSERV``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.message import EmailMessage, MIMEPart
from email.parser import BytesParser
from email.utils import format_datetime, parseaddr
from pathlib import Path

from cpsa.calendar import IST

SERVER = "mail.example.org"
"""The name of the demo's mail server."""
_WORKBOOK = "vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_BOUNCE = """Return-Path: <>
From: MAILER-DAEMON@{server}
To: cpsa@example.org
Subject: Undelivered Mail Returned to Sender
Date: {date}
Message-ID: {id}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="returned"

--returned
Content-Type: text/plain; charset=us-ascii

Your message could not be delivered to <{address}>:
{diagnostic}

--returned
Content-Type: message/delivery-status

Reporting-MTA: dns; {server}

Final-Recipient: rfc822; {address}
Action: failed
Status: 5.1.1
Remote-MTA: dns; {server}
Diagnostic-Code: smtp; {diagnostic}

--returned
Content-Type: text/rfc822-headers

To: {address}
Message-ID: {original}

--returned--
"""


@dataclass(frozen=True)
class CaughtMail:
    """One mail that was sent: its file's name, and the mail."""

    name: str
    mail: EmailMessage

    @property
    def recipient(self) -> str:
        return parseaddr(str(self.mail["To"]))[1]

    @property
    def message_id(self) -> str:
        return str(self.mail["Message-ID"]).strip()

    def find_workbook(self) -> tuple[str, bytes] | None:
        """Name and bytes of the workbook that is attached; None where there is none."""
        for part in self.mail.iter_attachments():
            name = str(part.get_filename() or "")
            if name.endswith(".xlsx"):
                return name, _get_bytes(part)
        return None


def list_caught_mails(folder: Path, address: str = "") -> Iterator[CaughtMail]:
    """The mails in the catcher's folder, oldest first; to one address if one is given."""
    for file in sorted(folder.glob(f"*{address}.eml")):
        yield read_mail(file)


def read_mail(file: Path) -> CaughtMail:
    mail = BytesParser(policy=policy.default).parsebytes(file.read_bytes())
    assert isinstance(mail, EmailMessage)
    return CaughtMail(file.name, mail)


def write_reply(sent: CaughtMail, number: int, workbook: bytes, now: datetime) -> EmailMessage:
    """A department's answer to a mail, with the filled form; ``number`` tells several apart."""
    form = sent.find_workbook()
    assert form is not None, "it is an answer to a mail with a form"
    name, _ = form
    mail = _start_mail(sent.recipient, f"Re: {sent.mail['Subject']}", now)
    mail["Message-ID"] = make_reply_id(sent, number)
    mail["In-Reply-To"] = sent.message_id
    mail.set_content("The filled action taken report form is attached.\n")
    mail.add_attachment(workbook, maintype="application", subtype=_WORKBOOK, filename=name)
    return mail


def make_reply_id(sent: CaughtMail, number: int) -> str:
    return sent.message_id.replace("<", f"<reply-{number}-", 1)


def write_bounce(sent: CaughtMail, now: datetime) -> bytes:
    """The report of a later server that the mail's address does not exist (RFC 3464)."""
    address = sent.recipient
    bounce = _BOUNCE.format(
        server=SERVER,
        id=make_bounce_id(sent),
        date=format_datetime(now.astimezone(IST)),
        address=address,
        diagnostic=f"550 5.1.1 <{address}>: Recipient address rejected: User unknown",
        original=sent.message_id,
    )
    return bounce.replace("\n", "\r\n").encode()


def make_bounce_id(sent: CaughtMail) -> str:
    return sent.message_id.replace("<", "<bounce-", 1)


def _start_mail(sender: str, subject: str, now: datetime) -> EmailMessage:
    mail = EmailMessage(policy=policy.SMTP)
    domain = sender.rpartition("@")[2]
    mail["Authentication-Results"] = (
        f"{SERVER}; dkim=pass header.d={domain}; spf=pass smtp.mailfrom={sender}"
    )
    mail["From"] = sender
    mail["To"] = "cpsa@example.org"
    mail["Subject"] = subject
    mail["Date"] = format_datetime(now.astimezone(IST))
    return mail


def _get_bytes(part: EmailMessage | MIMEPart) -> bytes:
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content
