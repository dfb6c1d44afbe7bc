"""Examines submissions by every rule at once, and says which state follows.

Frames of history in, findings and states out. Which submissions to examine, and against which
history, is for the caller to say: a quarter is judged against the accepted quarters before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cpsa.checks.comparison import Comparison
from cpsa.checks.rule_kinds import apply_listed_rules, apply_rules, list_rules
from cpsa.checks.structure_rules import StructureResult
from cpsa.checks.submission_rules import Submission
from cpsa.framework.model import Framework
from cpsa.scoring.panel import Panel
from cpsa.scoring.quarter_figures import QuarterFigures
from cpsa.submissions.finding import Finding, by_severity
from cpsa.submissions.state import SubmissionState


@dataclass(frozen=True)
class ExaminationResult:
    """The result for a submission; findings in the order in which the agency reads them."""

    agency: str
    state: SubmissionState
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class History:
    """What submissions are compared with, as ``Panel.build`` takes it.

    ``quarters``: the quarters before the one at hand, oldest first. ``figures`` are of accepted quarters
    only; ``targets`` also of the quarter at hand.
    """

    quarters: Sequence[str]
    figures: QuarterFigures
    targets: pd.DataFrame
    weights: pd.DataFrame


def examine_submissions(
    framework: Framework,
    form: str,
    quarter: str,
    submissions: Sequence[Submission],
    history: History,
) -> list[ExaminationResult]:
    """Examine submissions of one form for one quarter, each by every rule, all findings at once.

    Several versions of an agency have the same figures, which are compared once: such as an update and
    the tables received after it, which take its figures over.
    """
    figures: dict[str, StructureResult] = {}
    for submission in submissions:
        if submission.judged.refused is None:
            figures.setdefault(submission.judged.agency, submission.judged)
    compared: dict[str, list[Finding]] = {agency: [] for agency in figures}
    if figures:
        comparison = build_comparison(framework, form, quarter, list(figures.values()), history)
        for finding in apply_rules(framework, comparison):
            compared[finding.agency].append(finding)
    of_file = list_rules(framework, StructureResult)
    of_submission = list_rules(framework, Submission)
    order = by_severity(framework)
    results = []
    for submission in submissions:
        judged = submission.judged
        found = apply_listed_rules(of_file, judged) if judged.findings else []
        if judged.refused is None:
            found += compared[judged.agency]
            found += apply_listed_rules(of_submission, submission)
        results.append(_make_result(submission, sorted(found, key=order), framework))
    return results


def build_comparison(
    framework: Framework,
    form: str,
    quarter: str,
    judged: Sequence[StructureResult],
    history: History,
) -> Comparison:
    """The submissions as the last quarter of a panel, with what was faulty or answered by NIL."""
    agencies = [result.agency for result in judged]
    panel = Panel.build(
        framework,
        form,
        agencies,
        [*history.quarters, quarter],
        history.figures,
        history.targets,
        history.weights,
    )
    panel.counted[:, -1] = True
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
    return Comparison(panel, given, faulty, nil, [result.places for result in judged])


def _make_result(
    submission: Submission, findings: list[Finding], framework: Framework
) -> ExaminationResult:
    waived = {rule for rule in submission.waived if framework.rules[rule].waivable}
    findings = [f._replace(waived=True) if f.rule in waived else f for f in findings]
    is_blocked = any(finding.blocks for finding in findings)
    state = submission.judged.refused or (
        SubmissionState.RETURNED if is_blocked else SubmissionState.ACCEPTED
    )
    return ExaminationResult(submission.judged.agency, state, tuple(findings))
