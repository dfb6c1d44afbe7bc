"""Letters that answer a department: what of its form was recorded, and that a reply was received.

What belongs here: their content and wording. What must not: to whom they are due
(``cycle.department_letters``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from cpsa.actions import Decision
from cpsa.deliver import forms
from cpsa.deliver.message import Attachment, Message, one_line
from cpsa.letters.head import Link
from cpsa.letters.layout import Body, Facts, Paragraph, Point, Points, Way, body, facts
from cpsa.letters.words import Words

MOST_ROWS = 100  # a letter is read; the marked form has all of them


@dataclass(frozen=True)
class DepartmentHead:
    """One letter's frame. ``seat``: the recipient as the ledger knows it; ``half``: as its reader
    says it, blank where it is not known; ``link``: of the form in the browser."""

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
    link: Link | None = None

    @property
    def say(self) -> Words:
        return Words(self.language)


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
    """A row that was not recorded: where it stands, why, and what to do."""

    problem: str
    to_do: str


def form_receipt(
    head: DepartmentHead,
    file: SentFile,
    decisions: Sequence[RecordedDecision],
    unchanged: int,
    rows: Sequence[UnrecordedRow],
    marked: bool,
) -> Body:
    """The receipt of a form. ``unchanged``: rows that said what was recorded before."""
    say = head.say
    subject = "subject_all" if not rows else "subject_some" if decisions else "subject_none"
    if not (decisions or rows):
        subject = "subject_nothing_new"
    return body(
        say(f"department.{subject}", recorded=len(decisions), rows=len(rows)),
        Paragraph(say("department.received", department=head.department), strong=True),
        _facts(head, file, "file"),
        _recorded(head, decisions),
        Paragraph(say.counted("department.unchanged", unchanged)) if unchanged else None,
        Paragraph(say("department.nothing")) if not (decisions or rows or unchanged) else None,
        _unrecorded(head, rows),
        Paragraph(say("department.marked" if marked else "department.correct")) if rows else None,
        _way(head) if rows else None,
        Paragraph(say("department.not_yours", reply_to=head.reply_to)),
    )


def form_not_read(head: DepartmentHead, file: SentFile, problem: str) -> Body:
    """The answer to a form of which nothing was recorded."""
    say = head.say
    return body(
        say("department.subject_not_read"),
        Paragraph(say("department.not_read", department=head.department), strong=True),
        _facts(head, file, "file"),
        Paragraph(one_line(problem)),
        Paragraph(say("department.again", reply_to=head.reply_to)),
        _way(head),
    )


def reply_received(head: DepartmentHead, mail: SentFile, numbers: Sequence[str]) -> Body:
    """The answer to a reply in words or as a scan."""
    say = head.say
    named = ", ".join(numbers) or say("department.no_numbers")
    return body(
        say("department.subject_by_hand"),
        Paragraph(say("department.by_hand", department=head.department), strong=True),
        _facts(head, mail, "mail", (say("department.numbers"), named)),
        Paragraph(say("department.quicker_link" if head.link else "department.quicker")),
        _way(head),
    )


def department_message(
    templates: Path, head: DepartmentHead, body: Body, attachments: Sequence[Attachment] = ()
) -> Message:
    """The letter as HTML and as plain text of equal content."""
    say = head.say
    html, text = forms.filled(
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
    return Message(
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


def _facts(head: DepartmentHead, file: SentFile, kind: str, *more: tuple[str, str]) -> Facts:
    say = head.say
    rows = [
        (say(f"department.{kind}"), file.name or "–"),
        (say("file.received"), say.moment(file.received_at)),
        *([(say("department.half"), head.half)] if head.half else []),
        *more,
    ]
    return facts(*rows)


def _recorded(
    head: DepartmentHead, decisions: Sequence[RecordedDecision]
) -> list[Points | Paragraph]:
    if not decisions:
        return []
    say = head.say
    points = tuple(
        Point(
            one.number,
            say(
                "department.decision",
                decision=one.decision.label.in_(say.language),
                day=say.day(one.day),
            ),
            say("department.promised", day=say.day(one.promised)) if one.promised else "",
        )
        for one in decisions[:MOST_ROWS]
    )
    heading = say.counted("department.recorded", len(decisions))
    return [Points(heading, points), *_more(head, len(decisions) - len(points))]


def _unrecorded(head: DepartmentHead, rows: Sequence[UnrecordedRow]) -> list[Points | Paragraph]:
    if not rows:
        return []
    say = head.say
    points = tuple(
        Point("", one_line(row.problem), one_line(say("points.do", mend=row.to_do)))
        for row in rows[:MOST_ROWS]
    )
    heading = say.counted("department.not_recorded", len(rows))
    return [Points(heading, points), *_more(head, len(rows) - len(points))]


def _more(head: DepartmentHead, number: int) -> list[Paragraph]:
    return [Paragraph(head.say("department.more", number=number))] if number > 0 else []


def _way(head: DepartmentHead) -> Way | None:
    if head.link is None:
        return None
    say = head.say
    note = say("department.way.note", until=say.end(head.link.until))
    return Way(say("department.way"), head.link.address, note)
