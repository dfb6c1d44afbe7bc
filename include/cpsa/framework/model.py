"""The KPI framework: indicators, groups, rules, weights and their texts, as data.

Here: what each part of it has, and what follows from it. What a rule does is code (``checks``); which
rules there are, and how strict, is data. Not here: how it is read from files (``loader``).
"""

from __future__ import annotations

import copyreg
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any

from cpsa.i18n.text import Text

EXACT_PLACES = 14  # ratios are compared with limits free of float noise
TOTAL = ""  # the dimension of a total
AGENCY, CPSA = ADDRESSEES = "agency", "cpsa"
QUERY_RULE_KIND = "asked_by_cpsa"  # the kind of rule for a person's question about a figure (C01)
# What looks at all updates when a quarter closes; every other kind of rule looks at one update.
_KINDS_AT_CLOSING = frozenset(("outlier_among_peers", "acceptance_low", "baseline_missing"))
TRIAL = "trial"  # the severity of a rule that CPSA tries: no agency, score or document knows of it


@dataclass(frozen=True)
class Indicator:
    """One line of a form. Source: the annex and table of the road map it comes from."""

    code: str
    form: str
    group: str
    label: Text
    unit: str  # inr | count
    kind: str  # flow | stock
    source: str
    dimensions: tuple[str, ...] = ()
    targeted: bool = False
    baseline: bool = False
    signed: bool = False
    rate_of: str | None = None  # the indicator that this one answers
    rate_target: float | None = None  # which share of it is aimed at

    @property
    def is_flow(self) -> bool:
        return self.kind == "flow"


@dataclass(frozen=True)
class AgencyForm:
    """What one kind of agency fills in."""

    code: str
    label: Text
    plural: Text


@dataclass(frozen=True)
class IndicatorGroup:
    """Indicators scored together; ``weight`` is its share in the composite, None when shown only."""

    code: str
    form: str
    label: Text
    weight: float | None = None


@dataclass(frozen=True)
class ScoreStatus:
    """What a composite means; ``at_least`` None when there is no composite.

    ``tone``: how it is coloured, good | watch | bad | muted.
    """

    code: str
    label: Text
    at_least: float | None = None
    tone: str = "muted"


def read_only(parameters: Mapping[str, Any]) -> MappingProxyType[str, Any]:
    return MappingProxyType(parameters)


# A view does not travel by itself, and a framework is handed to other processes.
copyreg.pickle(MappingProxyType, lambda view: (read_only, (dict(view),)))


@dataclass(frozen=True)
class Rule:
    """One rule of domain.md, "Rules": its kind, how strict it is, and its texts."""

    id: str
    severity: str  # error | warning | trial (shown to CPSA only)
    kind: str
    rank: int  # the most consequential first
    title: Text
    message: Text
    correction: Text
    shows: str
    expects: str
    waivable: bool = False
    unconfirms: bool = False  # a figure with an open finding of it is unconfirmed
    explanation_quarters: int | None = None
    addressee: str = "agency"  # who can answer it: agency | cpsa
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_error(self) -> bool:
        return self.severity == "error"

    @property
    def is_for_every_update(self) -> bool:
        """Whether every update is checked against it: no rule at closing, and no person's question."""
        return self.kind not in _KINDS_AT_CLOSING and self.kind != QUERY_RULE_KIND

    @property
    def is_on_trial(self) -> bool:
        """Whether its findings are shown to CPSA only."""
        return self.severity == TRIAL


@dataclass(frozen=True)
class Framework:
    """The framework in force in one quarter."""

    holds_from: str
    digest: str
    indicators: tuple[Indicator, ...]
    forms: Mapping[str, AgencyForm]
    groups: Mapping[str, IndicatorGroup]
    rules: Mapping[str, Rule]
    statuses: Mapping[str, ScoreStatus]  # by their bound, the highest first; without one last
    dimension_labels: Mapping[str, Text]
    state_labels: Mapping[str, Text]
    coverage_floor: float
    status_below_coverage: str
    # What it was read from, by name, so that a closed quarter can keep it.
    files: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    @property
    def version(self) -> str:
        """Names exactly this framework: the quarter of its newest file and a digest of all."""
        return f"{self.holds_from}+{self.digest[:12]}"

    @cached_property
    def bounded_statuses(self) -> tuple[ScoreStatus, ...]:
        """The statuses that a composite can have, the highest bound first."""
        return tuple(status for status in self.statuses.values() if status.at_least is not None)

    @cached_property
    def status_without_composite(self) -> str:
        return next(code for code, status in self.statuses.items() if status.at_least is None)

    def is_limited_by_coverage(self, status: str, composite: float | None, coverage: float) -> bool:
        """Whether an agency's composite alone would give a higher status (domain.md, "Scores")."""
        if status != self.status_below_coverage or composite is None:
            return False
        codes = [bounded.code for bounded in self.bounded_statuses]
        higher = self.bounded_statuses[: codes.index(status)]
        exact = round(composite, EXACT_PLACES)
        earned = any(exact >= (bounded.at_least or 0.0) for bounded in higher)
        return earned and coverage < self.coverage_floor

    @cached_property
    def definitions(self) -> str:
        """A digest of what decides on findings and scores, whatever they are called."""
        indicators = [
            (
                *(
                    indicator.code,
                    indicator.form,
                    indicator.group,
                    indicator.unit,
                    indicator.kind,
                    indicator.dimensions,
                ),
                *(
                    indicator.targeted,
                    indicator.baseline,
                    indicator.signed,
                    indicator.rate_of,
                    indicator.rate_target,
                ),
            )
            for indicator in self.indicators
        ]
        groups = [(group.code, group.form, group.weight) for group in self.groups.values()]
        rules = [
            (
                *(rule.id, rule.severity, rule.kind, rule.waivable, rule.explanation_quarters),
                dict(rule.parameters),
            )
            for rule in self.rules.values()
            if rule.kind != QUERY_RULE_KIND  # it decides nothing by itself
        ]
        statuses = [(status.code, status.at_least) for status in self.statuses.values()]
        coverage = self.coverage_floor, self.status_below_coverage
        serialized = json.dumps([indicators, groups, rules, statuses, coverage], sort_keys=True)
        return hashlib.sha256(serialized.encode()).hexdigest()

    @cached_property
    def by_code(self) -> Mapping[str, Indicator]:
        return {indicator.code: indicator for indicator in self.indicators}

    def indicator(self, code: str) -> Indicator:
        return self.by_code[code]

    def form_indicators(self, form: str) -> tuple[Indicator, ...]:
        return tuple(indicator for indicator in self.indicators if indicator.form == form)

    def form_groups(self, form: str) -> tuple[IndicatorGroup, ...]:
        return tuple(group for group in self.groups.values() if group.form == form)

    def group_indicators(self, group: str) -> tuple[Indicator, ...]:
        return tuple(indicator for indicator in self.indicators if indicator.group == group)

    @cached_property
    def rules_in_force(self) -> Mapping[str, Rule]:
        """The rules that agencies and readers know of: all but those on trial."""
        return {id_: rule for id_, rule in self.rules.items() if not rule.is_on_trial}

    def rules_of_kind(self, kind: str) -> tuple[Rule, ...]:
        return tuple(rule for rule in self.rules.values() if rule.kind == kind)
