"""Writing files so that nobody ever sees half of one."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any


def write_atomically(file: Path, content: bytes, *, durable: bool = False) -> None:
    """Write a file's bytes, then show it under its name in one step.

    ``durable``: the bytes are on the disk before the name is, and the name is before this returns,
    for what cannot be made again.
    """
    is_new_folder = not file.parent.is_dir()
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = name_partial_file(file)
    with partial.open("wb") as stream:
        stream.write(content)
        if durable:
            stream.flush()
            os.fsync(stream.fileno())
    partial.replace(file)
    if durable:
        sync_path(file.parent)
        if is_new_folder:
            sync_path(file.parent.parent)


def write_files_together(folder: Path, files: Mapping[Path, bytes]) -> None:
    """Write files below a folder as ``write_atomically`` does with ``durable``, flushed together.

    OSError where any of them cannot be written; those before it may have been.
    """
    folder.mkdir(parents=True, exist_ok=True)
    partials = {file: name_partial_file(file) for file in files}
    descriptor = os.open(folder, os.O_RDONLY)  # opened before: it reports what fails from now on
    try:
        for parent in {file.parent for file in files}:
            parent.mkdir(exist_ok=True)
        for file, content in files.items():
            partials[file].write_bytes(content)
        _sync_file_system(descriptor, partials.values())
        for file, partial in partials.items():
            partial.replace(file)
        _sync_file_system(descriptor, {folder.parent, folder, *(file.parent for file in files)})
    except OSError:
        for partial in partials.values():
            partial.unlink(missing_ok=True)
        raise
    finally:
        os.close(descriptor)


def name_partial_file(file: Path) -> Path:
    """A name for a file that is not whole yet, which no thread, process or machine uses besides."""
    # A process id is not enough: threads of one process, and containers, have the same.
    return file.with_name(f".{file.name}.{secrets.token_hex(8)}.part")


def keep_content(file: Path, content: bytes) -> None:
    """Keep bytes under the name of their digest; a file that was lost or damaged is restored."""
    if not has_content(file, content):
        write_atomically(file, content, durable=True)


def has_content(file: Path, content: bytes) -> bool:
    """Whether a file is there with these very bytes."""
    try:
        return file.stat().st_size == len(content) and file.read_bytes() == content
    except FileNotFoundError:
        return False


def _sync_file_system(descriptor: int, written: Iterable[Path]) -> None:
    """Flush the file system of an open folder in one step; where there is no such step, what was
    written one by one."""
    if (sync := _find_syncfs()) is None:
        for path in written:
            sync_path(path)
    elif sync(descriptor):
        import ctypes

        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


@cache
def _find_syncfs() -> Any:
    """The system's ``syncfs``; None where it has none."""
    import ctypes  # every process imports this module, few write many files together

    return getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)


def sync_path(path: Path) -> None:
    """Let a file's bytes, or the names in a folder, be on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
