"""The places that receive departments' packs, and the numbers of their mails.

What belongs here: seats and references. What must not: the words of the mail (``templates/letters/pack.j2``),
building the documents, sending (``ledger``), or MIME (``mail_composer``).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import pandas as pd

from cpsa.calendar import HalfYear
from cpsa.reference.programme_in_use import get_programme


@dataclass(frozen=True)
class Seat:
    """A place that receives mail, independent of the person: ``DOMSME:to:1`` keeps its name."""

    id: str
    department: str
    name: str
    email: str
    language: str
    kind: str


def number_seats(recipients: pd.DataFrame) -> tuple[Seat, ...]:
    """The registry's recipients, numbered within department and kind by the registry's order."""
    taken: Counter[tuple[str, str]] = Counter()
    numbered = []
    for row in recipients.itertuples(index=False):
        department_kind = (row.department, row.kind)
        taken[department_kind] += 1
        name = f"{row.department}:{row.kind}:{taken[department_kind]}"
        numbered.append(Seat(name, row.department, row.name, row.email, row.language, row.kind))
    return tuple(numbered)


def make_mail_reference(half: HalfYear, department: str, revision: int = 0) -> str:
    """The number of a mail, by which it is answered and named."""
    prefix = get_programme().reference_prefix
    return f"{prefix}/{half.key}/PACK/{department}" + (f"/R{revision}" if revision else "")
