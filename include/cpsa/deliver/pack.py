"""A department's pack: the short mail that carries its documents, in the recipient's language.

What belongs here: seats, and the wording of the mail by the templates in ``templates/mail``. What
must not: building the documents, sending (``ledger``, ``mail``), or MIME (``compose``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Protocol

import pandas as pd

from cpsa.bilingual import Text
from cpsa.calendar import HalfYear
from cpsa.deliver import forms
from cpsa.deliver.message import Attachment, Message, Use, one_line
from cpsa.messages import text

__all__ = [
    "SLOT",
    "Attachment",
    "Department",
    "Message",
    "Replaced",
    "Replies",
    "Revision",
    "Seat",
    "letter",
    "reference",
    "seats",
]

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


@dataclass(frozen=True)
class Replaced:
    """A document sent before that another takes the place of; ``reference`` is the mail's."""

    name: str
    reference: str
    sent_on: date


@dataclass(frozen=True)
class Revision:
    """The how-manieth it is, why, what it replaces, and the file that says what changed."""

    number: int
    reason: str
    replaced: tuple[Replaced, ...]
    note: str


@dataclass(frozen=True)
class Replies:
    """By when a department is to answer: what the mail brings for the first time, what was sent
    before and is in time, and how many are late."""

    new_by: date | None = None
    earlier_by: date | None = None
    late: int = 0


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


def reference(half: HalfYear, department: str, revision: int = 0) -> str:
    """The number of a mail, by which it is answered and named."""
    return f"CPSA/{half.key}/PACK/{department}" + (f"/R{revision}" if revision else "")


def letter(
    templates: Path,
    half: HalfYear,
    department: Department,
    seat: Seat,
    documents: Sequence[Attachment],
    asked: int,
    most_urgent: Sequence[str],
    reply_to: str,
    revision: Revision | None = None,
    fetch_by: date | None = None,
    test: bool = False,
    replies: Replies = Replies(),
    answer_link: str = "",
    answer_until: date | None = None,
) -> Message:
    """The mail to one seat. ``asked`` counts the actions asked of the department in this half;
    ``most_urgent`` are those it should read first, one line each. ``fetch_by``: until when links
    hold, where documents are not attached. ``answer_link``: where the department answers in the
    browser, until ``answer_until``. A ``test`` says that it is one."""
    language = seat.language
    number = reference(half, department.code, revision.number if revision else 0)
    say = partial(_say, language)
    words = {
        "language": language,
        "say": say,
        "reference": number,
        "period": half.label(language),
        "department": department.name.in_(language),
        "name": one_line(seat.name),
        "seat": seat.id,
        "test": test,
        "is_copy": seat.kind != "to",
        "is_information": seat.kind == "info",
        "new_by": _day(replies.new_by),
        "earlier_by": _day(replies.earlier_by),
        "late": replies.late,
        "asked": asked,
        "most_urgent": [one_line(line) for line in most_urgent],
        "attached": [one for one in documents if not one.link],
        "linked": [one for one in documents if one.link],
        "fetch_by": _day(fetch_by),
        "reply_to": reply_to,
        "form": _named(documents, Use.FILL_IN),
        "answer_link": answer_link,
        "answer_until": _day(answer_until),
        "to_edit": _named(documents, Use.EDIT),
        "to_reckon": _named(documents, Use.RECKON),
        "revision": _in_words(revision),
    }
    html, plain = forms.filled(templates, "pack", words)
    subject = say(
        "subject_revised" if revision else "subject",
        reference=number,
        months=half.months(language),
    )
    return Message(
        cycle=half.key,
        slot=SLOT,
        recipient=seat.id,
        to_name=seat.name,
        to_email=seat.email,
        language=language,
        subject=say("subject_test", subject=subject) if test else subject,
        html=html,
        text=plain,
        attachments=tuple(documents),
    )


def _named(documents: Sequence[Attachment], use: Use) -> str:
    """What the file of that use is called; blank where there is none."""
    return next((one.name for one in documents if one.use is use), "")


def _in_words(revision: Revision | None) -> dict[str, object] | None:
    if revision is None:
        return None
    return {
        "number": revision.number,
        "reason": one_line(revision.reason),
        "note": revision.note,
        "replaced": [
            {"name": one.name, "reference": one.reference, "day": _day(one.sent_on)}
            for one in revision.replaced
        ],
    }


def _day(day: date | None) -> str:
    return day.strftime("%d.%m.%Y") if day else ""


def _say(language: str, name: str, /, **params: object) -> str:
    return text(f"deliver.pack.{name}", language, **params)
