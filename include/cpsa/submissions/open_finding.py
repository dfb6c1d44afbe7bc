"""An open finding: one that is not corrected, explained (with an explanation still valid) or waived.

*Not corrected*: the current submission has it, or the newest closing of its quarter. A version that
was replaced, or was returned after another was accepted, has no open finding.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol, TypeVar

from cpsa.framework.model import AGENCY, Framework
from cpsa.submissions.explanations import Explanation, match_explanations
from cpsa.submissions.finding import Finding

AT_CLOSING = 0
"""The version of a finding that closing recorded."""

WARNING = "warning"


class FindingRow(Protocol):
    """What is needed of a finding to know whether it is open."""

    @property
    def rule(self) -> str: ...
    @property
    def severity(self) -> str: ...
    @property
    def waived(self) -> bool: ...


class VersionedFindingRow(FindingRow, Protocol):
    """And in which version of an update it was found, ``AT_CLOSING`` for none."""

    @property
    def indicator(self) -> str: ...
    @property
    def dimension(self) -> str: ...
    @property
    def version(self) -> int: ...


R = TypeVar("R", bound=VersionedFindingRow)


def is_open(finding: FindingRow, explanation: str = "") -> bool:
    """Whether a finding of the current submission, or of the newest closing, is open.

    ``explanation``: the one that is still valid; blank for none. Only a warning is explained; an
    error is corrected or waived.
    """
    return not finding.waived and not (finding.severity == WARNING and explanation)


def is_for_agency(finding: FindingRow, framework: Framework) -> bool:
    """Whether the agency has to answer it; others are for CPSA: rules that only CPSA can answer, and rules on trial."""
    rule = framework.rules.get(finding.rule)
    return rule is None or (rule.addressee == AGENCY and not rule.is_on_trial)


def rules_for_cpsa(framework: Framework) -> list[str]:
    """The rules that no agency can answer."""
    return [
        rule.id for rule in framework.rules.values() if rule.addressee != AGENCY or rule.is_on_trial
    ]


def is_of_current(version: int, current_version: int | None) -> bool:
    """Whether a finding of this version is not corrected. ``AT_CLOSING``: of the newest closing."""
    return version in (AT_CLOSING, current_version)


def select_current(rows: Iterable[R], current_version: int | None) -> list[R]:
    """An agency's findings of a quarter that are not corrected, each subject once (the last)."""
    current = (row for row in rows if is_of_current(row.version, current_version))
    return list({(row.rule, row.indicator, row.dimension): row for row in current}.values())


def open_findings(
    findings: Iterable[Finding], explanations: Iterable[Explanation], framework: Framework
) -> list[Finding]:
    """The open ones among findings of the current submission and the newest closing."""
    listed = list(findings)
    answers = match_explanations(listed, explanations, framework)
    return [finding for finding in listed if is_open(finding, answers.get(finding, ""))]


def open_warnings(
    findings: Iterable[Finding], answers: Mapping[Finding, str], framework: Framework
) -> list[Finding]:
    """An agency's open warnings: those that it can answer. ``answers``: the valid explanations."""
    return [
        finding
        for finding in findings
        if finding.severity == WARNING
        and is_open(finding, answers.get(finding, ""))
        and is_for_agency(finding, framework)
    ]
