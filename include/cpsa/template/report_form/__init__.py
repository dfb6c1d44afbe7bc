"""The action taken report form: written for a department, read when it comes back.

What belongs here: what the form looks like, its seal, and the rows as they were typed. What must
not: which actions are on it (``documents``), or what an answer means (``actions``).
"""

from cpsa.collect.atr.context import ReportFormContext, ReportFormRow
from cpsa.collect.atr.names import COLUMNS
from cpsa.collect.atr.reading import FAMILY, FilledReportForm, is_report_form, read_report_form
from cpsa.collect.atr.writing import READABLE, TEMPLATE, find_form_cell, write_report_form

__all__ = [
    "COLUMNS",
    "FAMILY",
    "READABLE",
    "TEMPLATE",
    "FilledReportForm",
    "ReportFormContext",
    "ReportFormRow",
    "find_form_cell",
    "is_report_form",
    "read_report_form",
    "write_report_form",
]
