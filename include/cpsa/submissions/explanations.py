"""Which warnings an agency has explained, and for how long its word holds.

Pure: findings and explanations in, the pairs out. Rule: domain.md, "Rules": an explanation stays
valid while the value stays the same; the framework names the rules for which it holds for a number
of quarters instead, whatever the value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cpsa.calendar import Quarter
from cpsa.framework import Framework
from cpsa.submissions.finding import Finding

Subject = tuple[str, str, str, str]  # agency, rule, indicator, dimension


@dataclass(frozen=True, slots=True)
class Explanation:
    """What an agency said to one warning. ``rule`` is blank when it was said before any was found."""

    agency: str
    quarter: str
    rule: str
    indicator: str
    dimension: str
    observed: str
    text: str


def explained(
    findings: Iterable[Finding], said: Iterable[Explanation], framework: Framework
) -> dict[Finding, str]:
    """The findings that have an explanation, each with the newest that holds (``said`` oldest first).

    Only warnings are explained; an error is mended or waived.
    """
    by_subject = _by_subject(said)
    answers = {}
    for one in findings:
        if one.severity == "warning" and (text := _answer(one, by_subject, framework)):
            answers[one] = text
    return answers


def _by_subject(said: Iterable[Explanation]) -> Mapping[Subject, list[Explanation]]:
    found: dict[Subject, list[Explanation]] = {}
    for one in said:
        found.setdefault((one.agency, one.rule, one.indicator, one.dimension), []).append(one)
    return found


def _answer(
    finding: Finding, by_subject: Mapping[Subject, list[Explanation]], framework: Framework
) -> str:
    subject = finding.agency, finding.rule, finding.indicator, finding.dimension
    for one in reversed(by_subject.get(subject, ())):
        if _holds(one, finding, framework):
            return one.text
    return ""


def _holds(one: Explanation, finding: Finding, framework: Framework) -> bool:
    if one.quarter > finding.quarter:
        return False
    rule = framework.rules.get(finding.rule)
    if rule is not None and rule.explanation_quarters is not None:
        age = Quarter.parse(finding.quarter) - Quarter.parse(one.quarter)
        return age < rule.explanation_quarters
    return one.observed == finding.observed
