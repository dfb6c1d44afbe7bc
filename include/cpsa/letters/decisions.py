"""What departments decided on what the agency had asked: a block of its request and its notice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from cpsa.actions import Decision
from cpsa.bilingual import Text
from cpsa.deliver.message import one_line
from cpsa.letters.head import Head
from cpsa.letters.layout import Body, Point, Points


@dataclass(frozen=True)
class Told:
    """One decision as a letter tells it; ``request`` and ``remarks`` are others' own words."""

    number: str
    department: Text
    request: str
    decision: Decision
    day: date
    remarks: str


def with_decisions(body: Body, head: Head, decided: Sequence[Told]) -> Body:
    """The same letter, with what was decided since the last one; as it is where nothing was."""
    if not decided:
        return body
    points = tuple(_point(head, one) for one in decided)
    return Body(body.subject, (*body.blocks, Points(head.say("decided.heading"), points)))


def _point(head: Head, one: Told) -> Point:
    say = head.say
    decision = one.decision.label.in_(say.language)
    return Point(
        where=say("decided.where", number=one.number, department=one.department.in_(say.language)),
        what=one_line(one.request),
        then=say(
            "decided.with_remarks" if one.remarks else "decided.plain",
            decision=decision,
            day=say.day(one.day),
            remarks=one_line(one.remarks),
        ),
    )
