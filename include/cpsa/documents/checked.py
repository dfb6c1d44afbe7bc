"""What the checks made of an update: how many found nothing, and what the others found."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from cpsa.documents.parts import findings_of, in_order_of_weight
from cpsa.documents.words import Words
from cpsa.submissions.open_finding import AT_CLOSING, is_for_agency, select_current

OF_SUBMISSIONS = ("S", "V", "Q")
"""Families of rules that every update is checked against."""


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
        if is_for_agency(row, words.snapshot.framework):
            rows[row.quarter].append(row)
    facts = words.snapshot.of("facts", agency=agency)
    accepted: dict[str, int] = {}
    for quarter, version in zip(facts["quarter"], facts["version"], strict=True):
        accepted[quarter] = max(accepted.get(quarter, 0), int(version))
    return {
        quarter: _checked(words, in_order_of_weight(words, _current(held, accepted.get(quarter))))
        for quarter, held in {**{one: [] for one in accepted}, **rows}.items()
    }


def _current(rows: list[Any], accepted: int | None) -> list[Any]:
    """Those of the accepted version, else of the newest, and those of closing, each once."""
    newest = max((int(row.version) for row in rows), default=AT_CLOSING)
    return select_current(rows, newest if accepted is None else accepted)


def _checked(words: Words, rows: list[Any]) -> Checked:
    rules = [
        one for one in words.snapshot.framework.rules_in_force if one.startswith(OF_SUBMISSIONS)
    ]
    broken = {row.rule for row in rows}
    return Checked(tuple(rows), sum(one not in broken for one in rules), len(rules))
