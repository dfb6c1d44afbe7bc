"""Readers of filled workbooks: .xlsx, .xls and .ods, by defined name.

What belongs here: turning a workbook's bytes into an update with places, and testing its seal.
What must not: judging a value, or making a template.
"""

from cpsa.collect.workbook.assembling import EntryRow, WorkbookExplanation, WorkbookUpdate
from cpsa.collect.workbook.blank_template import is_blank_template
from cpsa.collect.workbook.reading import SUFFIXES, open_book, read_workbook
from cpsa.collect.workbook.seal import Seal, SealState, find_seal_state, template_id

__all__ = [
    "SUFFIXES",
    "EntryRow",
    "Seal",
    "SealState",
    "WorkbookExplanation",
    "WorkbookUpdate",
    "find_seal_state",
    "is_blank_template",
    "open_book",
    "read_workbook",
    "template_id",
]
