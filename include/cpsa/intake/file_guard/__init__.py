"""The file guard: checks on a received file before any parser reads it.

What belongs here: recognising what no filled template is, from the bytes alone, and naming the
cause. What must not: parsing sheets, or judging what an agency wrote.
"""

from cpsa.collect.door.containers import FileKind, has_csv_header, is_archive, is_outlook_message
from cpsa.collect.door.look import inspect_file
from cpsa.collect.door.wrapping import unwrap_zip

__all__ = [
    "FileKind",
    "has_csv_header",
    "inspect_file",
    "is_archive",
    "is_outlook_message",
    "unwrap_zip",
]
