"""Between messages and rows of the ledger: nothing but their shape."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Row

from cpsa.deliver.message import Attachment, Message


def key(message: Message) -> tuple[str, str, str]:
    """What is owed to whom, whichever its revision."""
    return message.cycle, message.slot, message.recipient


def planned(message: Message, revision: int, at: datetime, secret: bytes) -> dict[str, object]:
    """The row of a message that is now due."""
    return {
        "cycle": message.cycle,
        "slot": message.slot,
        "recipient": message.recipient,
        "revision": revision,
        "digest": message.digest,
        "message_id": message.message_id(revision, secret),
        "planned_at": at,
        **content(message),
    }


def content(message: Message) -> dict[str, object]:
    """What may be mended while nothing has left: all that is not the delivery's identity."""
    return {
        "to_name": message.to_name,
        "to_email": message.to_email,
        "language": message.language,
        "subject": message.subject,
        "html": message.html,
        "text": message.text,
        "attachments": [
            {"path": str(file.path), "name": file.name, "sha256": file.sha256, "link": file.link}
            for file in message.attachments
        ],
    }


def message(row: Row) -> Message:
    """The message as it was planned."""
    names = set(Message.__dataclass_fields__) - {"attachments"}
    attachments = tuple(Attachment(**file) for file in row.attachments)
    return Message(**{name: getattr(row, name) for name in names}, attachments=attachments)
