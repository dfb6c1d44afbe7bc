"""What an agency has entered so far, to be written into the inputs of a fresh template.

What belongs here: the shape of it, and making any text fit for a cell. What must not: where it is
in the workbook (the sheets know), or what it means.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cpsa.submissions.signing_officer import SigningOfficer

# What no XML can hold; a cell of an .xlsx is XML.
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LONGEST = 32_767  # characters of a cell


@dataclass(frozen=True)
class FilledValues:
    """Texts as they were typed; what is not named is blank, what the form does not have is left out.

    ``values``: figures by indicator and dimension ("" = total). ``explanations``: by indicator or
    group, "" for the update as a whole. ``entries``: by kind, its rows by column, codes bare.
    """

    values: Mapping[tuple[str, str], str] = field(default_factory=dict)
    nil: bool = False
    explanations: Mapping[str, str] = field(default_factory=dict)
    entries: Mapping[str, Sequence[Mapping[str, str]]] = field(default_factory=dict)
    officer: SigningOfficer = field(default_factory=SigningOfficer)


def clean_cell_text(text: str) -> str:
    """A text without what a cell cannot hold, its lines ended in one way."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return _NOT_IN_XML.sub("", lines)[:_LONGEST]
