"""Rule kinds that return an update: what cannot be true (domain.md, V01 to V07).

A comparison with a missing figure is false in numpy (NaN), which is what the rules ask for: they
compare only what the submission holds.
"""

from __future__ import annotations

import numpy as np

from cpsa.check.case import (
    BLANK,
    NOTHING,
    Breaches,
    Case,
    none_found,
    one_subject,
    side_by_side,
    totals,
)
from cpsa.framework import TOTAL, Rule


def total_missing(case: Case, rule: Rule) -> Breaches:
    """V01: a required total is missing and was not told as faulty."""
    panel = case.panel
    spared = set(rule.parameters["never_required"])
    required = np.array([one.group not in spared for one in panel.indicators], dtype=bool)
    absent = np.isnan(case.now[:, panel.total_places]) & ~case.faulty[:, panel.total_places]
    return Breaches(totals(panel), absent & required, BLANK, BLANK)


def dimension_above_total(case: Case, rule: Rule) -> Breaches:
    """V02: a dimension is larger than its total, where the total is at least 0."""
    places, of_total = _dimensions(case)
    part, whole = case.now[:, places], case.now[:, of_total]
    subjects = [case.panel.columns[place] for place in places]
    return Breaches(subjects, (whole >= 0) & (part > whole), part, whole)


def dimension_missing(case: Case, rule: Rule) -> Breaches:
    """Q07: the total is above zero, the dimension is missing and was not told as faulty."""
    places, of_total = _dimensions(case)
    part, whole = case.now[:, places], case.now[:, of_total]
    subjects = [case.panel.columns[place] for place in places]
    mask = (whole > 0) & np.isnan(part) & ~case.faulty[:, places]
    return Breaches(subjects, mask, BLANK, whole)


def second_without_first(case: Case, rule: Rule) -> Breaches:
    """V04: the first of a pair is zero and the second is above zero."""
    return _pairs(case, rule, lambda first, second: (first == 0) & (second > 0))


def first_without_second(case: Case, rule: Rule) -> Breaches:
    """Q01: the first of a pair is above zero and the second is zero."""
    return _pairs(case, rule, lambda first, second: (first > 0) & (second == 0))


def second_below_first(case: Case, rule: Rule) -> Breaches:
    """Q10: the second of a pair is above zero and below the first; says how large the first is."""
    panel = case.panel
    parts = []
    for first, second in rule.parameters["pairs"]:
        if panel.has(first, second):
            whole, part = panel.total(first), panel.total(second)
            parts.append(one_subject((second, TOTAL), (part > 0) & (part < whole), part, whole))
    return side_by_side(parts, len(panel.agencies))


def to_date_above(case: Case, rule: Rule) -> Breaches:
    """V03, V05: the second to date is above the first to date; both must be in the submission.

    A stock's value to date is the one submitted.
    """
    panel = case.panel
    parts = []
    for limit, held in rule.parameters["pairs"]:
        if not panel.has(limit, held):
            continue
        ceiling, reached = (
            panel.actual_to_date[:, panel.indicator_place[code]] for code in (limit, held)
        )
        here = ~np.isnan(panel.total(limit)) & ~np.isnan(panel.total(held))
        parts.append(one_subject((held, TOTAL), here & (reached > ceiling), reached, ceiling))
    return side_by_side(parts, len(panel.agencies))


def fell(case: Case, rule: Rule) -> Breaches:
    """V06: lower than in the latest quarter of history."""
    panel = case.panel
    parts = []
    for code in rule.parameters["indicators"]:
        if panel.has(code):
            now, before = panel.total(code), panel.latest[:, panel.place[code, TOTAL]]
            parts.append(one_subject((code, TOTAL), now < before, now, before))
    return side_by_side(parts, len(panel.agencies))


def nil_with_figures(case: Case, rule: Rule) -> Breaches:
    """V07: NIL is ticked and some flow's total was given above zero."""
    flows = case.flow_totals()
    above = (case.given[:, flows] > 0) & case.nil[:, None]
    codes = np.array([case.panel.columns[place][0] for place in flows], dtype=object)
    mask = above.any(axis=1)
    named = np.full(len(mask), "", dtype=object)
    named[mask] = [", ".join(codes[row]) for row in above[mask]]
    return one_subject(NOTHING, mask, named, BLANK)


def _dimensions(case: Case) -> tuple[list[int], list[int]]:
    """Places of all dimensions, and of the total each belongs to."""
    panel = case.panel
    places = [place for place, (_, dimension) in enumerate(panel.columns) if dimension]
    return places, [panel.place[panel.columns[place][0], TOTAL] for place in places]


def _pairs(case: Case, rule: Rule, breaks) -> Breaches:
    panel = case.panel
    pairs = [pair for pair in rule.parameters["pairs"] if panel.has(*pair)]
    if not pairs:
        return none_found()
    firsts, seconds = (
        case.now[:, [panel.place[code, TOTAL] for code in codes]]
        for codes in zip(*pairs, strict=True)
    )
    named = np.array([first for first, _ in pairs], dtype=object)
    subjects = [(second, TOTAL) for _, second in pairs]
    return Breaches(subjects, breaks(firsts, seconds), seconds, named)
