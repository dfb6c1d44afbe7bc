"""Learning document: what agencies say of their figures far below a target, and what they requested.

Only what an agency itself wrote: its explanation of a finding on the figure, else its challenges of
the themes that name the indicator as evidence, else why it requested an action on them. What must not go
here: which figures are shown (``learning_figures``), or a reason that no agency gave.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from cpsa.actions.decision import Decision
from cpsa.actions.status import ActionStatus
from cpsa.actions.theme_evidence import list_theme_indicators
from cpsa.calendar import AnyPeriod
from cpsa.documents.action_statuses import list_action_statuses
from cpsa.documents.blocks import code_cell, column, quoted_cell, table, text_cell
from cpsa.documents.content_model import Cell, Table
from cpsa.documents.document_text import DocumentText
from cpsa.figures import NO_FIGURE
from cpsa.framework.model import Indicator
from cpsa.provenance.check_summary import list_counted_findings
from cpsa.provenance.snapshot import to_single_line


@dataclass(frozen=True, slots=True)
class Reason:
    """What an agency wrote of a figure, and as what it wrote it, with the quarter."""

    text: str
    source: str


def build_reasons_table(
    words: DocumentText, period: AnyPeriod, shortfalls: Sequence[tuple[str, Indicator, Cell]]
) -> Table:
    """For each agency, indicator and share: the reasons that were given, and the actions requested."""
    return table(
        words("behind.reasons"),
        (
            column(words("actions.agency"), 2.1),
            column(words("code"), 0.8),
            column(words("progress.share"), 1.4, figure=True),
            column(words("actions.text"), 3.7),
            column(words("behind.source"), 1.8),
            column(words("behind.actions"), 2.9),
        ),
        (
            row
            for agency, indicator, share in shortfalls
            for row in _make_rows(words, period, agency, indicator, share)
        ),
    )


def _make_rows(
    words: DocumentText, period: AnyPeriod, agency: str, indicator: Indicator, share: Cell
) -> list[tuple[Cell, ...]]:
    """One row for each reason, one in all where none was given."""
    themes = _list_themes(words, indicator)
    actions = _list_actions(words, period, agency, themes)
    reasons = (
        _take_each_once(_list_explanations(words, period, agency, indicator))
        or _take_each_once(_list_challenges(words, period, agency, themes))
        or _take_each_once(_list_request_reasons(words, actions))
    )
    requested = _describe_actions(words, actions)
    figure = (text_cell(words.agency(agency)), code_cell(indicator.code), share)
    if not reasons:
        none_given = (text_cell(words("behind.no_reason")), text_cell(NO_FIGURE))
        return [(*figure, *none_given, text_cell(requested))]
    return [
        (*figure, quoted_cell(reason.text), text_cell(reason.source), text_cell(requested))
        for reason in reasons
    ]


def _list_themes(words: DocumentText, indicator: Indicator) -> list[str]:
    """The themes that name the indicator as evidence, in the order of the reference data."""
    reference, framework = words.snapshot.reference, words.snapshot.framework
    return [
        theme
        for theme in reference.themes
        if indicator in list_theme_indicators(reference, framework, theme, indicator.form)
    ]


def _take_each_once(reasons: Iterable[Reason]) -> list[Reason]:
    """Reasons without those whose text is blank, or came before."""
    first: dict[str, Reason] = {}
    for reason in reasons:
        if reason.text:
            first.setdefault(reason.text, reason)
    return list(first.values())


def _list_explanations(
    words: DocumentText, period: AnyPeriod, agency: str, indicator: Indicator
) -> Iterator[Reason]:
    """The agency's explanations of findings on the figure in its accepted updates, the newest first."""
    for quarter in reversed(period.quarters):
        if (agency, quarter.key) not in words.snapshot.accepted:
            continue
        for finding in list_counted_findings(words.snapshot, agency, quarter.key).itertuples():
            if finding.indicator == indicator.code and not finding.waived:
                source = words("behind.explanation", rule=finding.rule, quarter=quarter.key)
                yield Reason(to_single_line(finding.explanation), source)


def _list_challenges(
    words: DocumentText, period: AnyPeriod, agency: str, themes: Sequence[str]
) -> Iterator[Reason]:
    """The agency's challenges of these themes, the newest first."""
    for quarter in reversed(period.quarters):
        entries = words.snapshot.select_rows("entries", agency=agency, quarter=quarter.key)
        for entry in entries[entries["kind"] == "challenge"].itertuples():
            if entry.theme in themes:
                source = words(
                    "behind.challenge", theme=words.theme(entry.theme), quarter=quarter.key
                )
                yield Reason(to_single_line(entry.text), source)


def _list_actions(
    words: DocumentText, period: AnyPeriod, agency: str, themes: Sequence[str]
) -> list[ActionStatus]:
    """The actions that the agency requested on these themes: those of the period, and earlier ones
    without a final decision."""
    return [
        status
        for status in list_action_statuses(words.snapshot, period.last_quarter)
        if status.action.agency == agency
        and status.action.theme in themes
        and (status.pending or status.action.quarter >= period.first_quarter.key)
    ]


def _list_request_reasons(words: DocumentText, actions: Sequence[ActionStatus]) -> Iterator[Reason]:
    """What the agency wrote for these requests, the newest first."""
    for status in reversed(actions):
        theme, quarter = words.theme(status.action.theme), status.action.quarter
        source = words("behind.request", theme=theme, quarter=quarter)
        yield Reason(to_single_line(status.action.text), source)


def _describe_actions(words: DocumentText, actions: Sequence[ActionStatus]) -> str:
    """The number and the state of each action."""
    shown = [
        words("behind.action", number=status.action.number, state=_describe_state(words, status))
        for status in actions
    ]
    return "; ".join(shown) or words("behind.no_action")


def _describe_state(words: DocumentText, status: ActionStatus) -> str:
    if not status.counts:
        return words("action_status.not_accepted")
    if status.not_sent and status.decision == Decision.REPLY_AWAITED:
        return words("action_status.not_sent")
    return words.label(Decision(status.decision).label)
