"""The door: a look at a received workbook before any parser sees it.

What belongs here: recognising what no filled template is, from the bytes alone, and naming the
cause. What must not: parsing sheets, or judging what an agency wrote.
"""

from cpsa.collect.door.look import look

__all__ = ["look"]
