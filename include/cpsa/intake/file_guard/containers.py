"""What a file is, by its first bytes, whatever its name says."""

from __future__ import annotations

import re
from enum import Enum, StrEnum, auto

from cpsa.submissions.update import HEADER


class FileKind(StrEnum):
    """The kinds of file that are read; the value is how the name of such a file ends."""

    XLSX = ".xlsx"
    XLS = ".xls"
    ODS = ".ods"
    CSV = ".csv"


class Container(Enum):
    """The kinds of file that are sent under a workbook's name."""

    ZIP = auto()  # .xlsx, .ods, and others
    OLE = auto()  # .xls, and workbooks under a password
    HTML = auto()
    XML = auto()
    PDF = auto()
    TEXT = auto()
    UNKNOWN = auto()


_ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_HTML = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*|<!--.*?-->\s*)*"
    rb"<(?:!doctype\s+html|html|table|head|meta|div)\b"
)
# How our header begins, whatever separates its cells.
_CSV_HEADER = re.compile(
    rb"""\s*(?:"?sep=."?\s+)?["\s]*%s["\s]*[,;\t]["\s]*%s\b"""
    % (HEADER[0].encode(), HEADER[1].encode()),
    re.IGNORECASE,
)
_DOCUMENT_PARTS = {"[content_types].xml", "mimetype"}  # of Word, Numbers and others
# All bytes but control characters; old programs end a text by Ctrl-Z.
_TEXT_BYTES = bytes([*range(9, 14), 0x1A, *range(32, 256)])
_OLE_HEADER = 512
_NAME_BYTES = 128  # an entry of an OLE directory; its name comes first, in UTF-16


def recognise_container(content: bytes) -> Container:
    if content.startswith(b"PK\x03\x04"):
        return Container.ZIP
    if content.startswith(_OLE):
        return Container.OLE
    if content.startswith(b"%PDF"):
        return Container.PDF
    head = _remove_bom(content[:4096])
    if _HTML.match(head.lower()):
        return Container.HTML
    if head.lstrip().startswith(b"<?xml") or head.lstrip().startswith(b"<Workbook"):
        return Container.XML
    return Container.TEXT if _is_text(head) or has_csv_header(content) else Container.UNKNOWN


def has_csv_header(content: bytes) -> bool:
    """Whether a text begins as our CSV does, in whatever encoding an office program wrote it."""
    return _CSV_HEADER.match(_remove_bom(content[:4096]).replace(b"\0", b"")) is not None


def _remove_bom(head: bytes) -> bytes:
    for mark in _BOMS:
        if head.startswith(mark):
            return head.removeprefix(mark).replace(b"\0", b"")
    return head


def _is_text(head: bytes) -> bool:
    return not head.translate(None, _TEXT_BYTES)


def is_encrypted(content: bytes) -> bool:
    """Whether an OLE file is a workbook wrapped up under a password or a rights policy."""
    return any(
        _has_directory_entry(content, name)
        for name in ("EncryptedPackage", "EncryptionInfo", "\x09DRMContent")
    )


def has_macros(content: bytes) -> bool:
    return _has_directory_entry(content, "_VBA_PROJECT_CUR") or _has_directory_entry(
        content, "_VBA_PROJECT"
    )


def _has_directory_entry(content: bytes, name: str) -> bool:
    """Whether an OLE directory has this entry; entries are at multiples of their size."""
    sought = name.encode("utf-16-le") + b"\0\0"
    at = content.find(sought)
    while at >= 0:
        if at % _NAME_BYTES == 0:
            return True
        at = content.find(sought, at + 1)
    return False


def is_xls(content: bytes) -> bool:
    return _has_directory_entry(content, "Workbook") or _has_directory_entry(content, "Book")


def is_outlook_message(content: bytes) -> bool:
    """Whether an OLE file is a mail as Outlook saves it (.msg)."""
    return _has_directory_entry(content, "__properties_version1.0")


def is_archive(content: bytes) -> bool:
    """Whether a file is packed: as zip, RAR, 7-Zip or gzip."""
    return content.startswith(_ARCHIVES)


def is_cut_off(content: bytes) -> bool:
    """Whether an OLE file ends before the place where its header says that its directory is."""
    if len(content) < _OLE_HEADER:
        return True
    sector_size = 1 << min(int.from_bytes(content[30:32], "little"), 12)
    directory = (int.from_bytes(content[48:52], "little") + 1) * sector_size
    return directory >= len(content)


def classify_parts(parts: set[str]) -> FileKind | str:
    """Return what a zip is by its parts; the cause where it is nothing that is read."""
    if "xl/workbook.xml" in parts:
        return FileKind.XLSX
    if "content.xml" in parts:
        return FileKind.ODS
    if "xl/workbook.bin" in parts:
        return "door.is_xlsb"
    return "door.no_workbook" if parts & _DOCUMENT_PARTS else "door.is_zip"
