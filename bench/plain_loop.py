"""The same rules and scores as a plain loop over agencies: dicts, no numpy, nothing shared.

The reference for speed, and a second reading for the figures. It takes thresholds from the
framework and nothing else from the package; every rule is written out where a reader expects it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from math import isnan
from statistics import median
from typing import Any, NamedTuple

from bench.plain_agency import PlainAgency
from cpsa.framework.model import Framework

Row = tuple[str, ...]  # rule, severity, agency, indicator, dimension, observed, expected, place


class Score(NamedTuple):
    """One agency's scores; None where there is none."""

    groups: dict[str, float | None]
    composite: float | None
    coverage: float
    status: str


@dataclass(frozen=True)
class Outcome:
    """What the loop found: findings and scores of one form's agencies."""

    findings: list[Row]
    scores: dict[str, Score]


def run_loop(
    framework: Framework, form: str, quarter: str, agencies: Iterable[PlainAgency]
) -> Outcome:
    """Every rule and the scores, agency by agency."""
    findings: list[Row] = []
    scores: dict[str, Score] = {}
    for agency in agencies:
        check = PlainCheck(framework, form, quarter, agency)
        findings.extend(check.findings())
        scores[agency.code] = check.score()
    return Outcome(findings, scores)


class PlainCheck:
    """One agency's update beside its history."""

    def __init__(self, framework: Framework, form: str, quarter: str, agency: PlainAgency) -> None:
        self.framework = framework
        self.form = form
        self.agency = agency
        self.indicators = framework.form_indicators(form)
        self.codes = {indicator.code for indicator in self.indicators}
        self.values = agency.values
        past = list(agency.history.values())
        self.past = past
        self.latest = past[-1] if past else None
        self.quarters = [*agency.history, quarter]
        self.actual = {
            indicator.code: self._actual(indicator.code, is_flow=indicator.is_flow)
            for indicator in self.indicators
        }
        self.target = {
            indicator.code: self._target(indicator.code)
            for indicator in self.indicators
            if indicator.targeted
        }
        self.groups = {group.code: self._group(group.code) for group in framework.form_groups(form)}

    def findings(self) -> Iterator[Row]:
        for rule in self.framework.rules.values():
            kind = getattr(self, rule.kind, None)
            if kind is None:
                continue
            for (code, dimension), observed, expected in kind(rule.parameters):
                yield (
                    rule.id,
                    rule.severity,
                    self.agency.code,
                    code,
                    dimension,
                    _format_value(observed, rule.shows),
                    _format_value(expected, rule.expects),
                    self.agency.places.get((code, dimension), ""),
                )

    def score(self) -> Score:
        weighted = weights = 0.0
        for code, score in self.groups.items():
            share = self.framework.groups[code].weight
            if share is not None and score is not None:
                weighted += share * score
                weights += share
        composite = weighted / weights if weights > 0 else None
        coverage = len(self.quarters) / max(self.agency.due_quarters, 1)
        return Score(self.groups, composite, coverage, self._status(composite, coverage))

    def _status(self, composite: float | None, coverage: float) -> str:
        if composite is None:
            return "no_data"
        bounded = [
            status for status in self.framework.statuses.values() if status.at_least is not None
        ]
        steps = sorted(bounded, key=lambda status: -(status.at_least or 0))
        earned = next(
            status.code for status in steps if _round_ratio(composite) >= (status.at_least or 0)
        )
        if _round_ratio(coverage) < self.framework.coverage_floor:
            best = [status.code for status in steps]
            return max(earned, self.framework.status_below_coverage, key=best.index)
        return earned

    def _actual(self, code: str, *, is_flow: bool) -> int | None:
        """To date: a flow's sum, a stock's latest value."""
        values = [quarter.get((code, "")) for quarter in [*self.past, self.values]]
        known = [value for value in values if value is not None]
        if is_flow:
            return sum(known)
        return known[-1] if known else None

    def _target(self, code: str) -> int:
        return sum(self.agency.targets.get((code, quarter), 0) for quarter in self.quarters)

    def _group(self, group: str) -> float | None:
        weighted = weights = 0.0
        for indicator in self.indicators:
            if indicator.group != group or self.target.get(indicator.code, 0) <= 0:
                continue
            measure = float(self.target[indicator.code])
            if indicator.rate_of is not None and indicator.rate_target is not None:
                measure = (self.actual[indicator.rate_of] or 0) * indicator.rate_target
                if measure <= 0:
                    continue
            achieved = (self.actual[indicator.code] or 0) / measure
            weight = self.agency.weights.get(indicator.code, 1.0)
            weighted += weight * min(max(achieved, 0.0), 1.0)
            weights += weight
        return weighted / weights if weights > 0 else None

    # Rules, by the kinds the framework names. Each yields subject, observed, expected.

    def total_missing(self, parameters: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
        for indicator in self.indicators:
            key = indicator.code, ""
            if indicator.group in parameters["never_required"] or key in self.agency.faulty:
                continue
            if key not in self.values:
                yield key, "", ""

    def dimension_above_total(self, parameters: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
        for indicator in self.indicators:
            whole = self.values.get((indicator.code, ""))
            for dimension in indicator.dimensions:
                part = self.values.get((indicator.code, dimension))
                if whole is not None and part is not None and whole >= 0 and part > whole:
                    yield (indicator.code, dimension), part, whole

    def dimension_missing(self, parameters: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
        for indicator in self.indicators:
            whole = self.values.get((indicator.code, ""))
            for dimension in indicator.dimensions:
                key = indicator.code, dimension
                if whole is None or whole <= 0 or key in self.agency.faulty:
                    continue
                if key not in self.values:
                    yield key, "", whole

    def second_without_first(self, parameters: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
        for first, second in parameters["pairs"]:
            first_value, second_value = self.values.get((first, "")), self.values.get((second, ""))
            if (
                first_value is not None
                and second_value is not None
                and first_value == 0
                and second_value > 0
            ):
                yield (second, ""), second_value, first

    def first_without_second(self, parameters: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
        for first, second in parameters["pairs"]:
            first_value, second_value = self.values.get((first, "")), self.values.get((second, ""))
            if (
                first_value is not None
                and second_value is not None
                and first_value > 0
                and second_value == 0
            ):
                yield (second, ""), second_value, first

    def second_below_first(self, parameters: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
        for first, second in parameters["pairs"]:
            first_value, second_value = self.values.get((first, "")), self.values.get((second, ""))
            if (
                first_value is not None
                and second_value is not None
                and 0 < second_value < first_value
            ):
                yield (second, ""), second_value, first_value

    def to_date_above(self, parameters: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
        for limit, limited in parameters["pairs"]:
            if (limit, "") not in self.values or (limited, "") not in self.values:
                continue
            reached, ceiling = self.actual[limited], self.actual[limit]
            if reached > ceiling:  # type: ignore[operator]
                yield (limited, ""), reached, ceiling

    def fell(self, parameters: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
        for code in parameters["indicators"]:
            now, before = self.values.get((code, "")), (self.latest or {}).get((code, ""))
            if now is not None and before is not None and now < before:
                yield (code, ""), now, before

    def nil_with_figures(self, parameters: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
        if not self.agency.nil:
            return
        above = [
            indicator.code
            for indicator in self.indicators
            if indicator.is_flow and self.agency.given.get((indicator.code, ""), 0) > 0
        ]
        if above:
            yield ("", ""), ", ".join(above), ""

    def jump(self, parameters: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
        if self.latest is None:
            return
        times = parameters["times"]
        for indicator in self.indicators:
            key = indicator.code, ""
            now, before = self.values.get(key), self.latest.get(key)
            if indicator.code in parameters["except"] or now is None or before is None:
                continue
            if (
                now <= 0
                or before <= 0
                or abs(now - before) < parameters["floors"][indicator.unit] * 100
            ):
                continue
            if now > times * before or times * now < before:
                yield key, now, before

    def outlier(self, parameters: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
        window = self.past[-parameters["window"] :]
        for indicator in self.indicators:
            key = indicator.code, ""
            now = self.values.get(key)
            if now is None or not indicator.is_flow:
                continue
            values = [quarter[key] for quarter in window if key in quarter]
            if len(values) < parameters["at_least"]:
                continue
            middle = median(values)
            spread = median([abs(value - middle) for value in values])
            if spread == 0 or abs(now - middle) < parameters["floors"][indicator.unit] * 100:
                continue
            if (
                abs(_round_ratio(parameters["factor"] * (now - middle) / spread))
                > parameters["limit"]
            ):
                yield key, now, middle

    def spending_against_activity(self, parameters: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
        planned, done, spent = (parameters[name] for name in ("planned", "done", "spent"))
        if any((code, "") not in self.values for code in (planned, done, spent)):
            return
        if not self.actual[planned] or self.target[spent] <= 0:
            return
        activity = self.actual[done] / self.actual[planned]  # type: ignore[operator]
        spending = self.actual[spent] / self.target[spent]  # type: ignore[operator]
        if _round_ratio(abs(activity - spending)) > parameters["apart"]:
            yield (done, ""), activity, spending

    def group_score_low(self, parameters: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
        for group, score in self.groups.items():
            if score is not None and _round_ratio(score) < parameters["below"]:
                yield (group, ""), score, float(parameters["below"])

    def more_done_than_planned(self, parameters: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
        planned = self.values.get((parameters["planned"], ""))
        done = self.values.get((parameters["done"], ""))
        if planned is None or done is None:
            return
        if done > parameters["times"] * planned and done - planned >= parameters["at_least"] * 100:
            yield (parameters["done"], ""), done, planned

    def copied(self, parameters: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
        if self.latest is None:
            return
        above = 0
        for indicator in self.indicators:
            if not indicator.is_flow:
                continue
            now = self.values.get((indicator.code, ""))
            if now != self.latest.get((indicator.code, "")):
                return
            above += now is not None and now > 0
        if above >= parameters["at_least"]:
            yield ("", ""), "", self.quarters[-2]


def _round_ratio(ratio: float) -> float:
    """Without float noise, so that a figure exactly at a limit does not pass it."""
    return round(ratio, 14)


def _format_value(value: Any, how: str) -> str:
    """Plain decimals for quantities, four places for ratios, texts as they are."""
    if isinstance(value, str):
        return value
    if how == "quantity":
        whole, rest = divmod(abs(round(value)), 100)
        return f"{'-' if value < 0 else ''}{whole}" + (f".{rest:02d}" if rest else "")
    if value is None or isnan(value):
        return ""
    exact = Decimal(repr(_round_ratio(value)))
    return str(exact.quantize(Decimal("0.0001"), ROUND_HALF_UP))
