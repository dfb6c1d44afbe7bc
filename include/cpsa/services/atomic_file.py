"""Writing files so that nobody ever sees half of one."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def write_atomically(file: Path, content: bytes, *, durable: bool = False) -> None:
    """Write a file's bytes, then show it under its name in one step.

    ``durable``: the bytes are on the disk before the name is, and the name is before this returns,
    for what cannot be made again.
    """
    is_new_folder = not file.parent.is_dir()
    file.parent.mkdir(parents=True, exist_ok=True)
    # A process id is not enough: threads of one process, and other machines, have the same.
    partial = file.with_name(f".{file.name}.{secrets.token_hex(8)}.part")
    with partial.open("wb") as stream:
        stream.write(content)
        if durable:
            stream.flush()
            os.fsync(stream.fileno())
    partial.replace(file)
    if durable:
        _sync_folder(file.parent)
        if is_new_folder:
            _sync_folder(file.parent.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
