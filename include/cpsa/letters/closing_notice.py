"""The closing notice: whether the update counts, its scores, and what a late file needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cpsa import figures
from cpsa.framework.model import Framework
from cpsa.letters.letter_head import LetterHead
from cpsa.letters.letter_layout import Facts, LetterBody, LetterParagraph, build_body, make_facts
from cpsa.submissions.state import ObligationState, SubmissionState


@dataclass(frozen=True)
class ClosingResult:
    """The result of closing for an agency: its state, and its scores where it has some."""

    state: str
    status: str
    composite: float | None
    coverage: float
    groups: Mapping[str, float] = field(default_factory=dict)


def build_closing_notice(
    head: LetterHead, closed_at: datetime, result: ClosingResult, framework: Framework
) -> LetterBody:
    say = head.say
    counts = result.state == SubmissionState.ACCEPTED
    text_key = (
        "counted"
        if counts
        else "missing"
        if result.state == ObligationState.MISSING
        else "not_accepted"
    )
    if text_key == "missing" and not head.is_requested:
        text_key = "not_requested"
    state = framework.state_labels[result.state].in_(say.language)
    return build_body(
        say(f"closing.subject_{'counted' if counts else 'not_counted'}"),
        LetterParagraph(
            say(
                f"closing.{text_key}",
                period=head.period,
                day=say.day(closed_at),
                state=state,
            ),
            strong=True,
        ),
        LetterParagraph(say("closing.outside_rates")) if not head.is_requested else None,
        _make_score_facts(head, result, framework),
        LetterParagraph(say("closing.late_file", reply_to=head.reply_to)),
    )


def build_closing_withdrawal(head: LetterHead, withdrawn_at: datetime) -> LetterBody:
    """The letter that withdraws the closing letter: the quarter is open again."""
    say = head.say
    day = say.day(withdrawn_at)
    return build_body(
        say("withdrawn.subject"),
        LetterParagraph(say("withdrawn.open", period=head.period, day=day), strong=True),
        LetterParagraph(say("withdrawn.letter")),
        LetterParagraph(say("withdrawn.next", reply_to=head.reply_to)),
    )


def _make_score_facts(head: LetterHead, result: ClosingResult, framework: Framework) -> Facts:
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
    return make_facts(
        (say("closing.status"), status),
        (say("closing.composite"), composite),
        *groups,
        (say("closing.coverage"), figures.percent(result.coverage)),
    )
