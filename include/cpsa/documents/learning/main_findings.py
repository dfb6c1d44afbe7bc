"""Learning document, its first page: the period in five lines, each with the tables that it rests on.

Nothing here is computed in another way than in those tables. No line names a figure that is to be
confirmed.
"""

from __future__ import annotations

from cpsa.calendar import AnyPeriod, Quarter
from cpsa.documents import period_sums, share_text
from cpsa.documents.blocks import section
from cpsa.documents.content_model import Paragraph, Section
from cpsa.documents.document_text import DocumentText
from cpsa.documents.learning import learning_figures
from cpsa.documents.parameters import DocumentParameters
from cpsa.documents.policy_actions.action_selection import ActionSelection
from cpsa.documents.policy_actions.movement_section import compute_period_movement, find_start
from cpsa.documents.trend_charts import SPENDING_KIND
from cpsa.framework.model import TOTAL
from cpsa.provenance import share_format
from cpsa.scoring.reporting_rates import compute_share
from cpsa.scoring.rollups import Sum

INDICATORS_NAMED = 3
MOVERS_NAMED = 3


def build_main_findings(
    words: DocumentText, period: AnyPeriod, parameters: DocumentParameters
) -> Section:
    """Status, best and worst indicators, changes, budget against activity, departments' decisions."""
    lines: list[Paragraph] = []
    if len(words.snapshot.select_rows("scores", quarter=period.last_quarter.key)):
        sentences = (
            (_describe_statuses(words, period), "annex-scores"),
            (_describe_indicators(words, period, parameters), "progress"),
            (_describe_changes(words, period, parameters), "overview"),
            (_describe_budget(words, period.last_quarter), "progress"),
            (_describe_decisions(words, period, parameters), "movement"),
        )
        lines = [
            Paragraph(words("five_lines.line", number=words.number(number), text=text), about=about)
            for number, (text, about) in enumerate(sentences, 1)
        ]
    title, nothing = words("five_lines.title"), words("learning.no_overview")
    return section("five-lines", title, lines, nothing)


def _describe_statuses(words: DocumentText, period: AnyPeriod) -> str:
    now, before = period.last_quarter, period.first_quarter - 1
    earlier = _count_statuses(words, before)
    key = "five_lines.statuses" if earlier else "five_lines.statuses_first"
    return words(
        key,
        now=words.months(now),
        statuses=_count_statuses(words, now),
        before=words.months(before),
        earlier=earlier,
    )


def _count_statuses(words: DocumentText, quarter: Quarter) -> str:
    """How many agencies have each status at the end of a quarter, in the framework's order."""
    counts = words.snapshot.select_rows("scores", quarter=quarter.key)["status"].value_counts()
    return ", ".join(
        words("five_lines.status", status=words.status(code), count=words.number(int(counts[code])))
        for code in words.snapshot.framework.statuses
        if code in counts.index
    )


def _describe_indicators(
    words: DocumentText, period: AnyPeriod, parameters: DocumentParameters
) -> str:
    """The indicators of all agencies furthest beyond and furthest below their targets, like for like."""
    sums = period_sums.sum_of_state(words.snapshot, period.last_quarter, period.first_quarter)
    framework = words.snapshot.framework
    found: list[tuple[float, str, str]] = []
    for form in framework.scored_forms:
        for indicator in framework.form_indicators(form):
            figure = sums.get((indicator.code, TOTAL), period_sums.NO_SUM)
            reached = share_text.compute_achievement(indicator, figure)
            measure = figure.target if indicator.rate_of is None else figure.rate_of_sum
            floor = parameters.achievement_floor[indicator.unit]
            if reached is None or share_text.is_unconfirmed(indicator, figure):
                continue
            if (measure or 0) >= floor:
                share = share_format.format_share(words, indicator, figure)
                label = words.indicator(indicator.code)
                found.append((reached, indicator.code, f"{label} ({indicator.code}) {share}"))
    if not found:
        return words("five_lines.no_indicators")
    highest = sorted(found, key=lambda row: (-row[0], row[1]))
    named = min(INDICATORS_NAMED, (len(found) + 1) // 2)
    lowest = sorted(highest[named:], key=lambda row: (row[0], row[1]))[:INDICATORS_NAMED]
    key = "five_lines.indicators" if lowest else "five_lines.best_indicators"
    return words(
        key,
        best="; ".join(text for *_, text in highest[:named]),
        worst="; ".join(text for *_, text in lowest),
    )


def _describe_changes(
    words: DocumentText, period: AnyPeriod, parameters: DocumentParameters
) -> str:
    moves = learning_figures.list_movers(words, period, parameters)
    least, since = f"{parameters.moved_least:.2f}", words.months(period.first_quarter - 1)
    if not moves:
        return words("five_lines.no_changes", quarter=since, least=least)
    sentences = [
        words(
            "five_lines.change",
            agency=words.agency_with_code(agency),
            before=words.score(previous.composite),
            after=words.score(current.composite),
        )
        for _, agency, previous, current in moves[:MOVERS_NAMED]
    ]
    return words("five_lines.changes", quarter=since, changes="; ".join(sentences))


def _describe_budget(words: DocumentText, last: Quarter) -> str:
    """What is used of the budget's target and done of the planned activities, both to date."""
    rules = words.snapshot.framework.rules_of_kind(SPENDING_KIND)
    if not rules:
        return words("five_lines.no_budget")
    spent, done, planned = (rules[0].parameters[name] for name in ("spent", "done", "planned"))
    sums = period_sums.sum_of_state(words.snapshot, last)
    doubtful = any(_get_sum(sums, code).unconfirmed for code in (spent, done, planned))
    if doubtful:
        sums = period_sums.sum_confirmed_of_state(words.snapshot, last)
    used = _get_sum(sums, spent).share
    worked = compute_share(_get_sum(sums, done).actual or 0, _get_sum(sums, planned).actual or 0)
    if used is None or worked is None:
        return words("five_lines.no_budget")
    key = "five_lines.budget_confirmed" if doubtful else "five_lines.budget"
    return words(key, budget=words.percent(used), activity=words.percent(worked))


def _get_sum(sums: period_sums.Sums, code: str) -> Sum:
    return sums.get((code, TOTAL), period_sums.NO_SUM)


def _describe_decisions(
    words: DocumentText, period: AnyPeriod, parameters: DocumentParameters
) -> str:
    selection = ActionSelection(words, period, parameters)
    movement = compute_period_movement(selection, list(words.snapshot.reference.departments))
    if movement.is_empty:
        return words("five_lines.no_decisions")
    return words(
        "five_lines.decisions",
        start=words.day(find_start(selection)),
        done=words.number(len(movement.done)),
        not_pursued=words.number(len(movement.not_pursued)),
        now_accepted=words.number(len(movement.accepted)),
        open=words.number(len(movement.still_open)),
        late=words.number(sum(status.late for status in movement.still_open)),
    )
