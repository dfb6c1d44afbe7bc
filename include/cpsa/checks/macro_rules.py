"""Rule kinds over a whole quarter, applied when it closes (domain.md, "Rules")."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from cpsa.checks.robust_statistics import median, median_deviation, modified_z
from cpsa.figures import HUNDRED
from cpsa.framework.model import TOTAL, Rule
from cpsa.scoring.panel import Panel
from cpsa.scoring.reporting_rates import ReportingRates
from cpsa.submissions.finding import Finding, format_value
from cpsa.submissions.table_rows import TableRow, make_column_code


@dataclass(frozen=True)
class RegisterRow:
    """A row of an agency's table about a cluster, and the register's own row, which was confirmed last."""

    agency: str
    table: str
    given: TableRow
    confirmed: TableRow


@dataclass(frozen=True)
class AcceptedQuarter:
    """A quarter's accepted figures, as its closing has them.

    ``panels``: one per form, the quarter last. ``baselines``: (agency, indicator) with a baseline, or
    already reported without one in an earlier quarter. ``to_date``: by indicator that has a limit, the
    totals of each agency to date, in hundredths. ``register_rows``: what the quarter's updates say of clusters.
    """

    quarter: str
    panels: Sequence[Panel]
    reporting: Sequence[ReportingRates]
    baselines: Collection[tuple[str, str]]
    to_date: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    register_rows: Sequence[RegisterRow] = ()


def outlier_among_peers(case: AcceptedQuarter, rule: Rule) -> Iterator[Finding]:
    """M01: an agency's ratio of two figures is far from that of the others of its form."""
    over, under = rule.parameters["over"], rule.parameters["under"]
    for panel in case.panels:
        if not panel.has(over, under) or not panel.framework.is_scored(panel.form):
            continue
        above, below = panel.total(over), panel.total(under)
        ratio = np.divide(above, below, out=np.full(len(above), np.nan), where=below > 0)
        middle, peers = median(ratio)
        if peers < rule.parameters["at_least"]:
            continue
        z = modified_z(ratio, middle, median_deviation(ratio, middle), rule.parameters["factor"])
        for row in np.flatnonzero(np.abs(z) > rule.parameters["limit"]):
            yield _make_finding(rule, case.quarter, panel.agencies[row], over, ratio[row], middle)


def acceptance_low(case: AcceptedQuarter, rule: Rule) -> Iterator[Finding]:
    """M02: the accepted rate of a form is under the limit."""
    below = rule.parameters["below"]
    for rates in case.reporting:
        if rates.accepted_rate is not None and rates.accepted_rate < below:
            yield _make_finding(rule, case.quarter, rates.form, "", rates.accepted_rate, below)


def baseline_missing(case: AcceptedQuarter, rule: Rule) -> Iterator[Finding]:
    """M03: an agency reports an indicator that needs a baseline, and has none."""
    for panel in case.panels:
        for indicator in panel.indicators:
            if not indicator.baseline:
                continue
            code = indicator.code
            reported = panel.now[:, panel.place[code, TOTAL]]
            for row in np.flatnonzero((reported != 0) & ~np.isnan(reported)):
                agency = panel.agencies[row]
                if (agency, code) not in case.baselines:
                    yield _make_finding(rule, case.quarter, agency, code, reported[row], "")


def above_budget(case: AcceptedQuarter, rule: Rule) -> Iterator[Finding]:
    """P01, P11: the sum of a form's agencies to date is above a budget, or that of one is above its share."""
    for panel in case.panels:
        for limit in rule.parameters["limits"]:
            code = limit["indicator"]
            if not panel.has(code):
                continue
            totals = case.to_date.get(code, {})
            whole, each = limit["sum"] * HUNDRED, limit.get("each")
            if (total := sum(totals.values())) > whole:
                yield _make_finding(rule, case.quarter, panel.form, code, total, whole)
            for agency, own in totals.items() if each is not None else ():
                if own > each * HUNDRED:
                    yield _make_finding(rule, case.quarter, agency, code, own, each * HUNDRED)


def register_change(case: AcceptedQuarter, rule: Rule) -> Iterator[Finding]:
    """P10: a figure of a cluster changed by more than a share of the one that was confirmed last.

    One that only one of both has is not judged.
    """
    parameters = rule.parameters
    share = Fraction(str(parameters["share"]))
    for row in case.register_rows:
        if row.table != parameters["table"]:
            continue
        if row.given.get_text(parameters["answer"]) in parameters.get("except", ()):
            continue
        for column in parameters["columns"]:
            given, confirmed = row.given.get_figure(column), row.confirmed.get_figure(column)
            if given is None or confirmed is None:
                continue
            if abs(given - confirmed) > share * confirmed:
                code = make_column_code(row.table, column)
                found = _make_finding(rule, case.quarter, row.agency, code, given, confirmed)
                place = row.given.values[column].place
                yield found._replace(dimension=row.given.key, place=place)


def _make_finding(
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
