"""Makes any text fit for a cell of a workbook."""

from __future__ import annotations

import re

# What no XML can hold; a cell of an .xlsx is XML.
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LONGEST = 32_767  # characters of a cell


def clean_cell_text(text: str) -> str:
    """A text without what a cell cannot hold, its lines ended in one way."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return _NOT_IN_XML.sub("", lines)[:_LONGEST]
