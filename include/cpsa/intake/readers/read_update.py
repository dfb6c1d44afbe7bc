"""Chooses the reader for a file by its content, never by its name. Never judges a value."""

from __future__ import annotations

from dataclasses import replace

from cpsa.framework.agency_table import AgencyTable
from cpsa.intake.file_guard.containers import FileKind
from cpsa.intake.file_guard.inspect_file import inspect_file
from cpsa.intake.file_guard.unwrap_zip import unwrap_zip
from cpsa.intake.readers import csv_reader, table_csv_reader
from cpsa.intake.readers.workbook.workbook_reader import read_workbook
from cpsa.intake.readers.workbook.workbook_update import WorkbookUpdate
from cpsa.submissions.update import Unreadable, Update


def read_update(content: bytes) -> Update | WorkbookUpdate | Unreadable:
    """Read one received file, or the one workbook or CSV in a zip.

    ``Unreadable`` says why it is none that can be read. Never raises.
    """
    content = unwrap_zip(content)
    match kind := inspect_file(content):
        case Unreadable():
            return kind
        case FileKind.CSV:
            return csv_reader.read_inspected_csv(content)
    return read_workbook(content)


def read_table_file(content: bytes, table: AgencyTable) -> Update | Unreadable:
    """Read one received CSV, or the one in a zip, with the rows of a table. Never raises."""
    content = unwrap_zip(content)
    match kind := inspect_file(content):
        case Unreadable():
            return replace(kind, header=table_csv_reader.make_header(table))
        case FileKind.CSV:
            return table_csv_reader.read_table_csv(content, table)
    return Unreadable("unreadable.no_text", header=table_csv_reader.make_header(table))
