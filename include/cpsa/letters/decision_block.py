"""What departments decided on an agency's requests: a block of its request and its notice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from cpsa.actions.decision import Decision
from cpsa.delivery.mail_message import one_line
from cpsa.i18n.text import Text
from cpsa.letters.letter_head import LetterHead
from cpsa.letters.letter_layout import LetterBody, Point, Points


@dataclass(frozen=True)
class DecisionRow:
    """One decision in a letter; ``request`` and ``remarks`` are quoted as written."""

    number: str
    department: Text
    request: str
    decision: Decision
    day: date
    remarks: str


def append_decisions(
    body: LetterBody, head: LetterHead, decisions: Sequence[DecisionRow]
) -> LetterBody:
    """The same letter, with what was decided since the last one; as it is where nothing was."""
    if not decisions:
        return body
    points = tuple(_make_point(head, row) for row in decisions)
    return LetterBody(body.subject, (*body.blocks, Points(head.say("decided.heading"), points)))


def _make_point(head: LetterHead, row: DecisionRow) -> Point:
    say = head.say
    decision = row.decision.label.in_(say.language)
    return Point(
        where=say("decided.where", number=row.number, department=row.department.in_(say.language)),
        what=one_line(row.request),
        then=say(
            "decided.with_remarks" if row.remarks else "decided.plain",
            decision=decision,
            day=say.day(row.day),
            remarks=one_line(row.remarks),
        ),
    )
