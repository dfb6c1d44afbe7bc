"""The files that go with letters, kept by digest until the ledger has sent them."""

from __future__ import annotations

import hashlib

from cpsa.cycle.files import write_atomically
from cpsa.cycle.office import AppContext
from cpsa.deliver.message import Attachment


def store_attachment(context: AppContext, content: bytes, name: str) -> Attachment:
    """Keep a file below ``home/letters``; the same bytes are kept once for all recipients."""
    digest = hashlib.sha256(content).hexdigest()
    file = context.settings.home / "letters" / digest[:2] / digest
    if not file.exists():
        write_atomically(file, content, durable=True)  # what is planned must be there to be sent
    return Attachment(file, name, digest)
