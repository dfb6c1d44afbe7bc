"""A finding: which rule does not hold, for whom, on what, and what was seen.

``observed`` and ``expected`` are kept neutral (plain decimals, codes, the text as typed) and are
put into words only when shown, in the reader's language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from cpsa import figures
from cpsa.framework import TRIAL, Framework
from cpsa.messages import text
from cpsa.submissions.figure_query import question_in, value_of


@dataclass(frozen=True, slots=True)
class Finding:
    """One breach of one rule. Figures in ``observed`` and ``expected`` are in units, not paise."""

    rule: str
    severity: str
    agency: str
    quarter: str
    indicator: str = ""
    dimension: str = ""
    observed: str = ""
    expected: str = ""
    place: str = ""
    waived: bool = False
    after_restatement: bool = False

    @property
    def blocks(self) -> bool:
        """Whether this finding alone returns the update to its agency."""
        return self.severity == "error" and not self.waived

    def softened(self) -> Finding:
        """The finding as a warning: what a restatement turned up in an accepted update.

        A finding of a rule on trial stays one.
        """
        if self.severity == TRIAL:
            return self
        return replace(self, severity="warning", after_restatement=True)


def subject_of(finding: Finding) -> tuple[str, str, str]:
    """What a finding of an agency and quarter is about: rule, indicator, dimension."""
    return finding.rule, finding.indicator, finding.dimension


def told_first(framework: Framework):
    """The sort key in which an agency is told: errors first, the most consequential first."""

    def key(finding: Finding) -> tuple[object, ...]:
        rule = framework.rules[finding.rule]
        return finding.severity != "error", rule.rank, finding.indicator, finding.dimension

    return key


def message(finding: Finding | Mapping[str, str], framework: Framework, language: str) -> str:
    """What a finding says, in English or Hindi."""
    return _words(finding, framework, language, "message")


def mend(finding: Finding | Mapping[str, str], framework: Framework, language: str) -> str:
    """What to do about a finding, in English or Hindi."""
    return _words(finding, framework, language, "mend")


def _words(finding: Finding | Mapping, framework: Framework, language: str, what: str) -> str:
    def of(name: str) -> str:
        return getattr(finding, name) if isinstance(finding, Finding) else finding[name]

    rule = framework.rules[of("rule")]
    indicator = framework.by_code.get(of("indicator"))
    group = framework.groups.get(of("indicator"))
    form = framework.forms.get(of("agency"))
    dimension = of("dimension")
    label = framework.dimension_labels.get(dimension)
    dimension_name = label.in_(language) if label else dimension
    code = of("indicator")
    return (
        getattr(rule, what)
        .in_(language)
        .format(
            indicator=code,
            label=f"{code} {indicator.label.in_(language)}" if indicator else code,
            dimension=f", {dimension_name}" if dimension_name else "",
            dimension_name=dimension_name,
            group=group.label.in_(language) if group else code,
            form=form.plural.in_(language) if form else of("agency"),
            agency=of("agency"),
            quarter=of("quarter"),
            observed=_shown(of("observed"), rule.shows, code, framework, language),
            expected=_shown(of("expected"), rule.expects, code, framework, language),
        )
        .strip()
    )


def _shown(value: str, how: str, code: str, framework: Framework, language: str) -> str:
    """A neutral value in the reader's words."""
    indicator = framework.by_code.get(code)
    if how == "question":
        return question_in(value).in_(language)
    if how == "asked":
        value, how = value_of(value), "quantity"
    if how == "cause" and value:
        cause, _, detail = value.partition(": ")
        return text(cause, language, detail=detail)
    if how == "indicator" and value in framework.by_code:
        return f"{value} {framework.by_code[value].label.in_(language)}"
    if how == "percent" and value:
        return f"{(Decimal(value) * 100).normalize():f} %"  # exact: 0.4999 is not yet 50 %
    if how == "quantity" and indicator and value:
        hundredths = int(Decimal(value) * figures.HUNDRED)
        return figures.quantity(hundredths, indicator.unit, language)
    return value
