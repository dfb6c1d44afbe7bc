"""What a mail brought in place of a workbook: an archive, a link, a scan, a mail within a file.

Each kind has a text ``channels.unusable.<kind>`` for ops and ``letters.unusable.<kind>`` for the
agency. What must not go here: whether and to whom it is answered (``services.agency_letters``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from pathlib import PurePath

from cpsa.intake.channels.incoming_mail import IncomingAttachment
from cpsa.intake.file_guard.containers import is_archive, is_outlook_message

# How the reasons begin for which an agency is informed that its mail brought nothing of use.
REASON = "channels.unusable."


class UnusableKind(StrEnum):
    """What a mail has in place of a workbook; the values are stored."""

    ARCHIVE = "archive"  # a zip with none or several, or packed by another program
    WINMAIL = "winmail"  # winmail.dat, Outlook's Rich Text format (TNEF)
    MESSAGE = "message"  # a mail saved as a file
    SEALED = "sealed"  # encrypted or signed as a whole (S/MIME)
    LINK = "link"  # to a file elsewhere
    SCAN = "scan"  # a PDF or a photo
    DOCUMENT = "document"  # a letter or slides


_NAMES = {
    UnusableKind.WINMAIL: ("winmail.dat", "win.dat"),
    UnusableKind.SEALED: (".p7m",),
    UnusableKind.MESSAGE: (".msg", ".eml"),
    UnusableKind.ARCHIVE: (".zip", ".rar", ".7z", ".gz", ".tgz"),
    UnusableKind.SCAN: (".pdf",),
    UnusableKind.DOCUMENT: (".doc", ".docx", ".odt", ".rtf", ".ppt", ".pptx", ".txt", ".html"),
}
_TYPES = {
    UnusableKind.WINMAIL: ("application/ms-tnef", "application/vnd.ms-tnef"),
    UnusableKind.SEALED: ("application/pkcs7-mime", "application/x-pkcs7-mime"),
    UnusableKind.MESSAGE: ("application/vnd.ms-outlook",),
    UnusableKind.SCAN: ("application/pdf",),
}
_TNEF, _PDF = b"\x78\x9f\x3e\x22", b"%PDF"
_PICTURES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".heic", ".webp", ".bmp")
# A logo or a signature is smaller, a page that was photographed is larger.
_PHOTO_BYTES = 60 * 1024
_FILE_HOSTS = re.compile(
    r"https?://[\w.-]*(?:drive\.google\.com|docs\.google\.com|1drv\.ms|onedrive\.live\.com"
    r"|sharepoint\.com|dropbox\.com|we\.tl|wetransfer\.com|workdrive\.zoho|mega\.nz|icloud\.com)/",
    re.IGNORECASE,
)


def find_unusable_kind(files: Sequence[IncomingAttachment], letter: str) -> UnusableKind | None:
    """What a mail without a workbook brought, the most telling first; None for words alone.

    ``letter``: what the mail says. Pictures as small as a logo count as nothing.
    """
    kinds = {kind for file in files if (kind := _classify_file(file)) is not None}
    for kind in UnusableKind:
        if kind in kinds or (kind is UnusableKind.LINK and _FILE_HOSTS.search(letter)):
            return kind
    return None


def _classify_file(file: IncomingAttachment) -> UnusableKind | None:
    name = file.name.casefold()
    suffix = PurePath(name).suffix
    if file.content.startswith(_TNEF):
        return UnusableKind.WINMAIL
    for kind, types in _TYPES.items():
        if file.type in types:
            return kind
    for kind, names in _NAMES.items():
        if name in names or suffix in names:
            return kind
    if is_outlook_message(file.content):
        return UnusableKind.MESSAGE
    if is_archive(file.content):
        return UnusableKind.ARCHIVE
    is_picture = suffix in _PICTURES or file.type.startswith("image/")
    is_scan = is_picture and len(file.content) >= _PHOTO_BYTES
    return UnusableKind.SCAN if is_scan or file.content.startswith(_PDF) else None
