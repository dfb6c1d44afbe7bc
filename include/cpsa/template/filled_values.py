"""What an agency has entered so far, to be written into the inputs of a fresh template.

What belongs here: the shape of it. What must not: where it is in the workbook (the sheets know), or
what it means.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cpsa.submissions.signing_officer import SigningOfficer


@dataclass(frozen=True)
class FilledValues:
    """Texts as they were typed; what is not named is blank, what the form does not have is left out.

    ``values``: figures by indicator and dimension ("" = total). ``explanations``: by indicator or
    group, "" for the update as a whole. ``entries``: by kind, its rows by column, codes bare.
    ``tables``: by table, its rows by column. ``row_places``: by table and place in the file (of a row or
    one of its values) the number of the row in ``tables``, from 0.
    """

    values: Mapping[tuple[str, str], str] = field(default_factory=dict)
    nil: bool = False
    explanations: Mapping[str, str] = field(default_factory=dict)
    entries: Mapping[str, Sequence[Mapping[str, str]]] = field(default_factory=dict)
    officer: SigningOfficer = field(default_factory=SigningOfficer)
    tables: Mapping[str, Sequence[Mapping[str, str]]] = field(default_factory=dict)
    row_places: Mapping[tuple[str, str], int] = field(default_factory=dict, compare=False)
