"""What each rule means, with an example and how to correct it: the public page of checks.

What belongs here: the texts of ``texts/rules.yaml`` with the framework's own thresholds and pairs in
them, and the address of a rule on that page. What must not: how a page is laid out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from cpsa import figures
from cpsa.framework.loader import find_newest_quarter, load_framework
from cpsa.framework.model import AGENCY, Framework, Rule
from cpsa.i18n import catalogue

PAGE = "checks"  # its address below the portal's
RULE_TEXTS = "rules.yaml"
_PARTS = ("means", "example", "correct")
_SHIPPED = Path(__file__).resolve().parents[2] / "programme" / "framework"
_SHARES = frozenset(("below", "apart", "share"))  # printed as percentages


@dataclass(frozen=True)
class RuleGuide:
    """One rule for a reader. ``id`` is its anchor on the page.

    ``pairs`` and ``indicators``: what the framework says it compares or applies to, as codes with
    labels. ``example`` and ``correct`` are blank for a rule that an installation added without texts, or
    under the code of a shipped rule of another kind.
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


def has_texts(rule: Rule) -> bool:
    """Whether the page has all texts of a rule, and they are about a rule of its kind."""
    keys = _list_keys(rule)
    return all(map(catalogue.has_text, keys)) and not _lacks_own_texts(rule, catalogue.is_own_text)


def find_rules_without_own_texts(
    framework: Framework, own_texts: Mapping[str, object]
) -> Iterator[tuple[Rule, str]]:
    """The rules that have the code of a shipped rule of another kind but no texts of their own, each
    with that kind: the page shows their titles in place of texts about something else.

    ``own_texts``: those of the programme's ``texts/rules.yaml``, by key.
    """
    for rule in framework.rules_in_force.values():
        if _lacks_own_texts(rule, own_texts.__contains__):
            yield rule, _load_shipped_kinds()[rule.id]


def _lacks_own_texts(rule: Rule, is_own_text: Callable[[str], bool]) -> bool:
    shipped_kind = _load_shipped_kinds().get(rule.id, rule.kind)
    return rule.kind != shipped_kind and not all(map(is_own_text, _list_keys(rule)))


def _list_keys(rule: Rule) -> list[str]:
    return [_name_text(rule, part) for part in _PARTS]


def _name_text(rule: Rule, part: str) -> str:
    return f"rules.{rule.id.lower()}.{part}"


@cache
def _load_shipped_kinds() -> Mapping[str, str]:
    """The kind of each shipped rule, by its code: that which the texts of that code are about."""
    rules = load_framework(find_newest_quarter(_SHIPPED), _SHIPPED).rules
    return {code: rule.kind for code, rule in rules.items()}


def _make_sort_key(rule: Rule) -> tuple[int, str]:
    families = "SVQPCM"
    family = families.find(rule.id[:1])
    return family if family >= 0 else len(families), rule.id


def _describe_rule(rule: Rule, framework: Framework, language: str) -> RuleGuide:
    values = _format_parameters(rule, language)

    def get_text(part: str) -> str:
        return catalogue.text(_name_text(rule, part), language, **values)

    known = has_texts(rule)
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
