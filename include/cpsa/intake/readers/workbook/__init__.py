"""Readers of filled workbooks: .xlsx, .xls and .ods, by defined name.

What belongs here: turning a workbook's bytes into an update with places, and testing its seal.
What must not: judging a value, or making a template.
"""
