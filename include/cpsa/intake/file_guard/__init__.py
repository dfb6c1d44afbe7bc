"""The file guard: checks on a received file before any parser reads it.

What belongs here: recognising what no filled template is, from the bytes alone, and naming the
cause. What must not: parsing sheets, or judging what an agency wrote.
"""
