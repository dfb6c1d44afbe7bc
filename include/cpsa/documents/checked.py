"""What the checks made of an update: how many found nothing, and what the others found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cpsa.documents.parts import findings_of, in_order_of_weight
from cpsa.documents.words import Words

OF_SUBMISSIONS = ("S", "V", "Q")
"""Families of rules that every update is checked against; the others look at all at closing."""


@dataclass(frozen=True)
class Checked:
    """``findings`` are the snapshot's rows, errors first; ``passed`` of ``rules`` found nothing."""

    findings: tuple[Any, ...]
    passed: int
    rules: int


def checked(words: Words, agency: str, quarter: str) -> Checked:
    """The checks of the version that counts: the accepted one, else the newest."""
    rows = tuple(in_order_of_weight(words, findings_of(words, agency, quarter)))
    rules = [one for one in words.snapshot.framework.rules if one.startswith(OF_SUBMISSIONS)]
    broken = {row.rule for row in rows}
    return Checked(rows, sum(one not in broken for one in rules), len(rules))
