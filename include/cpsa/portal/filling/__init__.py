"""The form in the browser: the same questions as the template workbook's, under the same names.

What belongs here: from what is asked and was typed to fields, and from posted fields to what was
typed. What must not: judging a value (the check does), or storing it (the route does).
"""
