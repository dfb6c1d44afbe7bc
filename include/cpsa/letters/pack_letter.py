"""A department's pack: the short mail that carries its documents, in the recipient's language.

What belongs here: seats, and the wording of the mail by the templates in ``templates/mail``. What
must not: building the documents, sending (``ledger``, ``mail``), or MIME (``compose``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

import pandas as pd

from cpsa.calendar import HalfYear
from cpsa.delivery.mail_message import Attachment, AttachmentUse, MailMessage, one_line
from cpsa.i18n import template_environment
from cpsa.i18n.text import Text
from cpsa.letters.letter_kinds import PACK_SLOT
from cpsa.translator import Translator, format_dotted_date

__all__ = [
    "Attachment",
    "LetterDepartment",
    "MailMessage",
    "PackRevision",
    "ReplacedDocument",
    "ReplyDates",
    "Seat",
    "build_pack_letter",
    "make_mail_reference",
    "number_seats",
]


class LetterDepartment(Protocol):
    """What a pack needs to know of a department."""

    @property
    def code(self) -> str: ...
    @property
    def name(self) -> Text: ...


@dataclass(frozen=True)
class Seat:
    """A place that receives mail, independent of the person: ``DOMSME:to:1`` keeps its name."""

    id: str
    department: str
    name: str
    email: str
    language: str
    kind: str


@dataclass(frozen=True)
class ReplacedDocument:
    """A document sent before that another one replaces; ``reference`` is the mail's."""

    name: str
    reference: str
    sent_on: date


@dataclass(frozen=True)
class PackRevision:
    """The number of the revision, its reason, what it replaces, and the file that says what changed."""

    number: int
    reason: str
    replaced: tuple[ReplacedDocument, ...]
    note: str


@dataclass(frozen=True)
class ReplyDates:
    """By when a department is to answer: what the mail brings for the first time, what was sent
    before and is in time, and how many are late."""

    new_by: date | None = None
    earlier_by: date | None = None
    late: int = 0


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
    return f"CPSA/{half.key}/PACK/{department}" + (f"/R{revision}" if revision else "")


def build_pack_letter(
    templates: Path,
    half: HalfYear,
    department: LetterDepartment,
    seat: Seat,
    documents: Sequence[Attachment],
    action_count: int,
    most_urgent: Sequence[str],
    reply_to: str,
    revision: PackRevision | None = None,
    fetch_by: date | None = None,
    *,
    test: bool = False,
    replies: ReplyDates = ReplyDates(),
    answer_link: str = "",
    answer_until: date | None = None,
) -> MailMessage:
    """The mail to one seat. ``action_count``: requests to the department in this half;
    ``most_urgent`` are those it should read first, one line each. ``fetch_by``: until when links
    are valid, where documents are not attached. ``answer_link``: where the department answers in the
    browser, until ``answer_until``. A ``test`` says that it is one."""
    language = seat.language
    number = make_mail_reference(half, department.code, revision.number if revision else 0)
    say = Translator(language, "deliver.pack")
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
        "new_by": _format_day(replies.new_by),
        "earlier_by": _format_day(replies.earlier_by),
        "late": replies.late,
        "action_count": action_count,
        "most_urgent": [one_line(line) for line in most_urgent],
        "attached": [document for document in documents if not document.link],
        "linked": [document for document in documents if document.link],
        "fetch_by": _format_day(fetch_by),
        "reply_to": reply_to,
        "form": _find_file_name(documents, AttachmentUse.FILL_IN),
        "answer_link": answer_link,
        "answer_until": _format_day(answer_until),
        "to_edit": _find_file_name(documents, AttachmentUse.EDIT),
        "to_calculate": _find_file_name(documents, AttachmentUse.CALCULATE),
        "revision": _describe_revision(revision),
    }
    html, plain = template_environment.render_mail(templates, "pack", words)
    subject = say(
        "subject_revised" if revision else "subject",
        reference=number,
        months=half.months(language),
    )
    return MailMessage(
        cycle=half.key,
        slot=PACK_SLOT,
        recipient=seat.id,
        to_name=seat.name,
        to_email=seat.email,
        language=language,
        subject=say("subject_test", subject=subject) if test else subject,
        html=html,
        text=plain,
        attachments=tuple(documents),
    )


def _find_file_name(documents: Sequence[Attachment], use: AttachmentUse) -> str:
    """What the file of that use is called; blank where there is none."""
    return next((document.name for document in documents if document.use is use), "")


def _describe_revision(revision: PackRevision | None) -> dict[str, object] | None:
    if revision is None:
        return None
    return {
        "number": revision.number,
        "reason": one_line(revision.reason),
        "note": revision.note,
        "replaced": [
            {
                "name": document.name,
                "reference": document.reference,
                "day": _format_day(document.sent_on),
            }
            for document in revision.replaced
        ],
    }


def _format_day(day: date | None) -> str:
    return format_dotted_date(day) if day else ""
