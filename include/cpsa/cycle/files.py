"""Writing files so that nobody ever sees half of one."""

from __future__ import annotations

import os
from pathlib import Path


def write_whole(file: Path, content: bytes, durable: bool = False) -> None:
    """Write a file's bytes, then show it under its name in one step.

    ``durable``: the bytes are on the disk before the name is, for what cannot be made again.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f".{file.name}.{os.getpid()}.part")
    with partial.open("wb") as stream:
        stream.write(content)
        if durable:
            stream.flush()
            os.fsync(stream.fileno())
    partial.replace(file)
