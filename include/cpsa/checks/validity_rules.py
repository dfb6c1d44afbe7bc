"""Rule kinds that return an update: what cannot be true (domain.md, V01 to V07).

A comparison with a missing figure is false in numpy (NaN), which is what the rules need: they
compare only what the submission holds.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cpsa.checks.comparison import (
    BLANK,
    NOTHING,
    Breaches,
    Comparison,
    join_breaches,
    list_totals,
    make_subject_breaches,
    no_breaches,
)
from cpsa.framework.model import TOTAL, Rule


def total_missing(comparison: Comparison, rule: Rule) -> Breaches:
    """V01: a required total is missing and has no finding as faulty."""
    panel = comparison.panel
    spared = set(rule.parameters["never_required"])
    required = np.array(
        [indicator.group not in spared for indicator in panel.indicators], dtype=bool
    )
    absent = (
        np.isnan(comparison.now[:, panel.total_places]) & ~comparison.faulty[:, panel.total_places]
    )
    return Breaches(list_totals(panel), absent & required, BLANK, BLANK)


def dimension_above_total(comparison: Comparison, rule: Rule) -> Breaches:
    """V02: a dimension is larger than its total, where the total is at least 0."""
    places, of_total = _find_dimension_places(comparison)
    part, whole = comparison.now[:, places], comparison.now[:, of_total]
    subjects = [comparison.panel.columns[place] for place in places]
    return Breaches(subjects, (whole >= 0) & (part > whole), part, whole)


def dimension_missing(comparison: Comparison, rule: Rule) -> Breaches:
    """Q07: the total is above zero, the dimension is missing and has no finding as faulty."""
    places, of_total = _find_dimension_places(comparison)
    part, whole = comparison.now[:, places], comparison.now[:, of_total]
    subjects = [comparison.panel.columns[place] for place in places]
    mask = (whole > 0) & np.isnan(part) & ~comparison.faulty[:, places]
    return Breaches(subjects, mask, BLANK, whole)


def second_without_first(comparison: Comparison, rule: Rule) -> Breaches:
    """V04: the first of a pair is zero and the second is above zero."""
    return _compare_pairs(comparison, rule, lambda first, second: (first == 0) & (second > 0))


def first_without_second(comparison: Comparison, rule: Rule) -> Breaches:
    """Q01: the first of a pair is above zero and the second is zero."""
    return _compare_pairs(comparison, rule, lambda first, second: (first > 0) & (second == 0))


def second_below_first(comparison: Comparison, rule: Rule) -> Breaches:
    """Q10: the second of a pair is above zero and below the first; says how large the first is."""
    panel = comparison.panel
    parts = []
    for first, second in rule.parameters["pairs"]:
        if panel.has(first, second):
            whole, part = panel.total(first), panel.total(second)
            parts.append(
                make_subject_breaches((second, TOTAL), (part > 0) & (part < whole), part, whole)
            )
    return join_breaches(parts, len(panel.agencies))


def to_date_above(comparison: Comparison, rule: Rule) -> Breaches:
    """V03, V05: the second to date is above the first to date; both must be in the submission.

    A stock's value to date is the one submitted.
    """
    panel = comparison.panel
    parts = []
    for limit, second in rule.parameters["pairs"]:
        if not panel.has(limit, second):
            continue
        ceiling, actual = (
            panel.actual_to_date[:, panel.indicator_place[code]] for code in (limit, second)
        )
        here = ~np.isnan(panel.total(limit)) & ~np.isnan(panel.total(second))
        parts.append(
            make_subject_breaches((second, TOTAL), here & (actual > ceiling), actual, ceiling)
        )
    return join_breaches(parts, len(panel.agencies))


def fell(comparison: Comparison, rule: Rule) -> Breaches:
    """V06: lower than in the latest quarter of history."""
    panel = comparison.panel
    parts = []
    for code in rule.parameters["indicators"]:
        if panel.has(code):
            now, before = panel.total(code), panel.latest[:, panel.place[code, TOTAL]]
            parts.append(make_subject_breaches((code, TOTAL), now < before, now, before))
    return join_breaches(parts, len(panel.agencies))


def nil_with_figures(comparison: Comparison, rule: Rule) -> Breaches:
    """V07: NIL is ticked and some flow's total was given above zero."""
    flows = comparison.flow_totals()
    above = (comparison.given[:, flows] > 0) & comparison.nil[:, None]
    codes = np.array([comparison.panel.columns[place][0] for place in flows], dtype=object)
    mask = above.any(axis=1)
    named = np.full(len(mask), "", dtype=object)
    named[mask] = [", ".join(codes[row]) for row in above[mask]]
    return make_subject_breaches(NOTHING, mask, named, BLANK)


def _find_dimension_places(comparison: Comparison) -> tuple[list[int], list[int]]:
    """Places of all dimensions, and of the total each belongs to."""
    panel = comparison.panel
    places = [place for place, (_, dimension) in enumerate(panel.columns) if dimension]
    return places, [panel.place[panel.columns[place][0], TOTAL] for place in places]


def _compare_pairs(
    comparison: Comparison, rule: Rule, breaks: Callable[[np.ndarray, np.ndarray], np.ndarray]
) -> Breaches:
    panel = comparison.panel
    pairs = [pair for pair in rule.parameters["pairs"] if panel.has(*pair)]
    if not pairs:
        return no_breaches()
    firsts, seconds = (
        comparison.now[:, [panel.place[code, TOTAL] for code in codes]]
        for codes in zip(*pairs, strict=True)
    )
    named = np.array([first for first, _ in pairs], dtype=object)
    subjects = [(second, TOTAL) for _, second in pairs]
    return Breaches(subjects, breaks(firsts, seconds), seconds, named)
