"""The template workbook an agency fills in: made with xlsxwriter, read back by ``workbook``.

What belongs here: what the workbook looks like and says, and its seal. What must not: reading it,
or fetching the figures it shows (the caller brings them).
"""

from cpsa.collect.template.context import Agency, Context
from cpsa.collect.template.filled import Filled
from cpsa.collect.template.writing import write

__all__ = ["Agency", "Context", "Filled", "write"]
