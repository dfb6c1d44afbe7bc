"""Fixtures of the delivery tests: an empty ledger on either database, a server, messages."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from tests.unit.delivery.rig import CYCLE, Relay, port_to

from cpsa.delivery.mail_message import Attachment, MailMessage
from cpsa.delivery.smtp import SmtpPort


@pytest.fixture
def port(relay: Relay) -> Iterator[SmtpPort]:
    with port_to(relay) as opened:
        yield opened


@pytest.fixture
def message(tmp_path: Path) -> Callable[..., MailMessage]:
    """Messages with one attached document each."""

    def make(recipient: str = "BANKS:to:1", content: bytes = b"%PDF one", **fields) -> MailMessage:
        digest = sha256(content).hexdigest()
        path = tmp_path / f"{digest}.pdf"
        path.write_bytes(content)
        given = {
            "cycle": CYCLE,
            "slot": "pack",
            "recipient": recipient,
            "to_name": f"Nodal officer, {recipient}",
            "to_email": recipient.replace(":", ".").lower() + "@example.org",
            "language": "en",
            "subject": "Policy actions",
            "html": "<p>Attached.</p>",
            "text": "Attached.\n",
            "attachments": (Attachment(path, f"{recipient}.pdf", digest),),
        }
        return MailMessage(**{**given, **fields})

    return make


@pytest.fixture(scope="session", autouse=True)
def _workers_find_their_modules() -> None:
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
