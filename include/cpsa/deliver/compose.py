"""From a message to the bytes that travel: MIME by yagmail's ``prepare_send``, its traps closed.

What belongs here: building and proving one mail. What must not: the network (``mail``) and wording.

yagmail reads any text that is the path of a file as a wish to attach it, names attachments by
their path, guesses types from the machine's tables, puts the HTML into the plain part as well and
folds no header. So the body goes in as ``raw``, attachments as verified copies under their reader's
name, types are registered here, and the plain part and long headers are set by us.
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from email import message_from_string
from email.header import Header
from email.message import Message as Mime
from email.utils import format_datetime, formataddr
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yagmail

from cpsa.deliver.message import Attachment, Message, one_line

_OPEN = "application/vnd.oasis.opendocument"
_OFFICE = "application/vnd.openxmlformats-officedocument"
TYPES = {
    ".pdf": "application/pdf",
    ".html": "text/html",
    ".csv": "text/csv",
    ".ods": f"{_OPEN}.spreadsheet",
    ".xlsx": f"{_OFFICE}.spreadsheetml.sheet",
    ".docx": f"{_OFFICE}.wordprocessingml.document",
}
for _suffix, _type in TYPES.items():
    mimetypes.add_type(_type, _suffix)

_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w.-]+", re.ASCII)


def is_address(text: str) -> bool:
    """Whether a server can be told ``text`` as it stands; if somebody is there, only it knows."""
    return _ADDRESS.fullmatch(text) is not None


class UnsendableError(Exception):
    """The message cannot be built as planned. ``reason`` names a text below ``deliver.why``."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


class Composer:
    """Builds mails from one sender."""

    def __init__(self, sender: str, sender_name: str) -> None:
        self.sender = sender
        # The name as a mapping: of a plain text without @ yagmail would make a gmail address.
        self._writer = yagmail.SMTP(
            {sender: one_line(sender_name)}, smtp_skip_login=True, soft_email_validation=False
        )

    def compose(self, message: Message, message_id: str, date: datetime) -> bytes:
        """The whole mail, lines ended by CRLF, not yet dot-quoted."""
        address = message.to_email
        if not is_address(address):
            raise UnsendableError("address", address)
        with _verified_copies(message.enclosed) as paths:
            recipients, built = self._writer.prepare_send(
                to={address: formataddr((message.to_name, address))},
                subject=message.subject,
                contents=yagmail.raw(message.html.replace("\n", " ")),  # it would add <br>
                attachments=paths,
                headers={"Date": format_datetime(date), "Auto-Submitted": "auto-generated"},
                prettify_html=False,
                message_id=message_id,
            )
        mail = message_from_string(built)
        _finish(mail, message)
        if recipients != [address]:
            raise AssertionError(f"built for {recipients}, wanted for {address}")
        return mail.as_bytes(policy=mail.policy.clone(linesep="\r\n", mangle_from_=False))


@contextmanager
def _verified_copies(attachments: Sequence[Attachment]) -> Iterator[list[str]]:
    """Copies of the files, called as the reader will see them, proven to be what was planned."""
    with TemporaryDirectory(prefix="cpsa-mail-") as folder:
        paths = []
        for number, file in enumerate(attachments):
            if Path(file.name).suffix not in TYPES:
                raise UnsendableError("document_kind", file.name)
            try:
                content = file.path.read_bytes()
            except OSError as error:
                raise UnsendableError(
                    "document_missing", f"{file.name}: {error.strerror}"
                ) from None
            if sha256(content).hexdigest() != file.sha256:
                raise UnsendableError("document_changed", file.name)
            path = Path(folder, str(number), file.name)  # two may bear the same name
            path.parent.mkdir()
            path.write_bytes(content)
            paths.append(str(path))
        yield paths


def _finish(mail: Mime, message: Message) -> None:
    """Set the plain part, mark attachments as such, and refuse any shape we did not ask for."""
    # yagmail leaves headers as long as they come; encoded words may have 75 signs each.
    subject = Header(message.subject, header_name="Subject")
    headers: dict[str, Any] = {"Subject": subject, "To": _to(message)}
    for name, value in headers.items():
        del mail[name]
        mail[name] = value
    shape: Any = mail
    bodies, *files = shape.get_payload()
    plain, _related = bodies.get_payload()
    del plain["Content-Transfer-Encoding"]
    plain.set_payload(message.text, "utf-8")
    for part, file in zip(files, message.enclosed, strict=True):
        if "Content-Disposition" not in part:  # left out for text files
            part.add_header("Content-Disposition", "attachment", filename=file.name)
        expected = TYPES[Path(file.name).suffix]
        if part.get_content_type() != expected:
            raise AssertionError(f"{file.name} became {part.get_content_type()}")


def _to(message: Message) -> Header | str:
    if message.to_name.isascii():
        return formataddr((message.to_name, message.to_email))
    header = Header(message.to_name, "utf-8", header_name="To")
    header.append(f"<{message.to_email}>", "us-ascii")
    return header
