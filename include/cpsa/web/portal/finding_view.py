"""Findings as an agency reads them: the message, its place, the correction, and the agency's explanation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from cpsa.framework.model import Framework
from cpsa.i18n import catalogue
from cpsa.submissions.finding import Finding, describe_correction, describe_finding


@dataclass(frozen=True)
class FindingView:
    """One finding in one language. ``anchor`` is the id of the field it is about, if it has one."""

    finding: Finding = field(repr=False)
    kind: str  # error | warning | explained | waived
    message: str
    correction: str
    place: str
    answer: str = ""
    anchor: str = ""

    @property
    def name(self) -> str:
        """What an answer to this finding is called in a form."""
        finding = self.finding
        return ".".join(("why", finding.rule, finding.indicator, finding.dimension))


def make_finding_views(
    findings: Iterable[Finding],
    framework: Framework,
    language: str,
    answers: Mapping[Finding, str] = {},
    anchor: Callable[[Finding], str] = lambda finding: "",
) -> list[FindingView]:
    """Findings in words, in their order."""
    return [
        FindingView(
            finding=finding,
            kind=_find_kind(finding, answers),
            message=describe_finding(finding, framework, language),
            correction=describe_correction(finding, framework, language),
            place=catalogue.describe_place(finding.place, language),
            answer=answers.get(finding, ""),
            anchor=anchor(finding),
        )
        for finding in findings
    ]


def _find_kind(finding: Finding, answers: Mapping[Finding, str]) -> str:
    if finding.waived:
        return "waived"
    return "explained" if finding in answers else finding.severity
