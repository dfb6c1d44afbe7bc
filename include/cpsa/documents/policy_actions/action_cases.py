"""One action as a department reads it: the agency's words and the evidence behind them."""

from __future__ import annotations

from datetime import date
from typing import Any

from cpsa.actions import theme_evidence
from cpsa.actions.decision import Decision
from cpsa.actions.status import ActionStatus
from cpsa.calendar import AnyPeriod, Quarter
from cpsa.documents import period_sums, share_text
from cpsa.documents.blocks import URGENCIES, URGENCY_TONES
from cpsa.documents.content_model import Case, Fact, Quote, Tone
from cpsa.documents.document_text import DocumentText
from cpsa.documents.policy_actions import case_schemes
from cpsa.documents.policy_actions.action_selection import ActionSelection
from cpsa.documents.step_progress import StepProgress
from cpsa.figures import NO_FIGURE
from cpsa.framework.model import TOTAL
from cpsa.provenance.origin import AmountKind, AmountOrigin, Origin, ScoreKind, ScoreOrigin
from cpsa.provenance.snapshot import has_value, to_single_line


def build_case(selection: ActionSelection, status: ActionStatus, systemic: set[str]) -> Case:
    """One action in full: the agency's words, and what speaks for it."""
    words, row = selection.words, status.action
    theme = words.theme(row.theme)
    facts = [
        Fact(words("case.request"), to_single_line(row.request) or NO_FIGURE, own_words=True),
        _score_fact(words, selection.period, row.agency),
        _evidence_fact(words, selection.period, row.agency, row.theme),
        *(
            _make_step_fact(words, step)
            for step in selection.list_waiting(row.department, row.agency)
        ),
        case_schemes.build_schemes_fact(words, selection.period, row),
    ]
    if others := _list_other_departments(selection, row):
        facts.append(Fact(words("case.others"), others))
    if status.reiterated and row.quarter not in selection.quarters:
        first = words.period(Quarter.parse(row.quarter))
        facts.append(Fact(words("case.again"), words("case.again_note", quarter=first)))
    if status.decision != Decision.REPLY_AWAITED:
        facts.append(Fact(words("case.decision"), words(f"decision.{status.decision}")))
    badge = words(f"urgency.{row.urgency}") if row.urgency in URGENCIES else NO_FIGURE
    urgency = words("case.urgency", urgency=badge)
    return Case(
        number=f"{row.number} · {words.agency_with_code(row.agency)}",
        title=theme,
        badge=words("case.also_systemic", urgency=urgency) if row.theme in systemic else urgency,
        tone=URGENCY_TONES.get(row.urgency, Tone.MUTED),
        quote=Quote(to_single_line(row.text), ""),
        facts=tuple(facts),
    )


def _score_fact(words: DocumentText, period: AnyPeriod, agency: str) -> Fact:
    label = words("case.agency_score")
    rows = words.snapshot.select_rows("scores", agency=agency, quarter=period.last_quarter.key)
    row = next(rows.itertuples(index=False), None)
    if row is None or not has_value(row.composite):
        return Fact(label, words("case.no_score"))
    score_text = words("case.score", score=words.score(row.composite), status=words.status_of(row))
    origin = ScoreOrigin(ScoreKind.COMPOSITE, agency, period.last_quarter.key)
    return Fact(label, score_text, figures=((score_text, origin),))


def _evidence_fact(words: DocumentText, period: AnyPeriod, agency: str, theme: str) -> Fact:
    form = words.snapshot.agencies[agency]["form"] if agency in words.snapshot.agencies else ""
    figures = period_sums.sum_by_agency(words.snapshot, period.last_quarter).get(agency, {})
    parts: list[tuple[str, Origin]] = []
    for indicator in theme_evidence.list_theme_indicators(
        words.snapshot.reference, words.snapshot.framework, theme, form
    ):
        figure = figures.get((indicator.code, TOTAL), period_sums.NO_SUM)
        if figure.actual is None:
            continue
        kind = AmountKind.SHARE if share_text.has_share(indicator, figure) else AmountKind.ACTUAL
        origin = AmountOrigin(kind, indicator.code, agency=agency, until=period.last_quarter.key)
        parts.append((share_text.format_labelled(words, indicator, figure, of_many=False), origin))
    value = "; ".join(text for text, _ in parts) or words("case.no_evidence")
    return Fact(words("case.evidence"), value, figures=tuple(parts))


def _make_step_fact(words: DocumentText, step: StepProgress) -> Fact:
    """What the agency's next step waits for with this department, and since when."""
    days = words.number(step.waiting_days.days)
    text = words(
        "pending.step_waits",
        step=step.describe_waiting(words),
        last=step.describe_last(words),
        day=words.date(date.fromisoformat(step.reached[step.last].value)),
        days=days,
    )
    origin = step.waiting_days.origin
    return Fact(words("pending.step"), text, figures=((days, origin),) if origin else None)


def _list_other_departments(selection: ActionSelection, row: Any) -> str:
    """Those of whom the same theme is requested; blank where there is none."""
    departments = dict.fromkeys(
        status.action.department
        for status in selection.list_requested()
        if status.action.theme == row.theme and status.action.department != row.department
    )
    return "; ".join(map(selection.words.department, departments))
