"""Which of the files that come with a mail are updates, which are entries, and which are neither.

Decided by the content; where that is nothing that can be read, by the name, else by what the mail
calls it, else by the first bytes. Never judges a value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

from cpsa.intake.channels.incoming_mail import IncomingAttachment
from cpsa.intake.file_guard.containers import FileKind, has_csv_header
from cpsa.intake.file_guard.inspect_file import inspect_file
from cpsa.intake.file_guard.unwrap_zip import unwrap_zip
from cpsa.intake.readers import entries_reader
from cpsa.submissions.update import Unreadable

ENTRIES_SUFFIX = ".entries.csv"
# What an agency may have meant as its update; whether it can be read is for the readers to say.
_SUFFIXES = (".csv", ".xlsx", ".xls", ".ods", ".xlsm", ".xlsb", ".xltx", ".xltm", ".xlt", ".ots")
_SUFFIX = re.compile(r"\.[a-z][a-z0-9]{1,3}$")
_TYPES = {
    "text/csv": ".csv",
    "application/csv": ".csv",
    "text/comma-separated-values": ".csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.ms-excel": ".xls",
    "application/vnd.oasis.opendocument.spreadsheet": ".ods",
}
# Types under which programs send anything at all.
_VAGUE = ("application/octet-stream", "application/vnd.ms-excel", "text/plain", "application/zip")
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ODS = b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet"
_HEAD = 4096


class MailFileUse(StrEnum):
    """What a file of a mail is used as."""

    UPDATE = "update"
    ENTRIES = "entries"
    OTHER = "other"


@dataclass(frozen=True)
class ClassifiedFile:
    """A file with the name a reader goes by."""

    use: MailFileUse
    name: str
    content: bytes = field(repr=False)


def classify_attachment(attachment: IncomingAttachment) -> ClassifiedFile:
    """Return what a file of a mail is; a file without a name gets one that says its kind."""
    content = unwrap_zip(attachment.content)
    suffix = _recognise_suffix(attachment, content) or _find_suffix(attachment)
    if suffix not in _SUFFIXES:
        return ClassifiedFile(
            MailFileUse.OTHER, attachment.name or f"attachment{suffix}", attachment.content
        )
    name = attachment.name
    if not _SUFFIX.search(name.casefold()):
        name = f"{name or 'attachment'}{suffix}"
    if suffix == FileKind.CSV and _is_entries_file(name, content):
        return ClassifiedFile(MailFileUse.ENTRIES, name, content)
    return ClassifiedFile(MailFileUse.UPDATE, name, attachment.content)


def _recognise_suffix(attachment: IncomingAttachment, content: bytes) -> str:
    """How the name of such a file ends; blank for what cannot be read, and for a text that is none
    of ours and that nobody calls a CSV."""
    kind = inspect_file(content)
    if isinstance(kind, Unreadable):
        return ""
    is_text = kind is FileKind.CSV and not (
        has_csv_header(content) or _is_entries_file("", content)
    )
    return "" if is_text else kind


def _find_suffix(attachment: IncomingAttachment) -> str:
    named = _SUFFIX.search(attachment.name.casefold())
    if named:
        return named[0]
    by_type = _TYPES.get(attachment.type, "")
    if by_type and attachment.type not in _VAGUE:
        return by_type
    return (
        _find_suffix_by_content(attachment.content) if attachment.type in _VAGUE else ""
    ) or by_type


def _find_suffix_by_content(content: bytes) -> str:
    head = content[:_HEAD]
    if head.startswith(_ZIP):
        if _ODS in head:
            return ".ods"
        return ".xlsx" if b"[Content_Types].xml" in head or b"xl/" in content else ""
    if head.startswith(_OLE):
        return ".xls"
    return ".csv" if has_csv_header(head) else ""


def _is_entries_file(name: str, content: bytes) -> bool:
    """Whether it has entries: by the name, or by the header where the name says nothing."""
    if name.casefold().endswith(ENTRIES_SUFFIX):
        return True
    first = content[:_HEAD].partition(b"\n")[0].decode("utf-8-sig", "replace")
    header = [cell.strip(' "\r\t').casefold() for cell in first.split(",")]
    return all(column in header for column in entries_reader.HEADER)
