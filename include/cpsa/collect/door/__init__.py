"""The door: a look at a received workbook before any parser sees it.

What belongs here: recognising what no filled template is, from the bytes alone, and naming the
cause. What must not: parsing sheets, or judging what an agency wrote.
"""

from cpsa.collect.door.containers import FileKind, has_csv_header, is_archive, is_outlook_message
from cpsa.collect.door.look import look
from cpsa.collect.door.wrapping import unwrap

__all__ = ["FileKind", "has_csv_header", "is_archive", "is_outlook_message", "look", "unwrap"]
