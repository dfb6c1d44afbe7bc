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


def of_agencies(snapshot: Snapshot, last: Quarter, first: Quarter | None = None) -> dict[str, Sums]:
    """Sums by agency over its accepted quarters from first (the beginning) to last."""
    return _of_agencies(snapshot, first.key if first else "", last.key)


def of_state(snapshot: Snapshot, last: Quarter, first: Quarter | None = None) -> Sums:
    """The same over all agencies."""
    return together(of_agencies(snapshot, last, first).values())


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
def _of_agencies(snapshot: Snapshot, first: str, last: str) -> dict[str, Sums]:
    accepted = _within(snapshot.scores, first, last)
    return by_agency(
        snapshot.framework,
        _within(snapshot.facts, first, last),
        _within(snapshot.registry.targets, first, last),
        accepted[accepted["state"] == "accepted"],
    )


def _within(rows: pd.DataFrame, first: str, last: str) -> pd.DataFrame:
    return rows[(rows["quarter"] >= first) & (rows["quarter"] <= last)]
