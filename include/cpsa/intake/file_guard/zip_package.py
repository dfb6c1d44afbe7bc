"""Inspects a zipped workbook: its list of parts first, then each part, never a parser.

Order matters: nothing is unpacked before the list has said that it is small, and what the list
says of a size is checked by the unpacking itself.
"""

from __future__ import annotations

import io
import zipfile
import zlib

from cpsa.intake.file_guard import containers, file_limits, package_parts
from cpsa.intake.file_guard.containers import FileKind
from cpsa.submissions.update import Unreadable

_ENCRYPTED_BIT = 0x1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_CENTRAL_DIRECTORY = b"PK\x05\x06"
_MACROS = ("vbaproject", "xl/macrosheets/", "xl/dialogsheets/", "basic/", "scripts/")
_EXTERNAL = ("xl/externallinks/", "xl/connections.xml", "xl/querytables/")
_EMBEDDED = ("xl/embeddings/", "xl/activex/")


def inspect_package(content: bytes) -> FileKind | Unreadable:
    """The kind of workbook a package is; else why it is not opened."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            listed = package.infolist()
            found = _inspect_list(listed, len(content))
            if isinstance(found, Unreadable):
                return found
            return _inspect_parts(package, listed) or found
    except (zipfile.BadZipFile, zlib.error, EOFError):
        cut_off = _CENTRAL_DIRECTORY not in content[-66_000:]
        return Unreadable("door.truncated" if cut_off else "door.damaged")
    except (ValueError, NotImplementedError, OverflowError, OSError, RuntimeError, IndexError):
        return Unreadable("door.damaged")


def _inspect_list(listed: list[zipfile.ZipInfo], packed: int) -> FileKind | Unreadable:
    if len(listed) > file_limits.PARTS:
        return Unreadable("door.too_many_parts", detail=str(len(listed)))
    unpacked = sum(part.file_size for part in listed)
    heavy = unpacked > file_limits.RATIO_FROM and unpacked > file_limits.RATIO * packed
    if heavy or unpacked > file_limits.UNPACKED_BYTES:
        return Unreadable("door.unpacked", detail=file_limits.format_megabytes(unpacked))
    seen: set[str] = set()
    for part in listed:
        name = part.orig_filename.casefold()
        if is_unsafe_name(name):
            return Unreadable("door.part_path", detail=package_parts.quote_name(part.orig_filename))
        if name in seen:
            return Unreadable(
                "door.duplicate_part", detail=package_parts.quote_name(part.orig_filename)
            )
        if not is_openable(part):
            encrypted = part.flag_bits & _ENCRYPTED_BIT
            return Unreadable("door.encrypted" if encrypted else "door.damaged")
        seen.add(name)
    if "encryptedpackage" in seen or "encrypted-package" in seen:
        return Unreadable("door.encrypted")
    kind = containers.classify_parts(seen)
    if not isinstance(kind, FileKind):
        return Unreadable(kind)
    return _find_unwanted_part(seen) or kind


def is_openable(part: zipfile.ZipInfo) -> bool:
    """Whether a part is under no password and packed as every office program packs."""
    return not part.flag_bits & _ENCRYPTED_BIT and part.compress_type in _METHODS


def is_unsafe_name(name: str) -> bool:
    """Whether a part's name would lead out of the package, or is not what it seems."""
    steps = name.split("/")
    return (
        name.startswith("/")
        or "\\" in name
        or ":" in name
        or ".." in steps
        or "." in steps
        or any(ord(letter) < 32 for letter in name)
    )


def _find_unwanted_part(names: set[str]) -> Unreadable | None:
    """Parts that no filled template has, and that do more than keep what was typed."""
    for name in sorted(names):
        if name.startswith(_MACROS) or "vbaproject" in name:
            return Unreadable("door.macros")
        if name.startswith(_EXTERNAL):
            return Unreadable("door.external_links")
        if name.startswith(_EMBEDDED):
            return Unreadable("door.embedded")
    return None


def _inspect_parts(package: zipfile.ZipFile, listed: list[zipfile.ZipInfo]) -> Unreadable | None:
    # An .ods's manifest comes first: where it names a password, the rest is noise.
    for part in sorted(
        listed, key=lambda member: not member.filename.casefold().startswith("meta-inf/")
    ):
        if not part.is_dir() and (
            refused := package_parts.inspect_part(part.filename, package.read(part))
        ):
            return refused
    return None
