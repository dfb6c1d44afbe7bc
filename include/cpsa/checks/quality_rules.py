"""Rule kinds that ask for an explanation: what is unlikely (domain.md, Q02 to Q09)."""

from __future__ import annotations

import numpy as np

from cpsa.checks.comparison import (
    BLANK,
    NOTHING,
    Breaches,
    Comparison,
    list_totals,
    make_subject_breaches,
    no_breaches,
)
from cpsa.checks.robust_statistics import median, median_deviation, modified_z
from cpsa.figures import HUNDRED
from cpsa.framework.model import TOTAL, Rule
from cpsa.scoring.achievement import exact, group_scores
from cpsa.scoring.quarter_figures import Array


def jump(comparison: Comparison, rule: Rule) -> Breaches:
    """Q02: more than so many times the latest quarter of history, or less than that part of it."""
    panel = comparison.panel
    times = rule.parameters["times"]
    now, before = comparison.now[:, panel.total_places], panel.latest[:, panel.total_places]
    far = (now > times * before) | (times * now < before)
    apart = np.abs(now - before) >= _floors(comparison, rule, panel.total_places)
    mask = (now > 0) & (before > 0) & far & apart
    judged = [indicator.code not in rule.parameters["except"] for indicator in panel.indicators]
    return Breaches(list_totals(panel), mask & np.array(judged, dtype=bool), now, before)


def outlier(comparison: Comparison, rule: Rule) -> Breaches:
    """Q03: a flow's modified z-score over its own history is too large."""
    flows = comparison.flow_totals()
    now, before = (
        comparison.now[:, flows],
        _last_counted(comparison, rule.parameters["window"], flows),
    )
    middle, known = median(before)
    away = np.abs(now - middle) >= _floors(comparison, rule, flows)
    mask = away & (known >= rule.parameters["at_least"])
    # The spread costs most: it is computed only where every other condition is met.
    spread = median_deviation(before[mask], middle[mask])
    z = modified_z(now[mask], middle[mask], spread, rule.parameters["factor"])
    mask[mask] = np.abs(z) > rule.parameters["limit"]
    return Breaches([comparison.panel.columns[place] for place in flows], mask, now, middle)


def spending_against_activity(comparison: Comparison, rule: Rule) -> Breaches:
    """Q04: activities done over planned and budget used over its target, to date, are apart."""
    panel = comparison.panel
    planned, done, spent = (rule.parameters[name] for name in ("planned", "done", "spent"))
    if not panel.has(planned, done, spent):
        return no_breaches()
    place = panel.indicator_place
    actual = panel.actual_to_date
    target = panel.target_to_date[:, place[spent]]
    activity = _ratio(actual[:, place[done]], actual[:, place[planned]])
    spending = _ratio(actual[:, place[spent]], target)
    here = ~np.isnan([panel.total(code) for code in (planned, done, spent)]).any(axis=0)
    apart = exact(np.abs(activity - spending)) > rule.parameters["apart"]
    return make_subject_breaches((done, TOTAL), here & apart, activity, spending)


def group_score_low(comparison: Comparison, rule: Rule) -> Breaches:
    """Q05: a group's score is under the limit; every group that has targets is compared."""
    if not comparison.panel.framework.is_scored(comparison.panel.form):
        return no_breaches()
    groups, scores = group_scores(comparison.panel)
    below = rule.parameters["below"]
    limit = np.full((1, 1), float(below))
    return Breaches([(group, TOTAL) for group in groups], exact(scores) < below, scores, limit)


def more_done_than_planned(comparison: Comparison, rule: Rule) -> Breaches:
    """Q06: in the quarter, far more was done than planned."""
    planned, done = rule.parameters["planned"], rule.parameters["done"]
    if not comparison.panel.has(planned, done):
        return no_breaches()
    plan, count = comparison.panel.total(planned), comparison.panel.total(done)
    many = count > rule.parameters["times"] * plan
    mask = many & (count - plan >= rule.parameters["at_least"] * HUNDRED)
    return make_subject_breaches((done, TOTAL), mask, count, plan)


def copied(comparison: Comparison, rule: Rule) -> Breaches:
    """Q09: enough flows are above zero and every flow equals the latest quarter of history."""
    flows = comparison.flow_totals()
    now, before = comparison.now[:, flows], comparison.panel.latest[:, flows]
    same = ((now == before) | (np.isnan(now) & np.isnan(before))).all(axis=1)
    enough = (now > 0).sum(axis=1) >= rule.parameters["at_least"]
    quarters = comparison.panel.latest_quarter
    return make_subject_breaches(
        NOTHING, comparison.panel.has_history & same & enough, BLANK, quarters
    )


def _floors(comparison: Comparison, rule: Rule, places: Array) -> Array:
    """The least difference that counts in each of these columns, in hundredths: shape (P,)."""
    floors = rule.parameters["floors"]
    units = [
        comparison.panel.framework.indicator(comparison.panel.columns[place][0]).unit
        for place in places
    ]
    return np.array([floors[unit] * HUNDRED for unit in units], dtype=float)


def _ratio(part: Array, whole: Array) -> Array:
    """part / whole where whole is above zero, NaN elsewhere."""
    result: Array = np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)
    return result


def _last_counted(comparison: Comparison, window: int, places: Array) -> Array:
    """These columns in the history's last so many counted quarters: shape (A, P, window).

    NaN where an agency has fewer.
    """
    counted = comparison.panel.counted[:, :-1]
    # Stable, so that the counted quarters come first and the newest of them before all.
    newest_first = np.argsort(~counted[:, ::-1], axis=1, kind="stable")[:, :window]
    quarters = counted.shape[1] - 1 - newest_first
    rows = np.arange(len(quarters))[:, None]
    result: Array = comparison.panel.history[rows, quarters, places[:, None, None]].swapaxes(0, 1)
    return result
