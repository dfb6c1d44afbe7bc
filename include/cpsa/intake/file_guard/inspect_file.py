"""Inspects a file's bytes, never its name; every refusal names its cause and what to do."""

from __future__ import annotations

from cpsa.intake.file_guard import containers, file_limits, zip_package
from cpsa.intake.file_guard.containers import Container, FileKind
from cpsa.submissions.update import Unreadable

_CAUSES = {
    Container.HTML: "door.is_html",
    Container.XML: "door.is_xml",
    Container.PDF: "door.is_pdf",
    # What begins like nothing known may be a workbook whose beginning was lost.
    Container.UNKNOWN: "door.no_workbook",
}


def inspect_file(content: bytes) -> FileKind | Unreadable:
    """Return what a file is, when a reader may open it; else why not. Never raises, never parses."""
    if not content.strip(b"\0 \t\r\n"):
        return Unreadable("unreadable.empty")
    if len(content) > file_limits.FILE_BYTES:
        detail = f"{file_limits.format_megabytes(len(content))} > {file_limits.format_megabytes(file_limits.FILE_BYTES)}"
        return Unreadable("door.too_large", detail=detail)
    match container := containers.recognise_container(content):
        case Container.ZIP:
            return zip_package.inspect_package(content)
        case Container.OLE:
            return _inspect_ole(content)
        case Container.TEXT:
            return FileKind.CSV
    return Unreadable(_CAUSES[container])


def _inspect_ole(content: bytes) -> FileKind | Unreadable:
    if containers.is_encrypted(content):
        return Unreadable("door.encrypted")
    if not containers.is_xls(content):
        cut_off = containers.is_cut_off(content)
        return Unreadable("door.truncated" if cut_off else "door.no_workbook")
    return Unreadable("door.macros") if containers.has_macros(content) else FileKind.XLS
