"""What a snapshot holds, looked up once: accepted figures, targets, checks, weights, rows by label.

What must not go here: adding up (``resting``).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from cpsa.documents.checked import Checked, each_checked
from cpsa.documents.origin import Amount
from cpsa.documents.parts import present
from cpsa.documents.snapshot import Snapshot
from cpsa.documents.words import Words
from cpsa.framework import TOTAL, Indicator

ACCEPTED = "accepted"


class LookedUp:
    """Looks into one snapshot; keeps what it has found of an agency."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self._facts: dict[str, dict[tuple[str, str], list[Any]]] = {}
        self._checks: dict[str, dict[str, Checked]] = {}
        self._versions: dict[str, dict[str, list[tuple[int, datetime]]]] = {}

    @property
    def snapshot(self) -> Snapshot:
        return self.words.snapshot

    @property
    def accepted(self) -> dict[str, set[str]]:
        """The accepted quarters of each agency."""
        return _accepted(self.snapshot)

    @property
    def owed(self) -> dict[str, list[Any]]:
        """Each agency's quarters due with their states, oldest first."""
        return _owed(self.snapshot)

    @property
    def targets(self) -> dict[str, dict[str, dict[str, int]]]:
        """Targets by agency, indicator and quarter."""
        return _targets(self.snapshot)

    @property
    def weights(self) -> dict[str, dict[str, float]]:
        return _weights(self.snapshot)

    def facts(self, agency: str) -> dict[tuple[str, str], list[Any]]:
        """An agency's accepted figures by indicator and dimension, oldest first."""
        if agency not in self._facts:
            held: dict[tuple[str, str], list[Any]] = defaultdict(list)
            counted = self.accepted.get(agency, set())
            rows = self.snapshot.of("facts", agency=agency).sort_values("quarter", kind="stable")
            for row in rows.itertuples():
                if row.quarter in counted:
                    held[row.indicator, row.dimension].append(row)
            self._facts[agency] = dict(held)
        return self._facts[agency]

    def checks(self, agency: str) -> dict[str, Checked]:
        """What the checks made of an agency's updates, by quarter."""
        if agency not in self._checks:
            self._checks[agency] = each_checked(self.words, agency)
        return self._checks[agency]

    def versions(self, agency: str) -> dict[str, list[tuple[int, datetime]]]:
        """The versions in which an agency's accepted figures stand, by quarter, and their receipt."""
        if agency not in self._versions:
            held: dict[str, dict[int, datetime]] = defaultdict(dict)
            for rows in self.facts(agency).values():
                for row in rows:
                    held[row.quarter][int(row.version)] = row.received_at
            self._versions[agency] = {one: sorted(some.items()) for one, some in held.items()}
        return self._versions[agency]

    def actuals(self, of: Amount, agency: str) -> list[Any]:
        """The rows that make an agency's actual: of a stock only the latest."""
        held = self.facts(agency).get((of.indicator, of.dimension), [])
        rows = [row for row in held if of.since <= row.quarter <= of.until]
        if of.confirmed:
            rows = [row for row in rows if row.Index not in self.unconfirmed]
        return rows if self.indicator(of).is_flow else rows[-1:]

    @property
    def unconfirmed(self) -> frozenset[object]:
        """Labels of the figures that are to be confirmed."""
        return _unconfirmed(self.snapshot)

    def plans(self, of: Amount, agency: str) -> dict[str, int]:
        """An agency's targets of accepted quarters, by quarter."""
        if of.dimension != TOTAL or not self.indicator(of).targeted:
            return {}
        counted = self.accepted.get(agency, set())
        held = self.targets[agency][of.indicator] if agency in self.targets else {}
        return {
            quarter: held[quarter]
            for quarter in sorted(held)
            if quarter in counted and of.since <= quarter <= of.until
        }

    def aims(self, of: Amount, agency: str) -> dict[str, int]:
        """Those that a share is of: of a stock the one of its latest value's quarter."""
        plans = self.plans(of, agency)
        if not self.indicator(of).is_flow:
            latest = {row.quarter for row in self.actuals(of, agency)}
            return {quarter: value for quarter, value in plans.items() if quarter in latest}
        if of.confirmed:
            doubtful = self._doubtful_quarters(of, agency)
            return {quarter: value for quarter, value in plans.items() if quarter not in doubtful}
        return plans

    def _doubtful_quarters(self, of: Amount, agency: str) -> set[str]:
        """The quarters in which the figure, or the one it answers, is to be confirmed."""
        codes = filter(None, (of.indicator, self.indicator(of).rate_of))
        rows = [row for code in codes for row in self.facts(agency).get((code, TOTAL), ())]
        return {row.quarter for row in rows if row.Index in self.unconfirmed}

    def compared(self, of: Amount, agency: str, indicator: str = "") -> list[Any]:
        """The rows of the pairs that have a target: of the indicator, or of another one."""
        aims = self.aims(of, agency)
        if indicator:
            of = replace(of, indicator=indicator, confirmed=False)
        return [row for row in self.actuals(of, agency) if row.quarter in aims]

    def has_no_target(self, of: Amount, agency: str) -> bool:
        """Whether the agency gave a figure that no target is set for in the whole period."""
        return bool(self.actuals(of, agency)) and not self.plans(of, agency)

    def has_target_for_some(self, of: Amount, agency: str) -> bool:
        """Whether a target is set for some of its accepted quarters only."""
        quarters = {one for one in self.accepted.get(agency, ()) if of.since <= one <= of.until}
        return 0 < len(self.plans(of, agency)) < len(quarters)

    def agencies(self, of: Amount) -> tuple[str, ...]:
        """Whose figures an amount is made of."""
        if of.agency:
            return (of.agency,)
        form = self.indicator(of).form
        known = self.snapshot.agencies
        return tuple(
            code
            for code in dict.fromkeys((*known, *self.accepted))
            if code not in known or known[code]["form"] == form
        )

    def indicator(self, of: Amount) -> Indicator:
        return self.snapshot.framework.by_code[of.indicator]

    def labelled(self, frame: str) -> dict[object, Any]:
        """A frame's rows by their labels; actions by their numbers."""
        return _labelled(self.snapshot, frame)


