"""The closing notice: whether the update counts, what it scored, and what a late file would take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cpsa import figures
from cpsa.calendar import IST
from cpsa.framework import Framework
from cpsa.letters.head import Head
from cpsa.letters.layout import Body, Facts, Paragraph, body, facts


@dataclass(frozen=True)
class Result:
    """What closing found of an agency: its state, and its scores where it has some."""

    state: str
    status: str
    composite: float | None
    coverage: float
    groups: Mapping[str, float] = field(default_factory=dict)


def closing(head: Head, closed_at: datetime, result: Result, framework: Framework) -> Body:
    say = head.say
    counts = result.state == "accepted"
    told = "counted" if counts else "missing" if result.state == "missing" else "not_accepted"
    if told == "missing" and not head.is_requested:
        told = "not_requested"
    state = framework.state_labels[result.state].in_(say.language)
    return body(
        say(f"closing.subject_{'counted' if counts else 'not_counted'}"),
        Paragraph(
            say(
                f"closing.{told}",
                period=head.period,
                day=say.day(closed_at.astimezone(IST).date()),
                state=state,
            ),
            strong=True,
        ),
        Paragraph(say("closing.outside_rates")) if not head.is_requested else None,
        _scores(head, result, framework),
        Paragraph(say("closing.late_file", reply_to=head.reply_to)),
    )


def closing_withdrawn(head: Head, withdrawn_at: datetime) -> Body:
    """The letter that withdraws the closing letter: the quarter is open again."""
    say = head.say
    day = say.day(withdrawn_at.astimezone(IST).date())
    return body(
        say("withdrawn.subject"),
        Paragraph(say("withdrawn.open", period=head.period, day=day), strong=True),
        Paragraph(say("withdrawn.letter")),
        Paragraph(say("withdrawn.next", reply_to=head.reply_to)),
    )


def _scores(head: Head, result: Result, framework: Framework) -> Facts:
    say, language = head.say, head.agency.language
    groups = [
        (group.label.in_(language), figures.places4(result.groups[code]))
        for code, group in framework.groups.items()
        if code in result.groups
    ]
    composite = figures.places4(result.composite) or say("closing.no_score")
    status = framework.statuses[result.status].label.in_(language)
    if framework.is_limited_by_coverage(result.status, result.composite, result.coverage):
        status = say("closing.status_limited", status=status)
    return facts(
        (say("closing.status"), status),
        (say("closing.composite"), composite),
        *groups,
        (say("closing.coverage"), figures.percent(result.coverage)),
    )
