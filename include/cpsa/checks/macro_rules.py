"""Rules over a whole quarter, applied when it closes (domain.md, M01 to M03)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pandas as pd

from cpsa.checks.examine_submissions import format_value
from cpsa.checks.robust_statistics import median, median_deviation, modified_z
from cpsa.framework.model import TOTAL, Framework, Rule
from cpsa.scoring.panel import Panel
from cpsa.scoring.reporting_rates import ReportingRates
from cpsa.submissions.finding import Finding, by_severity


def find_macro_findings(
    framework: Framework,
    quarter: str,
    panels: Sequence[Panel],
    reporting: Sequence[ReportingRates],
    baselines: pd.DataFrame,
    known_without_baseline: Collection[tuple[str, str]],
) -> list[Finding]:
    """All macro findings of a quarter.

    panels: one per form, the quarter last, accepted figures only. baselines: agency, indicator.
    known_without_baseline: (agency, indicator) already reported in an earlier quarter.
    """
    with_baseline = set(zip(baselines["agency"], baselines["indicator"], strict=True))
    found: list[Finding] = []
    for rule in framework.rules_of_kind("outlier_among_peers"):
        for panel in panels:
            found += _outliers_among_peers(rule, quarter, panel)
    for rule in framework.rules_of_kind("acceptance_low"):
        found += _acceptance_low(rule, quarter, reporting)
    for rule in framework.rules_of_kind("baseline_missing"):
        for panel in panels:
            found += _baseline_missing(
                rule, quarter, panel, with_baseline | set(known_without_baseline)
            )
    return sorted(found, key=by_severity(framework))


def _outliers_among_peers(rule: Rule, quarter: str, panel: Panel) -> list[Finding]:
    over, under = rule.parameters["over"], rule.parameters["under"]
    if not panel.has(over, under):
        return []
    above, below = panel.total(over), panel.total(under)
    ratio = np.divide(above, below, out=np.full(len(above), np.nan), where=below > 0)
    middle, peers = median(ratio)
    if peers < rule.parameters["at_least"]:
        return []
    z = modified_z(ratio, middle, median_deviation(ratio, middle), rule.parameters["factor"])
    return [
        _finding(rule, quarter, panel.agencies[row], over, ratio[row], middle)
        for row in np.flatnonzero(np.abs(z) > rule.parameters["limit"])
    ]


def _acceptance_low(rule: Rule, quarter: str, reporting: Sequence[ReportingRates]) -> list[Finding]:
    below = rule.parameters["below"]
    return [
        _finding(rule, quarter, rates.form, "", rates.accepted_rate, below)
        for rates in reporting
        if rates.accepted_rate is not None and rates.accepted_rate < below
    ]


def _baseline_missing(
    rule: Rule, quarter: str, panel: Panel, spared: Mapping | Collection[tuple[str, str]]
) -> list[Finding]:
    found = []
    for indicator in panel.indicators:
        if not indicator.baseline:
            continue
        reported = panel.now[:, panel.place[indicator.code, TOTAL]]
        for row in np.flatnonzero((reported != 0) & ~np.isnan(reported)):
            agency = panel.agencies[row]
            if (agency, indicator.code) not in spared:
                found.append(_finding(rule, quarter, agency, indicator.code, reported[row], ""))
    return found


def _finding(
    rule: Rule, quarter: str, agency: str, indicator: str, observed: object, expected: object
) -> Finding:
    return Finding(
        rule.id,
        rule.severity,
        agency,
        quarter,
        indicator,
        observed=format_value(observed, rule.shows),
        expected=format_value(expected, rule.expects),
    )
