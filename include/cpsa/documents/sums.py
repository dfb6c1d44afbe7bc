"""A snapshot's roll-ups over a period; the sums themselves are ``score.rollups``'s."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache

from cpsa.calendar import Quarter
from cpsa.documents.snapshot import Snapshot
from cpsa.framework import TOTAL
from cpsa.score.rollups import Rollups, Sum, Sums, together

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
    return _of_state(snapshot, first.key if first else "", last.key, only)


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


# Snapshots are read only, and compared by identity: what was summed of one holds as long as it does.


@lru_cache(maxsize=2)
def _rollups(snapshot: Snapshot) -> Rollups:
    scores = snapshot.scores
    accepted = scores[scores["state"] == "accepted"]
    return Rollups.of(snapshot.framework, snapshot.facts, snapshot.registry.targets, accepted)


@lru_cache(maxsize=16)
def _of_agencies(
    snapshot: Snapshot, first: str, last: str, only: tuple[str, ...]
) -> dict[str, Sums]:
    return _rollups(snapshot).by_agency(first, last, only)


@lru_cache(maxsize=64)
def _of_state(snapshot: Snapshot, first: str, last: str, only: tuple[str, ...]) -> Sums:
    return together(_of_agencies(snapshot, first, last, only).values())
