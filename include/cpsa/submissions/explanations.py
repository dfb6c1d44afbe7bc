"""Which warnings an agency has explained, and for how long an explanation is valid.

Pure: findings and explanations in, the pairs out. Rule: domain.md, "Rules": an explanation stays
valid while the value stays the same; the framework names the rules for which it is valid for a number
of quarters instead, whatever the value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cpsa.calendar import Quarter
from cpsa.framework.model import Framework
from cpsa.submissions.finding import Finding

Subject = tuple[str, str, str, str]  # agency, rule, indicator, dimension


@dataclass(frozen=True, slots=True)
class Explanation:
    """An agency's text on a warning. ``rule`` is blank when it was given before any finding."""

    agency: str
    quarter: str
    rule: str
    indicator: str
    dimension: str
    observed: str
    text: str


def match_explanations(
    findings: Iterable[Finding], explanations: Iterable[Explanation], framework: Framework
) -> dict[Finding, str]:
    """The findings that have an explanation, each with the newest valid one (``explanations`` oldest first).

    Only warnings are explained; an error is corrected or waived.
    """
    by_subject = _group_by_subject(explanations)
    answers = {}
    for finding in findings:
        if finding.severity == "warning" and (
            text := _find_valid_text(finding, by_subject, framework)
        ):
            answers[finding] = text
    return answers


def _group_by_subject(explanations: Iterable[Explanation]) -> Mapping[Subject, list[Explanation]]:
    found: dict[Subject, list[Explanation]] = {}
    for explanation in explanations:
        found.setdefault(
            (explanation.agency, explanation.rule, explanation.indicator, explanation.dimension), []
        ).append(explanation)
    return found


def _find_valid_text(
    finding: Finding, by_subject: Mapping[Subject, list[Explanation]], framework: Framework
) -> str:
    subject = finding.agency, finding.rule, finding.indicator, finding.dimension
    for explanation in reversed(by_subject.get(subject, ())):
        if _is_valid(explanation, finding, framework):
            return explanation.text
    return ""


def _is_valid(explanation: Explanation, finding: Finding, framework: Framework) -> bool:
    if explanation.quarter > finding.quarter:
        return False
    rule = framework.rules.get(finding.rule)
    if rule is not None and rule.explanation_quarters is not None:
        age = Quarter.parse(finding.quarter) - Quarter.parse(explanation.quarter)
        return bool(age < rule.explanation_quarters)
    return explanation.observed == finding.observed
