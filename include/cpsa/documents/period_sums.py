"""A snapshot's roll-ups over a period; ``scoring.rollups`` computes the sums."""

from __future__ import annotations

from functools import lru_cache

import pandas as pd

from cpsa.calendar import Quarter
from cpsa.framework.model import TOTAL
from cpsa.provenance.snapshot import Snapshot
from cpsa.scoring.rollups import Rollups, Sum, Sums, SumTable
from cpsa.submissions.state import SubmissionState

__all__ = ["NO_SUM", "Sum", "Sums", "sum_by_agency", "sum_of_indicator", "sum_of_state"]

NO_SUM = Sum()


def sum_by_agency(
    snapshot: Snapshot, last: Quarter, first: Quarter | None = None, only: tuple[str, ...] = ()
) -> SumTable:
    """Sums by agency over its accepted quarters from first (the beginning) to last.

    ``only``: codes of the few indicators that are wanted, where not all are.
    """
    return _sum_by_agency(snapshot, first.key if first else "", last.key, only)


def sum_of_state(
    snapshot: Snapshot, last: Quarter, first: Quarter | None = None, only: tuple[str, ...] = ()
) -> Sums:
    """The same over all agencies."""
    return _sum_of_state(snapshot, first.key if first else "", last.key, only)


def sum_of_indicator(
    snapshot: Snapshot,
    code: str,
    last: Quarter,
    first: Quarter | None = None,
    *,
    confirmed: bool = False,
) -> Sum:
    """The total of one indicator over all agencies of its form, also of a form that is not scored.

    ``confirmed``: without the figures that are to be confirmed. No sum where the framework does not have it.
    """
    indicator = snapshot.framework.by_code.get(code)
    if indicator is None:
        return NO_SUM
    if snapshot.framework.is_scored(indicator.form):
        sums = (sum_confirmed_of_state if confirmed else sum_of_state)(snapshot, last, first)
    else:
        period = first.key if first else "", last.key
        rollups = _make_unscored_rollups(snapshot)
        sums = rollups.by_agency(*period, confirmed=confirmed).add_up()
    return sums.get((code, TOTAL), NO_SUM)


def sum_confirmed_by_agency(
    snapshot: Snapshot, last: Quarter, first: Quarter | None = None
) -> SumTable:
    """Sums by agency without the figures that are to be confirmed."""
    return _sum_confirmed_by_agency(snapshot, first.key if first else "", last.key)


def sum_confirmed_of_state(snapshot: Snapshot, last: Quarter, first: Quarter | None = None) -> Sums:
    """The same over all agencies."""
    return sum_confirmed_by_agency(snapshot, last, first).add_up()


# Snapshots are read only, and compared by identity: its sums are kept as long as it is.


@lru_cache(maxsize=2)
def _make_rollups(snapshot: Snapshot) -> Rollups:
    targets = snapshot.registry.targets
    return Rollups.from_frames(
        snapshot.framework, _mark_unconfirmed(snapshot), targets, _select_accepted(snapshot)
    )


@lru_cache(maxsize=2)
def _make_unscored_rollups(snapshot: Snapshot) -> Rollups:
    """Of the agencies that have no scores, which have no targets either."""
    facts = _mark_unconfirmed(snapshot)
    facts = facts[facts["agency"].isin(snapshot.unscored_agencies)]
    accepted = facts[["agency", "quarter"]].astype(object).drop_duplicates()
    return Rollups.from_frames(
        snapshot.framework, facts, snapshot.registry.targets.iloc[:0], accepted
    )


def _mark_unconfirmed(snapshot: Snapshot) -> pd.DataFrame:
    doubtful = snapshot.facts.index.isin(snapshot.unconfirmed["figure"])
    return snapshot.facts.assign(unconfirmed=doubtful)


def _select_accepted(snapshot: Snapshot) -> pd.DataFrame:
    return snapshot.scores[snapshot.scores["state"] == SubmissionState.ACCEPTED]


@lru_cache(maxsize=16)
def _sum_by_agency(snapshot: Snapshot, first: str, last: str, only: tuple[str, ...]) -> SumTable:
    return _make_rollups(snapshot).by_agency(first, last, only)


@lru_cache(maxsize=16)
def _sum_confirmed_by_agency(snapshot: Snapshot, first: str, last: str) -> SumTable:
    return _make_rollups(snapshot).by_agency(first, last, confirmed=True)


@lru_cache(maxsize=64)
def _sum_of_state(snapshot: Snapshot, first: str, last: str, only: tuple[str, ...]) -> Sums:
    return _sum_by_agency(snapshot, first, last, only).add_up()
