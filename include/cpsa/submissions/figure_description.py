"""The figures of one submission as they were read, described for the agency that sent them.

Only the agency knows whether a figure was read as it was meant. So the same description is shown
wherever it can be compared: in the receipt, in the letter with the result, and on the pages of the
portal. Pure: rows in, a view model out. What must not go here: where rows come from
(``services.examination.submitted_figures``), and how a letter or a page lays the description out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from cpsa import figures
from cpsa.framework.model import TOTAL, Framework, Indicator
from cpsa.i18n import catalogue
from cpsa.submissions.finding import Finding
from cpsa.translator import Translator

Key = tuple[str, str]  # indicator, dimension ("" = total)
_SHOWN = ("error", "warning")  # any other severity is for CPSA only


class FigureValue(Protocol):
    """What is needed of one figure that was understood. ``origin``: reported, or nil."""

    @property
    def hundredths(self) -> int: ...
    @property
    def origin(self) -> str: ...
    @property
    def place(self) -> str: ...


@dataclass(frozen=True)
class FigureDescription:
    """One figure in words of one language. ``part``: the name of a dimension, blank for a total.

    ``value``: as read, rupees in full and in lakh or crore, or why there is no figure. ``last``: the
    value of the last accepted quarter, and ``change`` the difference to it; blank where there is
    none. ``place``: sheet and cell, or line. ``errors`` and ``warnings``: the titles of the rules
    that do not hold for it; ``is_formula``: it is the stored result of a formula (rule Q08).
    """

    code: str
    dimension: str
    label: str
    part: str
    value: str
    last: str
    change: str
    place: str
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    is_formula: bool = False
    is_given: bool = True

    @property
    def name(self) -> str:
        """What a row is called: ``A2 Activities done``, or the name of the part."""
        return self.part or f"{self.code} {self.label}"

    @property
    def is_unusual(self) -> bool:
        """Whether it has a warning."""
        return bool(self.warnings)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What was found in it, the errors first."""
        return (*self.errors, *self.warnings)


@dataclass(frozen=True)
class FigureGroup:
    """The figures of one group of indicators, each total before its parts."""

    code: str
    title: str
    figures: tuple[FigureDescription, ...]


@dataclass(frozen=True)
class FigureOverview:
    """All figures of a submission. ``last_quarter``: the quarter that ``last`` is of, in words; ""."""

    groups: tuple[FigureGroup, ...]
    last_quarter: str = ""

    @property
    def all_figures(self) -> Iterator[FigureDescription]:
        for group in self.groups:
            yield from group.figures

    @property
    def unusual_count(self) -> int:
        """How many figures have a warning."""
        return sum(figure.is_unusual for figure in self.all_figures)


def describe_figures(
    framework: Framework,
    form: str,
    values: Mapping[Key, FigureValue],
    findings: Iterable[Finding],
    language: str,
    *,
    last: Mapping[Key, int] | None = None,
    last_quarter: str = "",
    places: Mapping[Key, str] | None = None,
) -> FigureOverview:
    """The figures of a form as they were read, in one language.

    ``values``: what was understood. ``findings``: of this submission; a waived one, and one of a rule
    that is only tried, marks nothing. ``last``: the figures of the last accepted quarter in
    hundredths, and ``last_quarter`` its name. ``places``: where figures are in the file that were
    not understood. Every total is listed; a part only where a figure was given or found wrong.
    """
    describer = _Describer(
        framework, values, _group_by_key(findings), language, last or {}, places or {}
    )
    groups = (
        FigureGroup(
            group.code,
            group.label.in_(language),
            tuple(describer.describe(framework.group_indicators(group.code))),
        )
        for group in framework.form_groups(form)
    )
    return FigureOverview(tuple(group for group in groups if group.figures), last_quarter)


def _group_by_key(findings: Iterable[Finding]) -> Mapping[Key, Sequence[Finding]]:
    found: dict[Key, list[Finding]] = {}
    for finding in findings:
        if not finding.waived and finding.severity in _SHOWN:
            found.setdefault((finding.indicator, finding.dimension), []).append(finding)
    return found


@dataclass(frozen=True)
class _Describer:
    framework: Framework
    values: Mapping[Key, FigureValue]
    findings: Mapping[Key, Sequence[Finding]]
    language: str
    last: Mapping[Key, int]
    places: Mapping[Key, str]

    def describe(self, indicators: Iterable[Indicator]) -> Iterator[FigureDescription]:
        for indicator in indicators:
            for dimension in (TOTAL, *indicator.dimensions):
                key = indicator.code, dimension
                if dimension == TOTAL or key in self.values or key in self.findings:
                    yield self._describe_row(indicator, dimension)

    def _describe_row(self, indicator: Indicator, dimension: str) -> FigureDescription:
        key = indicator.code, dimension
        value, last = self.values.get(key), self.last.get(key)
        found = self.findings.get(key, ())
        place = value.place if value else self.places.get(key, "")
        return FigureDescription(
            code=indicator.code,
            dimension=dimension,
            label=indicator.label.in_(self.language),
            part=self.framework.dimension_labels[dimension].in_(self.language) if dimension else "",
            value=self._describe_value(value, indicator, found),
            last="" if last is None else self._format_amount(last, indicator),
            change=""
            if value is None or last is None
            else self._describe_change(value, last, indicator),
            place=catalogue.describe_place(place or _find_place(found), self.language),
            errors=self._list_titles(found, "error"),
            warnings=self._list_titles(found, "warning"),
            is_formula=any(
                self.framework.rules[finding.rule].kind == "formula_result" for finding in found
            ),
            is_given=value is not None,
        )

    def _describe_value(
        self, value: FigureValue | None, indicator: Indicator, found: Sequence[Finding]
    ) -> str:
        if value is None:
            typed = next((finding.observed for finding in found if finding.severity == "error"), "")
            return (
                self._get_text("not_used", observed=typed) if typed else self._get_text("not_given")
            )
        amount = self._format_amount(value.hundredths, indicator)
        return self._get_text("nil", amount=amount) if value.origin == "nil" else amount

    def _format_amount(self, hundredths: int, indicator: Indicator) -> str:
        """In full, and beside it in lakh or crore where it is that large."""
        full = figures.quantity(hundredths, indicator.unit, self.language)
        if indicator.unit != "inr" or abs(hundredths) < figures.LAKH * figures.HUNDRED:
            return full
        return f"{full} ({figures.rupees_short(hundredths, self.language)})"

    def _describe_change(self, value: FigureValue, last: int, indicator: Indicator) -> str:
        difference = value.hundredths - last
        if not difference:
            return self._get_text("unchanged")
        sign = "+" if difference > 0 else ""
        amount = sign + figures.quantity(difference, indicator.unit, self.language)
        if last <= 0:
            return amount
        return f"{amount} ({sign}{figures.percent(difference / last)})"

    def _list_titles(self, found: Sequence[Finding], severity: str) -> tuple[str, ...]:
        rules = [finding.rule for finding in found if finding.severity == severity]
        return tuple(
            self.framework.rules[rule].title.in_(self.language) for rule in dict.fromkeys(rules)
        )

    def _get_text(self, name: str, **params: object) -> str:
        return Translator(self.language, "figure.read")(name, **params)


def _find_place(found: Sequence[Finding]) -> str:
    return next((finding.place for finding in found if finding.place), "")
