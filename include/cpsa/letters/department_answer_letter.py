"""Letters that answer a department: what of its form was recorded, and that a reply was received.

What belongs here: their content and wording. What must not: to whom they are due
(``services.department_letters``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from cpsa.actions.decision import Decision
from cpsa.delivery.mail_message import Attachment, MailMessage, one_line
from cpsa.i18n import template_environment
from cpsa.letters.letter_head import PageLink
from cpsa.letters.letter_layout import (
    Facts,
    LetterBody,
    LetterLink,
    LetterParagraph,
    Point,
    Points,
    build_body,
    make_facts,
)
from cpsa.letters.letter_text import LetterText

MAX_ROWS = 100  # a letter is read; the marked form has all of them


@dataclass(frozen=True)
class DepartmentLetterHead:
    """One letter's frame. ``seat``: the recipient as the ledger knows it; ``half``: its label for
    the reader, blank where it is not known; ``link``: of the form in the browser."""

    cycle: str
    slot: str
    seat: str
    name: str
    email: str
    language: str
    department: str
    half: str
    reference: str
    reply_to: str
    link: PageLink | None = None

    @property
    def say(self) -> LetterText:
        return LetterText(self.language)


@dataclass(frozen=True)
class SentFile:
    """What the department sent: a form, or a whole mail (``name`` is its subject)."""

    name: str
    received_at: datetime


@dataclass(frozen=True)
class RecordedDecision:
    """A decision as it was recorded."""

    number: str
    decision: Decision
    day: date
    promised: date | None


@dataclass(frozen=True)
class UnrecordedRow:
    """A row that was not recorded: where it is, why, and what to do."""

    problem: str
    to_do: str


def build_form_receipt(
    head: DepartmentLetterHead,
    file: SentFile,
    decisions: Sequence[RecordedDecision],
    unchanged: int,
    rows: Sequence[UnrecordedRow],
    *,
    marked: bool,
) -> LetterBody:
    """The receipt of a form. ``unchanged``: rows that said what was recorded before."""
    say = head.say
    subject = "subject_all" if not rows else "subject_some" if decisions else "subject_none"
    if not (decisions or rows):
        subject = "subject_nothing_new"
    return build_body(
        say(f"department.{subject}", recorded=len(decisions), rows=len(rows)),
        LetterParagraph(say("department.received", department=head.department), strong=True),
        _make_facts(head, file, "file"),
        _make_recorded_points(head, decisions),
        LetterParagraph(say.count("department.unchanged", unchanged)) if unchanged else None,
        LetterParagraph(say("department.nothing"))
        if not (decisions or rows or unchanged)
        else None,
        _make_unrecorded_points(head, rows),
        LetterParagraph(say("department.marked" if marked else "department.correct"))
        if rows
        else None,
        _make_link_block(head) if rows else None,
        LetterParagraph(say("department.not_yours", reply_to=head.reply_to)),
    )


def build_unread_form_letter(
    head: DepartmentLetterHead, file: SentFile, problem: str
) -> LetterBody:
    """The answer to a form of which nothing was recorded."""
    say = head.say
    return build_body(
        say("department.subject_not_read"),
        LetterParagraph(say("department.not_read", department=head.department), strong=True),
        _make_facts(head, file, "file"),
        LetterParagraph(one_line(problem)),
        LetterParagraph(say("department.again", reply_to=head.reply_to)),
        _make_link_block(head),
    )


def build_reply_receipt(
    head: DepartmentLetterHead, mail: SentFile, numbers: Sequence[str]
) -> LetterBody:
    """The answer to a reply in words or as a scan."""
    say = head.say
    named = ", ".join(numbers) or say("department.no_numbers")
    return build_body(
        say("department.subject_by_hand"),
        LetterParagraph(say("department.by_hand", department=head.department), strong=True),
        _make_facts(head, mail, "mail", (say("department.numbers"), named)),
        LetterParagraph(say("department.quicker_link" if head.link else "department.quicker")),
        _make_link_block(head),
    )


def build_department_message(
    templates: Path,
    head: DepartmentLetterHead,
    body: LetterBody,
    attachments: Sequence[Attachment] = (),
) -> MailMessage:
    """The letter as HTML and as plain text of equal content."""
    say = head.say
    html, text = template_environment.render_mail(
        templates,
        "letter",
        {
            "language": head.language,
            "reference": say("reference", reference=head.reference),
            "greeting": say("greeting", name=one_line(head.name)),
            "blocks": body.blocks,
            "signature": say("signature"),
            "reply_to": head.reply_to,
        },
    )
    return MailMessage(
        cycle=head.cycle,
        slot=head.slot,
        recipient=head.seat,
        to_name=head.name,
        to_email=head.email,
        language=head.language,
        subject=say("department.subject", what=body.subject, reference=head.reference),
        html=html,
        text=text,
        attachments=tuple(attachments),
    )


def _make_facts(
    head: DepartmentLetterHead, file: SentFile, kind: str, *more: tuple[str, str]
) -> Facts:
    say = head.say
    rows = [
        (say(f"department.{kind}"), file.name or "–"),
        (say("file.received"), say.moment(file.received_at)),
        *([(say("department.half"), head.half)] if head.half else []),
        *more,
    ]
    return make_facts(*rows)


def _make_recorded_points(
    head: DepartmentLetterHead, decisions: Sequence[RecordedDecision]
) -> list[Points | LetterParagraph]:
    if not decisions:
        return []
    say = head.say
    points = tuple(
        Point(
            decision.number,
            say(
                "department.decision",
                decision=decision.decision.label.in_(say.language),
                day=say.day(decision.day),
            ),
            say("department.promised", day=say.day(decision.promised)) if decision.promised else "",
        )
        for decision in decisions[:MAX_ROWS]
    )
    heading = say.count("department.recorded", len(decisions))
    return [Points(heading, points), *_make_more_paragraph(head, len(decisions) - len(points))]


def _make_unrecorded_points(
    head: DepartmentLetterHead, rows: Sequence[UnrecordedRow]
) -> list[Points | LetterParagraph]:
    if not rows:
        return []
    say = head.say
    points = tuple(
        Point("", one_line(row.problem), one_line(say("points.do", to_do=row.to_do)))
        for row in rows[:MAX_ROWS]
    )
    heading = say.count("department.not_recorded", len(rows))
    return [Points(heading, points), *_make_more_paragraph(head, len(rows) - len(points))]


def _make_more_paragraph(head: DepartmentLetterHead, number: int) -> list[LetterParagraph]:
    return [LetterParagraph(head.say("department.more", number=number))] if number > 0 else []


def _make_link_block(head: DepartmentLetterHead) -> LetterLink | None:
    if head.link is None:
        return None
    say = head.say
    note = say("department.way.note", until=say.last_day(head.link.until))
    return LetterLink(say("department.way"), head.link.address, note)
