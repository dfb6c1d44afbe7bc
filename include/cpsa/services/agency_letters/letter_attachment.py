"""The files that go with letters, kept by digest until the ledger has sent them."""

from __future__ import annotations

import hashlib

from cpsa.delivery.mail_message import Attachment
from cpsa.services.app_context import AppContext
from cpsa.services.atomic_file import keep_content


def store_attachment(context: AppContext, content: bytes, name: str) -> Attachment:
    """Keep a file below ``home/letters``; the same bytes are kept once for all recipients."""
    digest = hashlib.sha256(content).hexdigest()
    file = context.settings.home / "letters" / digest[:2] / digest
    keep_content(file, content)  # what is planned must be there to be sent
    return Attachment(file, name, digest)
