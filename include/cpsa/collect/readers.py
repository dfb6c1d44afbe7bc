"""Chooses the reader for a file by its name. Never judges a value."""

from __future__ import annotations

from pathlib import PurePath

from cpsa.collect import csv_reader
from cpsa.collect.update import Unreadable, Update

_READERS = {".csv": csv_reader.read}


def read(content: bytes, file_name: str) -> Update | Unreadable:
    """Read one received file; ``Unreadable`` when no reader takes files of its kind."""
    suffix = PurePath(file_name).suffix.casefold()
    reader = _READERS.get(suffix)
    if reader is None:
        return Unreadable("unreadable.kind", detail=suffix or "?")
    return reader(content)
