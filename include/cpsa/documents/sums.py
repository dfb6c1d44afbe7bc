"""A snapshot's roll-ups over a period; the sums themselves are ``score.rollups``'s."""

from __future__ import annotations

from functools import lru_cache

import pandas as pd

from cpsa.calendar import Quarter
from cpsa.documents.snapshot import Snapshot
from cpsa.score.rollups import Rollups, Sum, Sums, confirmed_only, together
from cpsa.submissions.state import SubmissionState

__all__ = ["NONE", "Sum", "Sums", "of_agencies", "of_state"]

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


def confirmed_of_agencies(
    snapshot: Snapshot, last: Quarter, first: Quarter | None = None
) -> dict[str, Sums]:
    """Sums by agency without the figures that are to be confirmed."""
    return _confirmed_of_agencies(snapshot, first.key if first else "", last.key)


def confirmed_of_state(snapshot: Snapshot, last: Quarter, first: Quarter | None = None) -> Sums:
    """The same over all agencies."""
    return together(confirmed_of_agencies(snapshot, last, first).values())


# Snapshots are read only, and compared by identity: what was summed of one holds as long as it does.


@lru_cache(maxsize=2)
def _rollups(snapshot: Snapshot) -> Rollups:
    targets = snapshot.registry.targets
    return Rollups.of(snapshot.framework, _facts(snapshot), targets, _accepted(snapshot))


@lru_cache(maxsize=2)
def _confirmed_rollups(snapshot: Snapshot) -> Rollups:
    framework = snapshot.framework
    confirmed = confirmed_only(framework, _facts(snapshot), snapshot.registry.targets)
    return Rollups.of(framework, *confirmed, _accepted(snapshot))


def _facts(snapshot: Snapshot) -> pd.DataFrame:
    doubtful = snapshot.facts.index.isin(snapshot.unconfirmed["figure"])
    return snapshot.facts.assign(unconfirmed=doubtful)


def _accepted(snapshot: Snapshot) -> pd.DataFrame:
    return snapshot.scores[snapshot.scores["state"] == SubmissionState.ACCEPTED]


@lru_cache(maxsize=16)
def _of_agencies(
    snapshot: Snapshot, first: str, last: str, only: tuple[str, ...]
) -> dict[str, Sums]:
    return _rollups(snapshot).by_agency(first, last, only)


@lru_cache(maxsize=16)
def _confirmed_of_agencies(snapshot: Snapshot, first: str, last: str) -> dict[str, Sums]:
    return _confirmed_rollups(snapshot).by_agency(first, last)


@lru_cache(maxsize=64)
def _of_state(snapshot: Snapshot, first: str, last: str, only: tuple[str, ...]) -> Sums:
    return together(_of_agencies(snapshot, first, last, only).values())
