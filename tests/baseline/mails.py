"""A mail server that keeps everything, and mails as text.

What belongs here: catching and showing mails. What must not: what they ought to say.
"""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from tests.baseline.ports import free_port
from tests.baseline.results import Results

HEADERS_LEFT_OUT = {"content-type", "content-transfer-encoding", "mime-version"}


class Catcher:
    """Mails in the order in which they came: to whom, and their bytes."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], bytes]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.mails.append((list(envelope.rcpt_tos), envelope.original_content or b""))
        return "250 kept"


@contextmanager
def catching() -> Iterator[tuple[Catcher, int]]:
    """A server on a free port of this machine; the port."""
    catcher = Catcher()
    controller = Controller(catcher, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        yield catcher, controller.port
    finally:
        controller.stop()


def keep(results: Results, name: str, mails: list[tuple[list[str], bytes]]) -> None:
    """Each mail under its place among those of one occasion and its recipients."""
    for number, (recipients, content) in enumerate(mails, 1):
        mail = email.message_from_bytes(content, policy=email.policy.default)
        here = f"{name}/{number:03} {','.join(recipients)}"
        lines = [f"to {recipients}"]
        lines += [
            f"{header}: {value}"
            for header, value in mail.items()
            if header.lower() not in HEADERS_LEFT_OUT
        ]
        lines += _parts(results, here, mail)
        results.text(here, "\n".join(lines))


def _parts(results: Results, here: str, mail: EmailMessage) -> Iterator[str]:
    for part in mail.walk():
        file = part.get_filename()
        yield f"--- {part.get_content_type()} {part.get_content_disposition() or ''} {file or ''}"
        if part.is_multipart():
            continue
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        if file:
            results.bytes(f"{here}/{file}", content)
        else:
            yield content.decode(part.get_content_charset() or "utf-8")


def plain_text(content: bytes) -> str:
    """The first plain text of a mail."""
    mail = email.message_from_bytes(content, policy=email.policy.default)
    body = mail.get_body(("plain",))
    return body.get_content() if body else ""
