"""Achievement, group scores, composite, coverage and status (domain.md, "Scores")."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cpsa.framework.model import EXACT_PLACES, Framework
from cpsa.scoring.panel import Panel
from cpsa.scoring.quarter_figures import Array

# Ratios are compared after float noise is dropped here, so that an exact 0.80 counts as 0.80: a
# weighted mean of a group is off by some 1e-15, never by 5e-15.


@dataclass(frozen=True)
class Scores:
    """Scores of a panel's agencies. Shapes: groups (A, G), composite, coverage (A,); NaN = none."""

    agencies: tuple[str, ...]
    groups: tuple[str, ...]
    group_scores: Array
    composite: Array
    coverage: Array
    status: tuple[str, ...]


def score_panel(panel: Panel, due: Array, accepted: Array | None = None) -> Scores:
    """All scores of a panel; ``due`` (A,) counts the quarters due of each agency so far.

    ``accepted`` (A,): how many of those were accepted; by default all that the panel counts.
    """
    groups, by_group = group_scores(panel)
    overall = composite(panel, groups, by_group)
    if accepted is None:
        accepted = panel.counted.sum(axis=1)
    covered = accepted / np.maximum(due, 1)
    return Scores(
        agencies=panel.agencies,
        groups=groups,
        group_scores=by_group,
        composite=overall,
        coverage=covered,
        status=statuses(panel.framework, overall, covered),
    )


def achievement(panel: Panel) -> Array:
    """Actual to date over target to date, within 0 and 1: shape (A, I).

    NaN where the indicator is not targeted or its target to date is not above zero. A rate's
    measure is not its own target but the target share of the other indicator's value; NaN
    where that is nothing.
    """
    targeted = np.array([indicator.targeted for indicator in panel.indicators], dtype=bool)
    has_target = targeted[None, :] & (panel.target_to_date > 0)
    actual = np.nan_to_num(panel.actual_to_date)
    measure = panel.target_to_date.copy("K")
    for place, indicator in enumerate(panel.indicators):
        if indicator.rate_of is not None:
            base = actual[:, panel.indicator_place[indicator.rate_of]]
            measure[:, place] = base * indicator.rate_target
    achievements = np.full_like(measure, np.nan)
    np.divide(actual, measure, out=achievements, where=has_target & (measure > 0))
    result: Array = np.clip(achievements, 0.0, 1.0)
    return result


def group_scores(panel: Panel) -> tuple[tuple[str, ...], Array]:
    """Each group's weighted mean of its achievements: the groups, and an array (A, G)."""
    achievements = achievement(panel)
    groups = tuple(group.code for group in panel.framework.form_groups(panel.form))
    result = np.full((len(panel.agencies), len(groups)), np.nan)
    for place, group in enumerate(groups):
        members = [indicator.group == group for indicator in panel.indicators]
        result[:, place] = _weighted_mean(achievements[:, members], panel.weights[:, members])
    return groups, result


def composite(panel: Panel, groups: tuple[str, ...], by_group: Array) -> Array:
    """The weighted mean of the weighed groups that have a score, shares rescaled: shape (A,)."""
    shares = np.array([panel.framework.groups[group].weight or 0.0 for group in groups])
    return _weighted_mean(by_group, np.broadcast_to(shares, by_group.shape))


def statuses(framework: Framework, composites: Array, coverage: Array) -> tuple[str, ...]:
    """Return the status of each composite, from the exact figures; low coverage limits it."""
    # The framework sorts them, highest bound first: each bound that is missed is one step down.
    steps = framework.bounded_statuses
    limits = np.array([step.at_least for step in steps])
    earned = (exact(composites)[:, None] < limits).sum(axis=1)
    at_best = steps.index(framework.statuses[framework.status_below_coverage])
    thin = exact(coverage) < framework.coverage_floor
    earned[thin] = np.maximum(earned[thin], at_best)
    codes = np.array([step.code for step in steps], dtype=object)
    without = framework.status_without_composite
    return tuple(np.where(np.isnan(composites), without, codes[earned]))


def exact(ratios: Array) -> Array:
    """Ratios freed of float noise, so that a figure exactly at a limit does not pass it."""
    return np.round(ratios, EXACT_PLACES)


def _weighted_mean(values: Array, weights: Array) -> Array:
    """Row-wise weighted mean over what is there; NaN where nothing is."""
    known = ~np.isnan(values)
    total = np.where(known, weights, 0.0).sum(axis=1)
    summed = np.where(known, values * weights, 0.0).sum(axis=1)
    result: Array = np.divide(summed, total, out=np.full(len(values), np.nan), where=total > 0)
    return result
