"""What a file is, by its first bytes, whatever its name says."""

from __future__ import annotations

import io
import re
import zipfile
from enum import Enum, auto


class Container(Enum):
    """The kinds of file an office sends under a workbook's name."""

    ZIP = auto()  # .xlsx, .ods, and others
    OLE = auto()  # .xls, and workbooks under a password
    HTML = auto()
    XML = auto()
    PDF = auto()
    TEXT = auto()
    UNKNOWN = auto()


_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_HTML = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*|<!--.*?-->\s*)*"
    rb"<(?:!doctype\s+html|html|table|head|meta|div)\b"
)
_NAME_BYTES = 128  # an entry of an OLE directory; its name stands first, in UTF-16


def recognise(content: bytes) -> Container:
    if content.startswith(b"PK\x03\x04"):
        return Container.ZIP
    if content.startswith(_OLE):
        return Container.OLE
    if content.startswith(b"%PDF"):
        return Container.PDF
    head = _without_bom(content[:4096])
    if _HTML.match(head.lower()):
        return Container.HTML
    if head.lstrip().startswith(b"<?xml") or head.lstrip().startswith(b"<Workbook"):
        return Container.XML
    return Container.TEXT if _is_text(head) else Container.UNKNOWN


def _without_bom(head: bytes) -> bytes:
    for mark in _BOMS:
        if head.startswith(mark):
            return head.removeprefix(mark).replace(b"\0", b"")
    return head


def _is_text(head: bytes) -> bool:
    return not any(byte < 9 or 13 < byte < 32 for byte in head)


def is_encrypted(content: bytes) -> bool:
    """Whether an OLE file is a workbook wrapped up under a password or a rights policy."""
    return any(
        _in_directory(content, name)
        for name in ("EncryptedPackage", "EncryptionInfo", "\x09DRMContent")
    )


def has_macros(content: bytes) -> bool:
    return _in_directory(content, "_VBA_PROJECT_CUR") or _in_directory(content, "_VBA_PROJECT")


def _in_directory(content: bytes, name: str) -> bool:
    """Whether an OLE directory has this entry; entries stand at multiples of their size."""
    sought = name.encode("utf-16-le") + b"\0\0"
    at = content.find(sought)
    while at >= 0:
        if at % _NAME_BYTES == 0:
            return True
        at = content.find(sought, at + 1)
    return False


def other_than_named(content: bytes, container: Container, suffix: str) -> str:
    """The cause for a file that is something else than its name says."""
    match container:
        case Container.OLE:
            is_xls = _in_directory(content, "Workbook") or _in_directory(content, "Book")
            return "door.is_xls" if is_xls else "door.no_workbook"
        case Container.ZIP:
            return _kind_of_zip(content)
        case Container.HTML:
            return "door.is_html"
        case Container.PDF:
            return "door.is_pdf"
        case Container.XML:
            return "door.is_xml"
        case Container.TEXT:
            return "door.is_text"
    # What begins like nothing known may be a workbook whose beginning was lost.
    return "door.no_workbook"


def _kind_of_zip(content: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            return kind_of_parts({name.casefold() for name in package.namelist()})
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return "door.truncated"


def kind_of_parts(parts: set[str]) -> str:
    """The cause for a package of another kind, by the parts it has."""
    if "xl/workbook.xml" in parts:
        return "door.is_xlsx"
    if "content.xml" in parts:
        return "door.is_ods"
    if "xl/workbook.bin" in parts:
        return "door.is_xlsb"
    return "door.no_workbook"
