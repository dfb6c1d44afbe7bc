"""Chooses the reader for a file by its content, never by its name. Never judges a value."""

from __future__ import annotations

from cpsa.collect import csv_reader, door, workbook
from cpsa.collect.door import FileKind
from cpsa.collect.update import Unreadable, Update
from cpsa.collect.workbook import WorkbookUpdate


def read_update(content: bytes) -> Update | WorkbookUpdate | Unreadable:
    """Read one received file, or the one workbook or CSV in a zip.

    ``Unreadable`` says why it is none that can be read. Never raises.
    """
    content = door.unwrap_zip(content)
    match kind := door.inspect_file(content):
        case Unreadable():
            return kind
        case FileKind.CSV:
            return csv_reader.read_csv_update(content)
    return workbook.read_workbook(content)
