"""Charts over quarters that agencies and the state have alike.

What must not go here: computing sums (``period_sums``), or charts of one document alone.
"""

from __future__ import annotations

from cpsa.calendar import Quarter
from cpsa.documents import period_sums
from cpsa.documents.blocks import limit_ratio
from cpsa.documents.content_model import Mark, Series, Trend
from cpsa.documents.document_text import DocumentText
from cpsa.framework.model import TOTAL
from cpsa.scoring.reporting_rates import compute_share

TREND_QUARTERS = 8
SPENDING_KIND = "spending_against_activity"
"""The kind of the rule that compares spending with activity; the chart shows its figures."""


def describe_trend(
    words: DocumentText, quarters: tuple[Quarter, ...], lines: tuple[Series, ...]
) -> str:
    """The values of a chart in words, quarter by quarter."""
    return "; ".join(
        f"{words.months(quarter)}: {', '.join(line.texts[place] for line in lines)}"
        for place, quarter in enumerate(quarters)
    )


def make_share_marks(words: DocumentText) -> tuple[Mark, ...]:
    """Nothing, half and all, drawn across."""
    return tuple(Mark(level, words.whole_percent(level)) for level in (0.0, 0.5, 1.0))


def build_spending_trend(words: DocumentText, last: Quarter, agency: str = "") -> Trend | None:
    """Share of the budget's target used and of the planned activities done, both to date.

    Of one agency, or of all. None where the framework no longer compares them, or where fewer than
    two quarters have both.
    """
    rules = words.snapshot.framework.rules_of_kind(SPENDING_KIND)
    if not rules:
        return None
    rule = rules[0]
    spent, done, planned = (rule.parameters[name] for name in ("spent", "done", "planned"))
    known = words.snapshot.accepted_quarters
    shown, budget, activity = [], [], []
    for quarter in Quarter.range(last + (1 - TREND_QUARTERS), last):
        if quarter.key not in known:
            continue
        totals = _sum_to_date(words, quarter, agency, (spent, done, planned))
        used = totals.get((spent, TOTAL), period_sums.NO_SUM).share
        plan = totals.get((planned, TOTAL), period_sums.NO_SUM).actual
        worked = compute_share(totals.get((done, TOTAL), period_sums.NO_SUM).actual or 0, plan or 0)
        if used is not None and worked is not None:
            shown.append(quarter)
            budget.append(used)
            activity.append(worked)
    if len(shown) < 2:
        return None
    lines = tuple(
        Series(words(name), tuple(map(limit_ratio, values)), tuple(map(words.percent, values)))
        for name, values in (("trends.budget", budget), ("trends.activity", activity))
    )
    return Trend(
        words("trends.spending"),
        words("trends.spending_alternative", values=describe_trend(words, tuple(shown), lines)),
        tuple(shown_quarter.key for shown_quarter in shown),
        lines,
        marks=make_share_marks(words),
    )


def _sum_to_date(
    words: DocumentText, until: Quarter, agency: str, only: tuple[str, ...]
) -> period_sums.Sums:
    if agency:
        return period_sums.sum_by_agency(words.snapshot, until, only=only).get(agency, {})
    return period_sums.sum_of_state(words.snapshot, until, only=only)
