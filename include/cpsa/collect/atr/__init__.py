"""The action taken report form: written for a department, read when it comes back.

What belongs here: what the form looks like, its seal, and the rows as they were typed. What must
not: which actions stand on it (``documents``), or what an answer means (``actions``).
"""

from cpsa.collect.atr.context import Context, Line
from cpsa.collect.atr.names import COLUMNS
from cpsa.collect.atr.reading import FAMILY, Form, is_form, read
from cpsa.collect.atr.writing import READABLE, TEMPLATE, cell, write

__all__ = [
    "COLUMNS",
    "FAMILY",
    "READABLE",
    "TEMPLATE",
    "Context",
    "Form",
    "Line",
    "cell",
    "is_form",
    "read",
    "write",
]
