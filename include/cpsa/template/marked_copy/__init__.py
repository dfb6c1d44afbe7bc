"""The agency's own workbook back, with each faulty cell marked and commented.

What belongs here: putting marks onto a filled workbook, listing them on a first sheet, and taking
the marks of an earlier return off again. What must not: finding faults, or choosing words for them
(the caller brings both).
"""
