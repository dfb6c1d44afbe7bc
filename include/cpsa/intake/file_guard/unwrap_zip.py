"""Takes the one workbook or CSV out of a plain zip, as mail programs and phones wrap it.

Guarded as every package is: the list of parts first, nothing unpacked that the list does not say is
small, no password, no name that points outside, one level only.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import PurePosixPath

from cpsa.intake.file_guard import containers, file_limits
from cpsa.intake.file_guard.containers import FileKind
from cpsa.intake.file_guard.zip_package import is_openable, is_unsafe_name

_ZIP = b"PK\x03\x04"
# What packing programs add of themselves.
_ADDED = ("__macosx/", "thumbs.db", "desktop.ini", ".ds_store")
_PLAIN = "door.is_zip"
_SUFFIXES = tuple(FileKind)


def unwrap_zip(content: bytes) -> bytes:
    """The one workbook or CSV in a plain zip; the content itself where it is no such zip.

    Other files beside it, such as a scanned letter, are ignored. Never raises.
    """
    if not content.startswith(_ZIP) or len(content) > file_limits.FILE_BYTES:
        return content
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            is_plain = containers.classify_parts({*map(str.casefold, package.namelist())}) == _PLAIN
            if is_plain and (part := _find_only_part(package.infolist())):
                return package.read(part)
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, OverflowError, OSError):
        return content
    except (NotImplementedError, RuntimeError, IndexError):
        return content
    return content


def _find_only_part(listed: list[zipfile.ZipInfo]) -> zipfile.ZipInfo | None:
    """The one file that is meant, where it may be unpacked."""
    if len(listed) > file_limits.PARTS:
        return None
    files = [part for part in listed if not part.is_dir() and not _is_added(part.filename)]
    named = [part for part in files if _suffix(part) in _SUFFIXES]
    found = named or files
    if len(found) != 1:
        return None
    (part,) = found
    heavy = part.file_size > file_limits.RATIO_FROM and (
        part.file_size > file_limits.RATIO * part.compress_size
    )
    fits = part.file_size <= file_limits.FILE_BYTES and not heavy
    return part if fits and is_openable(part) and not is_unsafe_name(part.orig_filename) else None


def _is_added(name: str) -> bool:
    lower = name.casefold()
    return lower.startswith(_ADDED) or PurePosixPath(lower).name in _ADDED


def _suffix(part: zipfile.ZipInfo) -> str:
    return PurePosixPath(part.filename).suffix.casefold()
