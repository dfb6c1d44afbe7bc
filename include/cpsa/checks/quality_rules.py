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
from cpsa.scoring.panel import Panel
from cpsa.scoring.quarter_figures import Array

ALMOST = 1 - 1e-9  # for what is computed exactly afterwards


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
    flows, parameters = comparison.flow_totals(), rule.parameters
    floors = _floors(comparison, rule, flows)
    history = _RecentHistory(comparison.panel, flows, parameters["window"])
    # A z-score above the limit means that at least half of the figures lie nearer to the median than this
    # part of the distance of the figure at hand: so they are all on one side of it, and that far away.
    nearer = parameters["factor"] / parameters["limit"]
    margins = floors * (1 - nearer) * ALMOST
    places, agencies = history.find_apart(margins, parameters["at_least"])
    before, now = history.select(places, agencies), history.now[places, agencies]
    middle, _ = median(before)
    away = np.abs(now - middle) >= floors[places]
    z = np.full(len(now), np.nan)
    spread = median_deviation(before[away], middle[away])
    z[away] = modified_z(now[away], middle[away], spread, parameters["factor"])
    found = np.abs(z) > parameters["limit"]
    shape = len(comparison.panel.agencies), len(flows)
    mask, medians = np.zeros(shape, dtype=bool), np.zeros(shape)
    at = agencies[found], places[found]
    mask[at], medians[at] = True, middle[found]
    subjects = [comparison.panel.columns[place] for place in flows]
    return Breaches(subjects, mask, history.now.T, medians)


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


class _RecentHistory:
    """Some columns in the last so many counted quarters of each agency's history.

    ``now``: the quarter at hand, shape (P, A).
    """

    def __init__(self, panel: Panel, places: Array, window: int) -> None:
        self.now: Array = panel.values[:, -1, places].T
        self._history, self._places = panel.history, places
        self._quarters = _find_recent(panel.counted[:, :-1], window)
        self._recent = np.zeros(self._history.shape[:2], dtype=bool, order="F")
        self._recent[np.arange(len(self._recent)), self._quarters] = True

    def find_apart(self, margins: Array, at_least: int) -> tuple[Array, Array]:
        """Where half of the figures, and at least so many are known, lie on one side of the figure at hand
        and ``margins`` (P,) away from it: their columns and agencies."""
        apart = np.zeros(self.now.shape, dtype=bool)
        for row, place in enumerate(self._places):
            figures, now, margin = self._history[:, :, place], self.now[row, :, None], margins[row]
            below, above, known = (
                np.add.reduce(holds & self._recent, axis=1, dtype=np.uint8)
                for holds in (figures <= now - margin, figures >= now + margin, figures == figures)
            )
            apart[row] = (2 * np.maximum(below, above) >= known) & (known >= at_least)
        places, agencies = np.nonzero(apart)
        return places, agencies

    def select(self, places: Array, agencies: Array) -> Array:
        """The figures of some columns and agencies, shape (N, window): NaN where there are fewer."""
        columns = self._places[places][:, None]
        figures: Array = self._history[agencies[:, None], self._quarters[:, agencies].T, columns]
        return figures


def _find_recent(counted: Array, window: int) -> Array:
    """Each agency's last so many counted quarters, the newest first: shape (window, A).

    counted: (A, Q). Where there are fewer, a quarter that is not counted; where Q is smaller, Q rows.
    """
    agencies, quarters = counted.shape
    numbers = counted.sum(axis=1)
    rows, back = np.nonzero(counted[:, ::-1])
    ranks = np.arange(len(rows)) - (np.cumsum(numbers) - numbers)[rows]
    if not quarters:
        return np.zeros((0, agencies), dtype=int)
    recent = np.tile(np.argmin(counted, axis=1), (min(window, quarters), 1))
    within = ranks < len(recent)
    recent[ranks[within], rows[within]] = quarters - 1 - back[within]
    return recent
