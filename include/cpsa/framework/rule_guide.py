"""What each rule means, with an example and how to correct it: the public page of checks.

What belongs here: the texts of ``texts/rules.yaml`` with the framework's own thresholds and pairs in
them, and the address of a rule on that page. What must not: how a page is laid out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cpsa import figures
from cpsa.framework.model import AGENCY, Framework, Rule
from cpsa.i18n import catalogue

PAGE = "checks"  # its address below the portal's
_SHARES = frozenset(("below", "apart"))  # printed as percentages


@dataclass(frozen=True)
class RuleGuide:
    """One rule for a reader. ``id`` is its anchor on the page.

    ``pairs`` and ``indicators``: what the framework says it compares or applies to, as codes with
    labels. ``example`` and ``correct`` are blank for a rule that an installation added without texts.
    """

    id: str
    severity: str
    title: str
    means: str
    example: str
    correct: str
    pairs: tuple[str, ...]
    indicators: tuple[str, ...]
    waivable: bool
    unconfirms: bool
    for_cpsa: bool


def describe_rules(framework: Framework, language: str) -> tuple[RuleGuide, ...]:
    """The rules in force, by their ids within families: S, V, Q, P, then the others."""
    rules = sorted(framework.rules_in_force.values(), key=_make_sort_key)
    return tuple(_describe_rule(rule, framework, language) for rule in rules)


def rule_address(portal_url: str | None, rule: str, language: str) -> str:
    """Where a rule is explained; blank where the portal has no public address."""
    return f"{portal_url}/{PAGE}?language={language}#{rule}" if portal_url else ""


def has_texts(rule: str) -> bool:
    """Whether the page has all texts of a rule."""
    parts = ("means", "example", "correct")
    return all(catalogue.has_text(f"rules.{rule.lower()}.{part}") for part in parts)


def _make_sort_key(rule: Rule) -> tuple[int, str]:
    families = "SVQPCM"
    family = families.find(rule.id[:1])
    return family if family >= 0 else len(families), rule.id


def _describe_rule(rule: Rule, framework: Framework, language: str) -> RuleGuide:
    values = _format_parameters(rule, language)

    def get_text(part: str) -> str:
        return catalogue.text(f"rules.{rule.id.lower()}.{part}", language, **values)

    known = has_texts(rule.id)
    title = rule.title.in_(language)
    return RuleGuide(
        id=rule.id,
        severity=rule.severity,
        title=title,
        means=get_text("means") if known else title,
        example=get_text("example") if known else "",
        correct=get_text("correct") if known else "",
        pairs=tuple(
            " – ".join(_list_labels(pair, framework, language))
            for pair in rule.parameters.get("pairs", ())
        ),
        indicators=tuple(_list_labels(rule.parameters.get("indicators", ()), framework, language)),
        waivable=rule.waivable,
        unconfirms=rule.unconfirms,
        for_cpsa=rule.addressee != AGENCY,
    )


def _list_labels(codes: Iterable[str], framework: Framework, language: str) -> list[str]:
    return [f"{code} {framework.by_code[code].label.in_(language)}" for code in codes]


def _format_parameters(rule: Rule, language: str) -> Mapping[str, str]:
    """A rule's thresholds as texts, by the names of its parameters."""
    values = {name: _format_parameter(name, value) for name, value in rule.parameters.items()}
    for unit, floor in rule.parameters.get("floors", {}).items():
        values[f"floor_{unit}"] = figures.quantity(int(floor * figures.HUNDRED), unit, language)
    values["quarters"] = str(rule.explanation_quarters or "")
    return values


def _format_parameter(name: str, value: Any) -> str:
    if name in _SHARES:
        return f"{100 * value:g}%"
    return f"{value:g}" if isinstance(value, int | float) else ""
