"""Taking in what agencies send: channels, readers and, later, the template workbook.

Turns bytes into an ``Update`` of cells and places. Never judges a value: what a cell means is for
``check`` to say.
"""

from cpsa.collect.update import Cell, Unreadable, Update

__all__ = ["Cell", "Unreadable", "Update"]
