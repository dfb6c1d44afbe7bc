"""Charts over quarters that agencies and the state have alike.

What must not go here: reckoning (``sums``), or charts of one document alone.
"""

from __future__ import annotations

from cpsa.calendar import Quarter
from cpsa.documents import sums
from cpsa.documents.model import Mark, Series, Trend
from cpsa.documents.parts import ratio, share
from cpsa.documents.words import Words
from cpsa.framework import TOTAL

TREND_QUARTERS = 8
SPENDING_KIND = "spending_against_activity"
"""The kind of the rule that compares spending with activity; the chart shows its figures."""


def told(words: Words, quarters: tuple[Quarter, ...], lines: tuple[Series, ...]) -> str:
    """The values of a chart in words, quarter by quarter."""
    return "; ".join(
        f"{words.months(one)}: {', '.join(line.texts[place] for line in lines)}"
        for place, one in enumerate(quarters)
    )


def shares(words: Words) -> tuple[Mark, ...]:
    """Nothing, half and all, drawn across."""
    return tuple(Mark(level, words.whole_percent(level)) for level in (0.0, 0.5, 1.0))


def budget_against_activity(words: Words, last: Quarter, agency: str = "") -> Trend | None:
    """Share of the budget's target used and of the planned activities done, both to date.

    Of one agency, or of all. None where the framework no longer compares them, or where fewer than
    two quarters have both.
    """
    rules = words.snapshot.framework.rules_of_kind(SPENDING_KIND)
    if not rules:
        return None
    rule = rules[0]
    spent, done, planned = (rule.parameters[name] for name in ("spent", "done", "planned"))
    rows = words.snapshot.scores
    known = set(rows.loc[rows["state"] == "accepted", "quarter"])
    shown, budget, activity = [], [], []
    for quarter in Quarter.range(last + (1 - TREND_QUARTERS), last):
        if quarter.key not in known:
            continue
        held = _held(words, quarter, agency, (spent, done, planned))
        used = held.get((spent, TOTAL), sums.NONE).share
        plan = held.get((planned, TOTAL), sums.NONE).actual
        worked = share(held.get((done, TOTAL), sums.NONE).actual or 0, plan or 0)
        if used is not None and worked is not None:
            shown.append(quarter)
            budget.append(used)
            activity.append(worked)
    if len(shown) < 2:
        return None
    lines = tuple(
        Series(words(name), tuple(map(ratio, values)), tuple(map(words.percent, values)))
        for name, values in (("trends.budget", budget), ("trends.activity", activity))
    )
    return Trend(
        words("trends.spending"),
        words("trends.spending_alternative", values=told(words, tuple(shown), lines)),
        tuple(one.key for one in shown),
        lines,
        marks=shares(words),
    )


def _held(words: Words, until: Quarter, agency: str, only: tuple[str, ...]) -> sums.Sums:
    if agency:
        return sums.of_agencies(words.snapshot, until, only=only).get(agency, {})
    return sums.of_state(words.snapshot, until, only=only)
