"""Findings as an agency reads them: what was found, where, what to do, and what it answered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from cpsa import messages
from cpsa.framework import Framework
from cpsa.submissions.finding import Finding, mend, message


@dataclass(frozen=True)
class Told:
    """One finding in one language. ``anchor`` is the id of the field it is about, if it has one."""

    finding: Finding = field(repr=False)
    kind: str  # error | warning | explained | waived
    message: str
    mend: str
    place: str
    answer: str = ""
    anchor: str = ""

    @property
    def name(self) -> str:
        """What an answer to this finding is called in a form."""
        one = self.finding
        return ".".join(("why", one.rule, one.indicator, one.dimension))


def tell(
    findings: Iterable[Finding],
    framework: Framework,
    language: str,
    answers: Mapping[Finding, str] = {},
    anchor: Callable[[Finding], str] = lambda finding: "",
) -> list[Told]:
    """Findings in words, in their order."""
    return [
        Told(
            finding=one,
            kind=_kind(one, answers),
            message=message(one, framework, language),
            mend=mend(one, framework, language),
            place=messages.place(one.place, language),
            answer=answers.get(one, ""),
            anchor=anchor(one),
        )
        for one in findings
    ]


def _kind(finding: Finding, answers: Mapping[Finding, str]) -> str:
    if finding.waived:
        return "waived"
    return "explained" if finding in answers else finding.severity
