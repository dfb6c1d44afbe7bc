"""A department's pack: the short mail that carries its documents, in the recipient's language.

What belongs here: seats, and the wording of the mail by the templates in ``templates/mail``. What
must not: building the documents, sending (``ledger``, ``mail``), or MIME (``compose``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

import pandas as pd

from cpsa.bilingual import Text
from cpsa.calendar import HalfYear
from cpsa.deliver import forms
from cpsa.deliver.message import Attachment, Message, one_line
from cpsa.messages import text

__all__ = ["SLOT", "Attachment", "Department", "Message", "Seat", "letter", "seats"]

SLOT = "pack"


class Department(Protocol):
    """What a pack needs to know of a department."""

    @property
    def code(self) -> str: ...
    @property
    def name(self) -> Text: ...


@dataclass(frozen=True)
class Seat:
    """A place that receives mail, whoever holds it: ``DOMSME:to:1`` keeps its name."""

    id: str
    department: str
    name: str
    email: str
    language: str
    kind: str


def seats(recipients: pd.DataFrame) -> tuple[Seat, ...]:
    """The registry's recipients, numbered within department and kind by the registry's order."""
    taken: Counter[tuple[str, str]] = Counter()
    found = []
    for row in recipients.itertuples(index=False):
        place = (row.department, row.kind)
        taken[place] += 1
        name = f"{row.department}:{row.kind}:{taken[place]}"
        found.append(Seat(name, row.department, row.name, row.email, row.language, row.kind))
    return tuple(found)


def letter(
    templates: Path,
    half: HalfYear,
    department: Department,
    seat: Seat,
    documents: Sequence[Attachment],
    asked: int,
    most_urgent: Sequence[str],
    reply_to: str,
) -> Message:
    """The mail to one seat. ``asked`` counts the actions asked of the department in this half;
    ``most_urgent`` are those it should read first, one line each."""
    language = seat.language
    reference = f"CPSA/{half.key}/PACK/{department.code}"
    say = partial(_say, language)
    words = {
        "language": language,
        "say": say,
        "reference": reference,
        "period": half.label(language),
        "department": department.name.in_(language),
        "name": one_line(seat.name),
        "is_copy": seat.kind == "cc",
        "asked": asked,
        "most_urgent": [one_line(line) for line in most_urgent],
        "documents": documents,
        "reply_to": reply_to,
    }
    html, plain = forms.filled(templates, "pack", words)
    return Message(
        cycle=half.key,
        slot=SLOT,
        recipient=seat.id,
        to_name=seat.name,
        to_email=seat.email,
        language=language,
        subject=say("subject", reference=reference, period=half.label(language)),
        html=html,
        text=plain,
        attachments=tuple(documents),
    )


def _say(language: str, name: str, /, **params: object) -> str:
    return text(f"deliver.pack.{name}", language, **params)
