"""Which of the files that come with a mail are updates, which are entries, and which are neither.

Told by the name, else by what the mail calls it, else by the first bytes. Never judges a value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

from cpsa.collect import entries_reader
from cpsa.collect.channels.mail import Attachment

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
_CSV_HEAD = re.compile(rb"(?:\xef\xbb\xbf)?\s*\"?agency\"?\s*,\s*\"?quarter\"?\s*,", re.IGNORECASE)
_HEAD = 4096


class Sort(StrEnum):
    """What a file is taken for."""

    UPDATE = "update"
    ENTRIES = "entries"
    OTHER = "other"


@dataclass(frozen=True)
class Sorted:
    """A file with the name a reader goes by."""

    sort: Sort
    name: str
    content: bytes = field(repr=False)


def sort_out(attachment: Attachment) -> Sorted:
    """What a file of a mail is; a file without a name gets one that says its kind."""
    suffix = _suffix(attachment)
    if suffix not in _SUFFIXES:
        return Sorted(Sort.OTHER, attachment.name or f"attachment{suffix}", attachment.content)
    name = attachment.name
    if not name.casefold().endswith(suffix):
        name = f"{name or 'attachment'}{suffix}"
    sort = Sort.ENTRIES if suffix == ".csv" and _are_entries(name, attachment) else Sort.UPDATE
    return Sorted(sort, name, attachment.content)


def _suffix(attachment: Attachment) -> str:
    named = _SUFFIX.search(attachment.name.casefold())
    if named:
        return named[0]
    by_type = _TYPES.get(attachment.type, "")
    if by_type and attachment.type not in _VAGUE:
        return by_type
    return (_by_content(attachment.content) if attachment.type in _VAGUE else "") or by_type


def _by_content(content: bytes) -> str:
    head = content[:_HEAD]
    if head.startswith(_ZIP):
        if _ODS in head:
            return ".ods"
        return ".xlsx" if b"[Content_Types].xml" in head or b"xl/" in content else ""
    if head.startswith(_OLE):
        return ".xls"
    return ".csv" if _CSV_HEAD.match(head) else ""


def _are_entries(name: str, attachment: Attachment) -> bool:
    """By the name; by the header where a name says nothing, for names in mails are free."""
    if name.casefold().endswith(ENTRIES_SUFFIX):
        return True
    first = attachment.content[:_HEAD].partition(b"\n")[0].decode("utf-8-sig", "replace")
    header = [cell.strip(' "\r\t').casefold() for cell in first.split(",")]
    return all(column in header for column in entries_reader.HEADER)
