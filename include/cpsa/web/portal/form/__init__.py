"""The form in the browser: the same questions as the template workbook's, under the same names.

What belongs here: from indicators and typed values to fields, and from posted fields to what was
typed. What must not: checking a value (``checks`` does), or storing it (the route does).
"""
