"""Examines submissions: all comparing rules at once, and the state that follows.

Frames of history in, findings and states out. Which submissions to examine, and against which
history, is for the caller to say: a quarter is judged against the accepted quarters before it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from cpsa.checks import quality_rules, validity_rules
from cpsa.checks.comparison import Breaches, Comparison
from cpsa.checks.structure_rules import StructureResult
from cpsa.figures import HUNDRED, places4
from cpsa.framework.model import QUERY_RULE_KIND, Framework, Rule
from cpsa.scoring.panel import Panel
from cpsa.submissions.figure_query import FigureQuery, select_newest
from cpsa.submissions.finding import Finding, by_severity

KINDS: Mapping[str, Callable[[Comparison, Rule], Breaches]] = {
    kind.__name__: kind
    for kind in (
        validity_rules.total_missing,
        validity_rules.dimension_above_total,
        validity_rules.dimension_missing,
        validity_rules.second_without_first,
        validity_rules.first_without_second,
        validity_rules.second_below_first,
        validity_rules.to_date_above,
        validity_rules.fell,
        validity_rules.nil_with_figures,
        quality_rules.jump,
        quality_rules.outlier,
        quality_rules.spending_against_activity,
        quality_rules.group_score_low,
        quality_rules.more_done_than_planned,
        quality_rules.copied,
    )
}


@dataclass(frozen=True)
class Submission:
    """A judged file, the rules an admin waives for it, and what CPSA asks about its figures."""

    judged: StructureResult
    waived: Collection[str] = ()
    queries: Collection[FigureQuery] = ()


@dataclass(frozen=True)
class ExaminationResult:
    """The result for a submission; findings in the order in which the agency reads them."""

    agency: str
    state: str  # unreadable | rejected | returned | accepted
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class History:
    """What submissions are compared with: frames as ``Panel.build`` takes them.

    ``quarters``: the quarters before the one at hand, oldest first. ``facts`` and ``counted`` hold
    accepted quarters only; ``targets`` also those of the quarter at hand.
    """

    quarters: Sequence[str]
    facts: pd.DataFrame
    counted: pd.DataFrame
    targets: pd.DataFrame
    weights: pd.DataFrame


def examine_submissions(
    framework: Framework,
    form: str,
    quarter: str,
    submissions: Sequence[Submission],
    history: History,
) -> list[ExaminationResult]:
    """Examine submissions of one form for one quarter, each by every rule, all findings at once."""
    compared = [submission for submission in submissions if submission.judged.refused is None]
    found: dict[str, list[Finding]] = {
        submission.judged.agency: list(submission.judged.findings) for submission in submissions
    }
    if compared:
        comparison = build_comparison(
            framework, form, quarter, [submission.judged for submission in compared], history
        )
        places = [submission.judged.places for submission in compared]
        for finding in breaches_as_findings(comparison, framework, quarter, places):
            found[finding.agency].append(finding)
        for submission in compared:
            found[submission.judged.agency] += formula_findings(framework, submission.judged)
            found[submission.judged.agency] += query_findings(framework, submission)
    order = by_severity(framework)
    return [
        _make_result(submission, sorted(found[submission.judged.agency], key=order), framework)
        for submission in submissions
    ]


def build_comparison(
    framework: Framework,
    form: str,
    quarter: str,
    judged: Sequence[StructureResult],
    history: History,
) -> Comparison:
    """The submissions as the last quarter of a panel, with what was faulty or answered by NIL."""
    agencies = [result.agency for result in judged]
    at_hand = pd.DataFrame({"agency": agencies, "quarter": quarter})
    panel = Panel.build(
        framework,
        form,
        agencies,
        [*history.quarters, quarter],
        history.facts,
        _concat_rows(history.counted, at_hand),
        history.targets,
        history.weights,
    )
    now, given = panel.now, panel.now.copy("K")
    faulty = np.zeros(now.shape, dtype=bool, order="F")
    for row, result in enumerate(judged):
        for key, fact in result.facts.items():
            now[row, panel.place[key]] = fact.hundredths
            if fact.origin != "nil":
                given[row, panel.place[key]] = fact.hundredths
        for key in result.faulty:
            faulty[row, panel.place[key]] = True
    nil = np.array([result.nil for result in judged], dtype=bool)
    return Comparison(panel, given, faulty, nil)


def breaches_as_findings(
    comparison: Comparison, framework: Framework, quarter: str, places: Sequence[Mapping] = ()
) -> list[Finding]:
    """Run every rule whose kind compares figures, and turn its masks into findings."""
    findings = []
    for rule in framework.rules.values():
        kind = KINDS.get(rule.kind)
        if kind is None:
            continue
        breaches = kind(comparison, rule)
        if not breaches.subjects or not breaches.mask.any():
            continue
        observed, expected = (
            np.broadcast_to(values, breaches.mask.shape)
            for values in (breaches.observed, breaches.expected)
        )
        rows, columns = np.nonzero(breaches.mask)
        found = (rows, columns, observed[rows, columns], expected[rows, columns])
        for row, column, seen, wanted in zip(*(array.tolist() for array in found), strict=True):
            indicator, dimension = breaches.subjects[column]
            findings.append(
                Finding(
                    rule.id,
                    rule.severity,
                    comparison.panel.agencies[row],
                    quarter,
                    indicator,
                    dimension,
                    format_value(seen, rule.shows),
                    format_value(wanted, rule.expects),
                    places[row].get((indicator, dimension), "") if places else "",
                )
            )
    return findings


def formula_findings(framework: Framework, judged: StructureResult) -> list[Finding]:
    """Q08: figures that are stored results of formulas and may never have been calculated."""
    return [
        Finding(
            rule.id,
            rule.severity,
            judged.agency,
            judged.quarter,
            *key,
            observed=format_value(judged.facts[key].hundredths, rule.shows),
            place=judged.places.get(key, ""),
        )
        for rule in framework.rules_of_kind("formula_result")
        for key in judged.calculated
    ]


def query_findings(framework: Framework, submission: Submission) -> list[Finding]:
    """C01: figures with a question of CPSA, while they have the value that the question is about."""
    judged = submission.judged
    queries = [
        query
        for query in select_newest(submission.queries)
        if query.subject in judged.facts
        and judged.facts[query.subject].hundredths == query.hundredths
    ]
    return [
        Finding(
            rule.id,
            rule.severity,
            judged.agency,
            judged.quarter,
            *query.subject,
            observed=query.format_observed(format_value(query.hundredths, "quantity")),
            expected=query.question,
            place=judged.places.get(query.subject, ""),
        )
        for rule in framework.rules_of_kind(QUERY_RULE_KIND)
        for query in queries
    ]


def format_value(value: Any, display: str) -> str:
    """Return a value as findings keep it: plain decimals for quantities, four places for ratios."""
    if isinstance(value, str):
        return value
    if display == "quantity":
        whole, rest = divmod(abs(round(float(value))), HUNDRED)
        sign = "-" if value < 0 else ""
        return f"{sign}{whole}" + (f".{rest:02d}" if rest else "")
    return places4(float(value))


def _make_result(
    submission: Submission, findings: list[Finding], framework: Framework
) -> ExaminationResult:
    waived = {rule for rule in submission.waived if framework.rules[rule].waivable}
    findings = [replace(f, waived=True) if f.rule in waived else f for f in findings]
    state = submission.judged.refused or (
        "returned" if any(finding.blocks for finding in findings) else "accepted"
    )
    return ExaminationResult(submission.judged.agency, state, tuple(findings))


def _concat_rows(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Both frames' rows in the second's columns."""
    parts = [frame[second.columns] for frame in (first, second) if len(frame)]
    return pd.concat(parts, ignore_index=True) if parts else second
