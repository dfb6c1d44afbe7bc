"""Examines a whole quarter when it closes: what only its agencies together show."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import pandas as pd

from cpsa.checks.macro_rules import AcceptedQuarter, RegisterRow
from cpsa.checks.rule_kinds import apply_rules
from cpsa.framework.model import Framework
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
    to_date: Mapping[str, Mapping[str, int]],
    register_rows: Sequence[RegisterRow] = (),
) -> list[Finding]:
    """All macro findings of a quarter.

    panels: one per form, the quarter last, accepted figures only. baselines: agency, indicator.
    known_without_baseline: (agency, indicator) already reported in an earlier quarter.
    to_date: by indicator that has a limit, the totals of each agency in hundredths.
    register_rows: what the quarter's accepted updates say of clusters of the register.
    """
    with_baseline = set(zip(baselines["agency"], baselines["indicator"], strict=True))
    baselined = with_baseline | set(known_without_baseline)
    case = AcceptedQuarter(quarter, panels, reporting, baselined, to_date, register_rows)
    return sorted(apply_rules(framework, case), key=by_severity(framework))
