"""The template workbook an agency fills in: made with xlsxwriter, read by ``intake.readers.workbook``.

What belongs here: what the workbook looks like and says, and its seal. What must not: reading it,
or fetching the figures it shows (the caller brings them).
"""
