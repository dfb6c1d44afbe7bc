"""What the checks made of an update: how many found nothing, and what the others found."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from cpsa.documents.parts import FOR_ADMINS, findings_of, in_order_of_weight
from cpsa.documents.words import Words

OF_SUBMISSIONS = ("S", "V", "Q")
"""Families of rules that every update is checked against."""
AT_CLOSE = "M"
"""The family that looks at all updates at closing."""


@dataclass(frozen=True)
class Checked:
    """``findings`` are the snapshot's rows, errors first; ``passed`` of ``rules`` found nothing."""

    findings: tuple[Any, ...]
    passed: int
    rules: int


def checked(words: Words, agency: str, quarter: str) -> Checked:
    """The checks of the version that counts: the accepted one, else the newest."""
    rows = findings_of(words, agency, quarter).itertuples(index=False)
    return _checked(words, in_order_of_weight(words, rows))


def each_checked(words: Words, agency: str) -> dict[str, Checked]:
    """The same for every quarter of an agency, at the cost of one."""
    rows: dict[str, list[Any]] = defaultdict(list)
    for row in words.snapshot.of("findings", agency=agency).itertuples(index=False):
        if row.rule not in FOR_ADMINS:
            rows[row.quarter].append(row)
    facts = words.snapshot.of("facts", agency=agency)
    accepted: dict[str, int] = {}
    for quarter, version in zip(facts["quarter"], facts["version"], strict=True):
        accepted[quarter] = max(accepted.get(quarter, 0), int(version))
    return {
        quarter: _checked(
            words, in_order_of_weight(words, _that_count(held, accepted.get(quarter)))
        )
        for quarter, held in {**{one: [] for one in accepted}, **rows}.items()
    }


def _that_count(rows: list[Any], version: int | None) -> list[Any]:
    """Those of the version that counts and those of closing, each finding once."""
    if version is None:
        own = [row.version for row in rows if not row.rule.startswith(AT_CLOSE)]
        version = max(own, default=0)
    held = {
        (row.rule, row.indicator, row.dimension): row
        for row in rows
        if row.rule.startswith(AT_CLOSE) or row.version == version
    }
    return list(held.values())


def _checked(words: Words, rows: list[Any]) -> Checked:
    rules = [one for one in words.snapshot.framework.rules if one.startswith(OF_SUBMISSIONS)]
    broken = {row.rule for row in rows}
    return Checked(tuple(rows), sum(one not in broken for one in rules), len(rules))
