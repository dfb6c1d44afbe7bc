"""A folder of any file system that fsspec knows: its files, when they were written, and their bytes.

What belongs here: listing and reading. What must not: whose a file is, and what follows for it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

import fsspec
from fsspec import AbstractFileSystem
from fsspec.implementations.local import LocalFileSystem
from fsspec.implementations.memory import MemoryFileSystem

from cpsa.errors import RequestError
from cpsa.intake.file_guard import file_limits

# What file systems call the instant at which a file was last written.
_WRITTEN = ("mtime", "LastModified", "last_modified", "updated", "modified", "timeModified")
# File systems in which a folder is only a beginning of names.
_BUCKETS = frozenset(("s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "oss", "cos", "obs", "b2"))
# Beyond this a file is not even read; what is smaller is kept, and the file guard says what is too large.
LARGEST = 10 * file_limits.FILE_BYTES


@dataclass(frozen=True)
class FolderFile:
    """A file of the folder. ``key`` is its whole address, ``quarter`` the folder it is in.

    ``written_at`` is None where the file system does not say. ``stamp`` is all that is known of
    the file without reading it.
    """

    key: str
    name: str
    quarter: str
    written_at: datetime | None
    stamp: str
    path: str = field(repr=False)
    size: int = 0

    @property
    def stem(self) -> str:
        return PurePosixPath(self.name).stem


class InboxFolder:
    """A folder by its path or its address, such as ``s3://bucket/inbox``."""

    def __init__(self, address: str) -> None:
        try:
            self._files, self._root = _open_file_system(address)
        except (ImportError, ValueError) as error:
            detail = " ".join(str(error).split())
            raise RequestError("channels.no_file_system", detail=detail) from error
        self._is_local = isinstance(self._files, LocalFileSystem)

    def create(self) -> None:
        """Make the folder if it is not there."""
        with suppress(OSError, NotImplementedError):  # a bucket may be closed to makers of folders
            self._files.makedirs(self._root, exist_ok=True)

    def require_listable(self) -> None:
        """RequestError, with the path, unless the folder is there and can be listed.

        A bucket holds no folders: there only the bucket must be, and may be listed; a prefix under
        which nothing lies yet is empty.
        """
        if self._is_local:
            if not os.path.exists(self._root):
                raise RequestError("channels.folder_missing", path=self._root)
            if not os.path.isdir(self._root):
                raise RequestError("channels.folder_is_file", path=self._root)
        try:
            self._files.ls(self._root, detail=False)
        except FileNotFoundError as error:
            if isinstance(self._files, MemoryFileSystem):
                return
            if not self._is_bucket or not self._is_bucket_listed():
                raise self._make_unreachable_error(error) from error
        except Exception as error:  # every file system has errors of its own
            raise self._make_unreachable_error(error) from error

    @property
    def _is_bucket(self) -> bool:
        protocols = self._files.protocol
        return bool(_BUCKETS & set([protocols] if isinstance(protocols, str) else protocols))

    def _is_bucket_listed(self) -> bool:
        try:
            self._files.ls(self._root.strip("/").split("/")[0], detail=False)
        except Exception:
            return False
        return True

    def _make_unreachable_error(self, error: Exception) -> RequestError:
        path = self._root if self._is_local else self._files.unstrip_protocol(self._root)
        return RequestError("channels.folder_unreachable", path=path, detail=_describe_error(error))

    def list_files(self) -> list[FolderFile]:
        """All files, oldest quarter first and an update before what is named after it (``IA-01.csv``,
        ``IA-01.applications.csv``); hidden and half-written ones are left out.

        RequestError when the folder cannot be listed.
        """
        self._files.invalidate_cache()
        try:
            listed: Mapping[str, Mapping[str, Any]] = self._files.find(self._root, detail=True)
        except Exception as error:  # every file system has errors of its own
            raise RequestError(
                "channels.folder_unreachable", path=self._root, detail=_describe_error(error)
            ) from error
        found = [
            self._describe_file(path, about)
            for path, about in listed.items()
            if about.get("type") == "file" and self._is_whole(path)
        ]
        return sorted(found, key=lambda file: (file.quarter, file.stem, file.name, file.key))

    def read_file(self, file: FolderFile) -> bytes:
        """A file's bytes; RequestError when they cannot be read, or would fill the memory."""
        if file.size > LARGEST:
            size = file_limits.format_megabytes(file.size)
            raise RequestError("channels.file_too_large", path=file.key, size=size)
        try:
            result: bytes = self._files.cat_file(file.path)
            return result
        except Exception as error:
            raise RequestError(
                "collect.unreadable_path", path=file.key, detail=_describe_error(error)
            ) from error

    def _is_whole(self, path: str) -> bool:
        within = PurePosixPath(path[len(self._root) :].lstrip("/"))
        hidden = any(part.startswith((".", "~$")) for part in within.parts)
        return not hidden and within.suffix != ".part"

    def _describe_file(self, path: str, about: Mapping[str, Any]) -> FolderFile:
        readable = _spell_path(path)
        pure = PurePosixPath(readable)
        written_at = self._find_written_at(path, about)
        details = sorted((name, repr(value)) for name, value in about.items())
        return FolderFile(
            key=readable if self._is_local else self._files.unstrip_protocol(readable),
            name=pure.name,
            quarter=pure.parent.name,
            written_at=written_at,
            stamp=repr((details, written_at)),
            path=path,
            size=int(about.get("size") or 0),
        )

    def _find_written_at(self, path: str, about: Mapping[str, Any]) -> datetime | None:
        for name in _WRITTEN:
            if about.get(name) is not None:
                return _parse_instant(about[name])
        try:
            return _parse_instant(self._files.modified(path))
        except (NotImplementedError, OSError):
            return None


def _spell_path(path: str) -> str:
    """A path as text that can be stored: bytes of a name that are no UTF-8 are written as ``\\xff``."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _open_file_system(address: str) -> tuple[AbstractFileSystem, str]:
    if "://" in address:
        result: tuple[AbstractFileSystem, str] = fsspec.core.url_to_fs(address)
        return result
    # Anything in a path of this machine, such as "::", is a part of its name.
    return LocalFileSystem(), LocalFileSystem._strip_protocol(address)


def _parse_instant(value: object) -> datetime | None:
    """An instant however a file system says it; without a zone it is UTC."""
    try:
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value, UTC)
        instant = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except (ValueError, OverflowError, OSError):
        return None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _describe_error(error: Exception) -> str:
    """What went wrong, without the error's own text, which may contain addresses with keys."""
    return getattr(error, "strerror", None) or type(error).__name__
