"""Achievements, group scores, composites, status: exact, and nothing printed here."""

from fractions import Fraction

from tests.oracle.framework import COMPOSITE, GROUPS, INDICATORS
from tests.oracle.history import Accepted
from tests.oracle.programme import Agency, Registry


def target_to_date(
    registry: Registry, agency: Agency, indicator: str, quarters: list[Accepted]
) -> Fraction:
    total = Fraction(0)
    for accepted in quarters:
        total += registry.targets.get((agency.code, indicator, accepted.quarter), Fraction(0))
    return total


def actual_to_date(indicator: str, quarters: list[Accepted]) -> Fraction:
    total = Fraction(0)
    for accepted in quarters:
        total += accepted.values.get((indicator, ""), Fraction(0))
    return total


def achievement(
    registry: Registry, agency: Agency, indicator: str, quarters: list[Accepted]
) -> Fraction | None:
    target = target_to_date(registry, agency, indicator, quarters)
    if target <= 0:
        return None
    definition = INDICATORS[agency.form][indicator]
    if definition.rate_of:
        answered = actual_to_date(definition.rate_of, quarters)
        if answered <= 0:
            return None
        rate = actual_to_date(indicator, quarters) / answered
        achieved = rate / definition.rate_target
    else:
        achieved = actual_to_date(indicator, quarters) / target
    return min(Fraction(1), max(Fraction(0), achieved))


def group_score(
    registry: Registry, agency: Agency, group: str, quarters: list[Accepted]
) -> Fraction | None:
    weighted, weights = Fraction(0), Fraction(0)
    for indicator in INDICATORS[agency.form].values():
        if indicator.group != group or not indicator.targeted:
            continue
        achieved = achievement(registry, agency, indicator.code, quarters)
        if achieved is None:
            continue
        weight = registry.weights.get((agency.code, indicator.code), Fraction(1))
        weighted += weight * achieved
        weights += weight
    return weighted / weights if weights > 0 else None


def group_scores(
    registry: Registry, agency: Agency, quarters: list[Accepted]
) -> dict[str, Fraction | None]:
    return {group: group_score(registry, agency, group, quarters) for group in GROUPS[agency.form]}


def composite(form: str, groups: dict[str, Fraction | None]) -> Fraction | None:
    weighted, weights = Fraction(0), Fraction(0)
    for group, weight in COMPOSITE[form].items():
        score = groups[group]
        if score is not None:
            weighted += weight * score
            weights += weight
    return weighted / weights if weights > 0 else None


def status(figure: Fraction | None, coverage: Fraction) -> str:
    if figure is None:
        return "no_data"
    if figure < Fraction(50, 100):
        return "critical"
    if figure < Fraction(80, 100) or coverage < Fraction(75, 100):
        return "lagging"
    return "on_track"
