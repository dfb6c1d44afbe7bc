"""The action taken report form: written for a department, read when it comes back.

What belongs here: what the form looks like, its seal, and the rows as they were typed. What must
not: which actions are on it (``documents``), or what an answer means (``actions``).
"""
