"""From a message to the bytes that travel: MIME by yagmail's ``prepare_send``, its traps closed.

What belongs here: building and proving one mail. What must not: the network (``smtp``) and wording.

yagmail reads any text that is the path of a file as a wish to attach it, guesses types from the
machine's tables, names files in one long line, puts the HTML into the plain part as well and folds no
header. So the body goes in as ``raw``, and the plain part, long headers and files (``mail_attachment``) are
set by us; files last and as bytes, for to parse and write them again took most of the time.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from email import message_from_string
from email.header import Header
from email.message import Message as Mime
from email.utils import format_datetime, formataddr
from typing import Any

import yagmail

from cpsa.delivery.mail_attachment import UnsendableError, encode_attachment
from cpsa.delivery.mail_message import MailMessage, one_line
from cpsa.i18n.text import LANGUAGES, Text

_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w.-]+", re.ASCII)


def is_address(text: str) -> bool:
    """Whether ``text`` has the form of an address; only the server knows if it exists."""
    return _ADDRESS.fullmatch(text) is not None


class MailComposer:
    """Builds mails from one sender, named in the language of each mail."""

    def __init__(self, sender: str, sender_name: Text) -> None:
        self.sender = sender
        # The name as a mapping: of a plain text without @ yagmail would make a gmail address.
        self._writers = {
            language: yagmail.SMTP(
                {sender: one_line(sender_name.in_(language))},
                smtp_skip_login=True,
                soft_email_validation=False,
            )
            for language in LANGUAGES
        }

    def compose(self, message: MailMessage, message_id: str, date: datetime) -> bytes:
        """The whole mail, lines ended by CRLF, not yet dot-quoted."""
        address = message.to_email
        if not is_address(address):
            raise UnsendableError("address" if address.isascii() else "address_letters", address)
        recipients, built = self._writers[message.language].prepare_send(
            to={address: formataddr((message.to_name, address))},
            subject=message.subject,
            contents=yagmail.raw(message.html.replace("\n", " ")),  # it would add <br>
            headers={"Date": format_datetime(date), "Auto-Submitted": "auto-generated"},
            prettify_html=False,
            message_id=message_id,
        )
        if recipients != [address]:
            raise AssertionError(f"built for {recipients}, wanted for {address}")
        mail = message_from_string(built)
        _complete_mail(mail, message)
        written = mail.as_bytes(policy=mail.policy.clone(linesep="\r\n", mangle_from_=False))
        return _append_parts(written, mail, [encode_attachment(file) for file in message.enclosed])


def _append_parts(written: bytes, mail: Mime, parts: Sequence[bytes]) -> bytes:
    """The parts set before the end of the mail, as they are: they are large and encoded already."""
    boundary = f"--{mail.get_boundary()}".encode()
    body, end, rest = written.rpartition(boundary + b"--")
    if not end or rest.strip():
        raise AssertionError("the mail does not end where its parts do")
    return b"".join(
        [body, *(b"".join([boundary, b"\r\n", content, b"\r\n"]) for content in parts), end, rest]
    )


def _complete_mail(mail: Mime, message: MailMessage) -> None:
    """Set the plain part and long headers; any unexpected structure raises here."""
    # yagmail does not fold headers; encoded words may have 75 signs each.
    subject = Header(message.subject, header_name="Subject")
    headers: dict[str, Any] = {"Subject": subject, "To": _make_to_header(message)}
    for name, value in headers.items():
        del mail[name]
        mail[name] = value
    shape: Any = mail
    (bodies,) = shape.get_payload()
    plain, _related = bodies.get_payload()
    del plain["Content-Transfer-Encoding"]
    plain.set_payload(message.text, "utf-8")


def _make_to_header(message: MailMessage) -> Header | str:
    if message.to_name.isascii():
        return formataddr((message.to_name, message.to_email))
    header = Header(message.to_name, "utf-8", header_name="To")
    header.append(f"<{message.to_email}>", "us-ascii")
    return header