# What is of all agencies is looked up once a snapshot: a country has thousands of documents.


@lru_cache(maxsize=4)
def _accepted(snapshot: Snapshot) -> dict[str, set[str]]:
    held: dict[str, set[str]] = defaultdict(set)
    rows = snapshot.scores
    rows = rows[rows["state"] == ACCEPTED]
    for agency, quarter in zip(rows["agency"], rows["quarter"], strict=True):
        held[agency].add(quarter)
    return held


@lru_cache(maxsize=4)
def _unconfirmed(snapshot: Snapshot) -> frozenset[object]:
    return frozenset(snapshot.unconfirmed["figure"])


@lru_cache(maxsize=4)
def _owed(snapshot: Snapshot) -> dict[str, list[Any]]:
    held: dict[str, list[Any]] = defaultdict(list)
    for row in snapshot.scores.sort_values("quarter").itertuples(index=False):
        due = getattr(row, "due", None)  # none in what version 1.0.0 closed: all counted
        if row.quarter >= snapshot.first_quarter and (not present(due) or due):
            held[row.agency].append(row)
    return held


@lru_cache(maxsize=4)
def _targets(snapshot: Snapshot) -> dict[str, dict[str, dict[str, int]]]:
    held: dict[str, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    rows = snapshot.registry.targets
    columns = (rows[name].tolist() for name in ("agency", "indicator", "quarter", "hundredths"))
    for agency, indicator, quarter, value in zip(*columns, strict=True):
        held[agency][indicator][quarter] = int(value)
    return held


@lru_cache(maxsize=4)
def _weights(snapshot: Snapshot) -> dict[str, dict[str, float]]:
    held: dict[str, dict[str, float]] = defaultdict(dict)
    for row in snapshot.registry.weights.itertuples(index=False):
        held[row.agency][row.indicator] = float(row.weight)
    return held


@lru_cache(maxsize=16)
def _labelled(snapshot: Snapshot, frame: str) -> dict[object, Any]:
    rows = getattr(snapshot, frame)
    labels = rows["number"] if frame == "actions" else rows.index
    return dict(zip(labels, rows.itertuples(index=False), strict=True))
