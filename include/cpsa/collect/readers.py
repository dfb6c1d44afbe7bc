"""Chooses the reader for a file by its name. Never judges a value."""

from __future__ import annotations

from pathlib import PurePath

from cpsa.collect import csv_reader, door, workbook
from cpsa.collect.update import Unreadable, Update
from cpsa.collect.workbook import WorkbookUpdate


def read(content: bytes, file_name: str) -> Update | WorkbookUpdate | Unreadable:
    """Read one received file; ``Unreadable`` says why it is none that can be read. Never raises."""
    suffix = PurePath(file_name).suffix.casefold()
    if suffix == ".csv":
        return csv_reader.read(content)
    if suffix in workbook.SUFFIXES:
        return workbook.read(content, suffix)
    return door.look(content, suffix) or Unreadable("unreadable.kind", detail=suffix or "?")
