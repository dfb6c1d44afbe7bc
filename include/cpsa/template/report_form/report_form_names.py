"""The names by which a form is read back; they are of the families that every reader knows.

The columns are named, not the cells: sorting the rows or inserting some moves a number together
with its answer.
"""

from __future__ import annotations

from cpsa.intake.readers.workbook.defined_names import entry_name, note_name

KIND = "report"
COLUMNS = ("number", "decision", "day", "promised", "remarks")
"""A form of version 1.0.0 has no column ``promised``; it is read all the same."""
POST = note_name("post")


def column_name(column: str) -> str:
    return entry_name(KIND, column)
