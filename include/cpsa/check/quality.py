"""Rule kinds that ask for an explanation: what is unlikely (domain.md, Q02 to Q09)."""

from __future__ import annotations

import numpy as np

from cpsa.check.case import BLANK, NOTHING, Breaches, Case, none_found, one_subject, totals
from cpsa.check.statistics import median, median_deviation, modified_z
from cpsa.figures import HUNDRED
from cpsa.framework import TOTAL, Rule
from cpsa.score.achievement import exact, group_scores
from cpsa.score.panel import Array


def jump(case: Case, rule: Rule) -> Breaches:
    """Q02: more than so many times the latest quarter of history, or less than that part of it."""
    panel = case.panel
    times = rule.parameters["times"]
    now, before = case.now[:, panel.total_places], panel.latest[:, panel.total_places]
    far = (now > times * before) | (times * now < before)
    apart = np.abs(now - before) >= _floors(case, rule, panel.total_places)
    mask = (now > 0) & (before > 0) & far & apart
    judged = [one.code not in rule.parameters["except"] for one in panel.indicators]
    return Breaches(totals(panel), mask & np.array(judged, dtype=bool), now, before)


def outlier(case: Case, rule: Rule) -> Breaches:
    """Q03: a flow's modified z-score over its own history is too large."""
    flows = case.flow_totals()
    now, before = case.now[:, flows], _last_counted(case, rule.parameters["window"], flows)
    middle, known = median(before)
    away = np.abs(now - middle) >= _floors(case, rule, flows)
    mask = away & (known >= rule.parameters["at_least"])
    # The spread costs most and is asked for only where all else holds, which is seldom.
    spread = median_deviation(before[mask], middle[mask])
    z = modified_z(now[mask], middle[mask], spread, rule.parameters["factor"])
    mask[mask] = np.abs(z) > rule.parameters["limit"]
    return Breaches([case.panel.columns[place] for place in flows], mask, now, middle)


def spending_against_activity(case: Case, rule: Rule) -> Breaches:
    """Q04: activities done over planned and budget used over its target, to date, are apart."""
    panel = case.panel
    planned, done, spent = (rule.parameters[name] for name in ("planned", "done", "spent"))
    if not panel.has(planned, done, spent):
        return none_found()
    place = panel.indicator_place
    actual = panel.actual_to_date
    aim = panel.target_to_date[:, place[spent]]
    activity = _ratio(actual[:, place[done]], actual[:, place[planned]])
    spending = _ratio(actual[:, place[spent]], aim)
    here = ~np.isnan([panel.total(code) for code in (planned, done, spent)]).any(axis=0)
    apart = exact(np.abs(activity - spending)) > rule.parameters["apart"]
    return one_subject((done, TOTAL), here & apart, activity, spending)


def group_score_low(case: Case, rule: Rule) -> Breaches:
    """Q05: a group's score is under the limit; every group that has targets is looked at."""
    groups, scores = group_scores(case.panel)
    below = rule.parameters["below"]
    limit = np.full((1, 1), float(below))
    return Breaches([(group, TOTAL) for group in groups], exact(scores) < below, scores, limit)


def more_done_than_planned(case: Case, rule: Rule) -> Breaches:
    """Q06: in the quarter, far more was done than planned."""
    planned, done = rule.parameters["planned"], rule.parameters["done"]
    if not case.panel.has(planned, done):
        return none_found()
    plan, count = case.panel.total(planned), case.panel.total(done)
    many = count > rule.parameters["times"] * plan
    mask = many & (count - plan >= rule.parameters["at_least"] * HUNDRED)
    return one_subject((done, TOTAL), mask, count, plan)


def copied(case: Case, rule: Rule) -> Breaches:
    """Q09: enough flows are above zero and every flow equals the latest quarter of history."""
    flows = case.flow_totals()
    now, before = case.now[:, flows], case.panel.latest[:, flows]
    same = ((now == before) | (np.isnan(now) & np.isnan(before))).all(axis=1)
    enough = (now > 0).sum(axis=1) >= rule.parameters["at_least"]
    quarters = case.panel.latest_quarter
    return one_subject(NOTHING, case.panel.has_history & same & enough, BLANK, quarters)


def _floors(case: Case, rule: Rule, places: Array) -> Array:
    """The least difference that counts in each of these columns, in hundredths: shape (P,)."""
    floors = rule.parameters["floors"]
    units = [case.panel.framework.indicator(case.panel.columns[one][0]).unit for one in places]
    return np.array([floors[unit] * HUNDRED for unit in units], dtype=float)


def _ratio(part: Array, whole: Array) -> Array:
    """part / whole where whole is above zero, NaN elsewhere."""
    return np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)


def _last_counted(case: Case, window: int, places: Array) -> Array:
    """These columns in the history's last so many counted quarters: shape (A, P, window).

    NaN where an agency has fewer.
    """
    counted = case.panel.counted[:, :-1]
    # Stable, so that the counted quarters come first and the newest of them before all.
    newest_first = np.argsort(~counted[:, ::-1], axis=1, kind="stable")[:, :window]
    quarters = counted.shape[1] - 1 - newest_first
    rows = np.arange(len(quarters))[:, None]
    return case.panel.history[rows, quarters, places[:, None, None]].swapaxes(0, 1)
