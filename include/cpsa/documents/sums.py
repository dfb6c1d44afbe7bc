"""A snapshot's roll-ups over a period; the sums themselves are ``score.rollups``'s."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache

import pandas as pd

from cpsa.calendar import Quarter
from cpsa.documents.snapshot import Snapshot
from cpsa.framework import TOTAL
from cpsa.score.rollups import Sum, Sums, by_agency, together

__all__ = ["NONE", "Sum", "Sums", "of_agencies", "of_state", "reporting_agencies"]

NONE = Sum()


def of_agencies(
    snapshot: Snapshot, last: Quarter, first: Quarter | None = None, only: tuple[str, ...] = ()
) -> dict[str, Sums]:
    """Sums by agency over its accepted quarters from first (the beginning) to last.

    ``only``: codes of the few indicators that are wanted, where not all are.
    """
    return _of_agencies(snapshot, first.key if first else "", last.key, only)


def of_state(
    snapshot: Snapshot, last: Quarter, first: Quarter | None = None, only: tuple[str, ...] = ()
) -> Sums:
    """The same over all agencies."""
    return together(of_agencies(snapshot, last, first, only).values())


def reporting_agencies(
    snapshot: Snapshot, last: Quarter, first: Quarter | None = None
) -> dict[str, int]:
    """How many agencies stand behind each indicator's total."""
    counts: dict[str, int] = defaultdict(int)
    for sums in of_agencies(snapshot, last, first).values():
        for (indicator, dimension), one in sums.items():
            if dimension == TOTAL and one.actual is not None:
                counts[indicator] += 1
    return counts


@lru_cache(maxsize=16)
def _of_agencies(
    snapshot: Snapshot, first: str, last: str, only: tuple[str, ...]
) -> dict[str, Sums]:
    accepted = _within(snapshot.scores, first, last)
    facts, targets = _rows(snapshot, only)
    return by_agency(
        snapshot.framework,
        _within(facts, first, last),
        _within(targets, first, last),
        accepted[accepted["state"] == "accepted"],
    )


@lru_cache(maxsize=4)
def _rows(snapshot: Snapshot, only: tuple[str, ...]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Facts and targets, of some indicators where some are named."""
    facts, targets = snapshot.facts, snapshot.registry.targets
    if not only:
        return facts, targets
    return facts[facts["indicator"].isin(only)], targets[targets["indicator"].isin(only)]


def _within(rows: pd.DataFrame, first: str, last: str) -> pd.DataFrame:
    return rows[(rows["quarter"] >= first) & (rows["quarter"] <= last)]
