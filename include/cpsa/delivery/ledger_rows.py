"""Between messages and rows of the ledger: nothing but their shape."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from cpsa.delivery.mail_message import Attachment, AttachmentUse, MailMessage
from cpsa.store.stored_row import StoredRow


def make_ledger_key(message: MailMessage) -> tuple[str, str, str]:
    """The cycle, slot and recipient of a mail, without its revision."""
    return message.cycle, message.slot, message.recipient


def make_ledger_row(
    message: MailMessage, revision: int, at: datetime, secret: bytes
) -> dict[str, object]:
    """The row of a message that is now due."""
    return {
        "cycle": message.cycle,
        "slot": message.slot,
        "recipient": message.recipient,
        "revision": revision,
        "digest": message.digest,
        "message_id": message.make_message_id(revision, secret),
        "planned_at": at,
        **make_content_values(message),
    }


def make_content_values(message: MailMessage) -> dict[str, object]:
    """What may be corrected while nothing was sent: all that is not the delivery's identity."""
    return {
        "to_name": message.to_name,
        "to_email": message.to_email,
        "language": message.language,
        "subject": message.subject,
        "html": message.html,
        "text": message.text,
        "attachments": [_make_file_values(file) for file in message.attachments],
    }


def _make_file_values(file: Attachment) -> dict[str, str]:
    """An attachment as it is stored; its use only where it is no document."""
    values = {"path": str(file.path), "name": file.name, "sha256": file.sha256, "link": file.link}
    return values | ({"use": file.use.value} if file.use is AttachmentUse.CHECK else {})


def is_document(file: Mapping[str, str]) -> bool:
    """Whether a stored attachment is a document, and not the list of the others' digests."""
    return file.get("use") != AttachmentUse.CHECK


def restore_message(row: StoredRow) -> MailMessage:
    """The message as it was planned."""
    names = set(MailMessage.__dataclass_fields__) - {"attachments"}
    attachments = tuple(Attachment(**file) for file in row.attachments)
    return MailMessage(**{name: getattr(row, name) for name in names}, attachments=attachments)
