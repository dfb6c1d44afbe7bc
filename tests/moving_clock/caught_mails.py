"""What the mail server caught, read as its recipients read it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from functools import cached_property
from pathlib import Path

_REFERENCE = re.compile(r"CPSA/[\w/-]+")


@dataclass(frozen=True)
class CaughtMail:
    """One mail; ``reference`` such as ``CPSA/2026-27-Q2/IA-INDPH/REQUEST`` is blank where it has none."""

    recipient: str
    subject: str
    text: str
    sent_at: datetime

    @cached_property
    def reference(self) -> str:
        found = _REFERENCE.search(self.subject)
        return found.group() if found else ""

    @property
    def kind(self) -> str:
        return self.reference.rpartition("/")[2]


def read_mails(folder: Path) -> list[CaughtMail]:
    """All mails of a folder in the order in which they came."""
    return [_read(file) for file in sorted(folder.glob("*.eml"))]


def _read(file: Path) -> CaughtMail:
    mail = BytesParser(policy=policy.default).parsebytes(file.read_bytes())
    body = mail.get_body(("html", "plain"))
    assert body is not None, file
    words = re.sub(r"<[^>]+>", " ", body.get_content())
    return CaughtMail(
        file.stem.partition("-")[2],
        str(mail["Subject"]),
        " ".join(words.split()),
        parsedate_to_datetime(str(mail["Date"])),
    )
