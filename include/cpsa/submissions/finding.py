"""A finding: which rule does not hold, for whom, on what, and what was seen.

``observed`` and ``expected`` are kept neutral (plain decimals, codes, the text as typed) and are
put into words only when shown, in the reader's language.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from cpsa import figures
from cpsa.framework.model import TRIAL, Framework
from cpsa.i18n.catalogue import text
from cpsa.submissions.entry_amounts import ENTRY_AMOUNT, LABEL_KEYS
from cpsa.submissions.figure_query import parse_observed_value, parse_question
from cpsa.translator import format_dotted_date


class Finding(NamedTuple):
    """One breach of one rule. Figures in ``observed`` and ``expected`` are in units, not paise.

    A tuple: a country's quarter has tens of thousands, and a tuple is made in a quarter of the time.
    """

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

    def as_warning(self) -> Finding:
        """Return the finding as a warning: a restatement found it in an accepted update.

        A finding of a rule on trial stays one.
        """
        if self.severity == TRIAL:
            return self
        return self._replace(severity="warning", after_restatement=True)


def get_finding_subject(finding: Finding) -> tuple[str, str, str]:
    """What a finding of an agency and quarter is about: rule, indicator, dimension."""
    return finding.rule, finding.indicator, finding.dimension


def by_severity(framework: Framework) -> Callable[[Finding], tuple[object, ...]]:
    """Return the sort key in which an agency reads findings: errors first, the gravest first."""

    def key(finding: Finding) -> tuple[object, ...]:
        rule = framework.rules[finding.rule]
        return finding.severity != "error", rule.rank, finding.indicator, finding.dimension

    return key


def format_value(value: Any, display: str) -> str:
    """Return a value as findings keep it: plain decimals for quantities, four places for ratios."""
    if isinstance(value, str):
        return value
    if display == "quantity":
        whole, rest = divmod(abs(round(value)), figures.HUNDRED)
        sign = "-" if value < 0 else ""
        return f"{sign}{whole}.{rest:02d}" if rest else f"{sign}{whole}"
    return figures.places4(float(value))


def describe_finding(
    finding: Finding | Mapping[str, str], framework: Framework, language: str
) -> str:
    """Return what a finding says, in English or Hindi."""
    return _format_text(finding, framework, language, "message")


def describe_correction(
    finding: Finding | Mapping[str, str], framework: Framework, language: str
) -> str:
    """Return what to do about a finding, in English or Hindi."""
    return _format_text(finding, framework, language, "correction")


def _format_text(
    finding: Finding | Mapping[str, Any], framework: Framework, language: str, text_name: str
) -> str:
    def get(name: str) -> str:
        result: str = getattr(finding, name) if isinstance(finding, Finding) else finding[name]
        return result

    rule = framework.rules[get("rule")]
    indicator = framework.by_code.get(get("indicator"))
    group = framework.groups.get(get("indicator"))
    form = framework.forms.get(get("agency"))
    dimension = get("dimension")
    label = framework.dimension_labels.get(dimension)
    code = get("indicator")
    dimension_name = label.in_(language) if label else dimension
    if found := framework.find_table_column(code):
        dimension_name = found[0].name_row(dimension, language)
    named = _name_table_column(code, framework, language)
    result: str = (
        getattr(rule, text_name)
        .in_(language)
        .format(
            indicator=code,
            label=f"{code} {indicator.label.in_(language)}" if indicator else named or code,
            dimension=f", {dimension_name}" if dimension_name else "",
            dimension_name=dimension_name,
            group=group.label.in_(language) if group else code,
            form=form.plural.in_(language) if form else get("agency"),
            agency=get("agency"),
            quarter=get("quarter"),
            observed=_format_shown(get("observed"), rule.shows, code, framework, language),
            expected=_format_shown(get("expected"), rule.expects, code, framework, language),
        )
        .strip()
    )
    return result


def _name_table_column(code: str, framework: Framework, language: str) -> str:
    """``Applications: Filed``; blank for anything else than a column of a table or of entries."""
    if code == ENTRY_AMOUNT:
        return ": ".join(text(key, language) for key in LABEL_KEYS)
    if found := framework.find_table_column(code):
        return ": ".join(part.label.in_(language) for part in found)
    return ""


def _is_date(value: str) -> bool:
    try:
        return bool(date.fromisoformat(value))
    except ValueError:
        return False


def _format_shown(value: str, display: str, code: str, framework: Framework, language: str) -> str:
    """A neutral value in the reader's words."""
    indicator = framework.by_code.get(code)
    if display == "question":
        return parse_question(value).in_(language)
    if display == "asked":
        value, display = parse_observed_value(value), "quantity"
    if display == "cause" and value:
        cause, _, detail = value.partition(": ")
        return text(cause, language, detail=detail)
    if display == "indicator" and value in framework.by_code:
        return f"{value} {framework.by_code[value].label.in_(language)}"
    if display == "percent" and value:
        return f"{(Decimal(value) * 100).normalize():f} %"  # exact: 0.4999 is not yet 50 %
    column = framework.find_table_column(code)
    unit = indicator.unit if indicator else column[1].type if column else ""
    unit = "inr" if code == ENTRY_AMOUNT else unit
    if display == "text" and column:
        return format_dotted_date(date.fromisoformat(value)) if _is_date(value) else value or "–"
    if display == "quantity" and unit and value:
        hundredths = int(Decimal(value) * figures.HUNDRED)
        return figures.quantity(hundredths, unit, language)
    return value
