"""An index of a snapshot, made once: accepted figures, targets, checks, weights, rows by label.

What must not go here: adding up (``derivation``).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from cpsa.framework.model import TOTAL, Indicator
from cpsa.provenance.check_summary import CheckSummary, summarise_checks_by_quarter
from cpsa.provenance.origin import AmountOrigin
from cpsa.provenance.snapshot import Snapshot, has_value
from cpsa.submissions.state import SubmissionState


class SnapshotIndex:
    """The index of one snapshot; keeps what it has found of an agency."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._facts: dict[str, dict[tuple[str, str], list[Any]]] = {}
        self._checks: dict[str, dict[str, CheckSummary]] = {}
        self._versions: dict[str, dict[str, list[tuple[int, datetime]]]] = {}

    @property
    def accepted(self) -> dict[str, set[str]]:
        """The accepted quarters of each agency."""
        return _index_accepted(self.snapshot)

    @property
    def quarters_due(self) -> dict[str, list[Any]]:
        """Each agency's quarters due with their states, oldest first."""
        return _index_quarters_due(self.snapshot)

    @property
    def targets(self) -> dict[str, dict[str, dict[str, int]]]:
        """Targets by agency, indicator and quarter."""
        return _index_targets(self.snapshot)

    @property
    def weights(self) -> dict[str, dict[str, float]]:
        return _index_weights(self.snapshot)

    def facts(self, agency: str) -> dict[tuple[str, str], list[Any]]:
        """An agency's accepted figures by indicator and dimension, oldest first."""
        if agency not in self._facts:
            rows_by_figure: dict[tuple[str, str], list[Any]] = defaultdict(list)
            accepted_quarters = self.accepted.get(agency, set())
            rows = self.snapshot.select_rows("facts", agency=agency).sort_values(
                "quarter", kind="stable"
            )
            for row in rows.itertuples():
                if row.quarter in accepted_quarters:
                    rows_by_figure[row.indicator, row.dimension].append(row)
            self._facts[agency] = dict(rows_by_figure)
        return self._facts[agency]

    def checks(self, agency: str) -> dict[str, CheckSummary]:
        """What the checks made of an agency's updates, by quarter."""
        if agency not in self._checks:
            self._checks[agency] = summarise_checks_by_quarter(self.snapshot, agency)
        return self._checks[agency]

    def versions(self, agency: str) -> dict[str, list[tuple[int, datetime]]]:
        """The versions of an agency's accepted figures, by quarter, and when they were received."""
        if agency not in self._versions:
            receipts: dict[str, dict[int, datetime]] = defaultdict(dict)
            for rows in self.facts(agency).values():
                for row in rows:
                    receipts[row.quarter][int(row.version)] = row.received_at
            self._versions[agency] = {
                quarter: sorted(received_by_version.items())
                for quarter, received_by_version in receipts.items()
            }
        return self._versions[agency]

    def list_actuals(self, origin: AmountOrigin, agency: str) -> list[Any]:
        """The rows that make an agency's actual: of a stock only the latest."""
        candidates = self.facts(agency).get((origin.indicator, origin.dimension), [])
        rows = [row for row in candidates if origin.since <= row.quarter <= origin.until]
        if origin.confirmed:
            rows = [row for row in rows if row.Index not in self.unconfirmed]
        return rows if self.indicator(origin).is_flow else rows[-1:]

    @property
    def unconfirmed(self) -> frozenset[object]:
        """Labels of the figures that are to be confirmed."""
        return _list_unconfirmed(self.snapshot)

    def list_targets(self, origin: AmountOrigin, agency: str) -> dict[str, int]:
        """An agency's targets of accepted quarters, by quarter."""
        if origin.dimension != TOTAL or not self.indicator(origin).targeted:
            return {}
        accepted_quarters = self.accepted.get(agency, set())
        targets = self.targets[agency][origin.indicator] if agency in self.targets else {}
        return {
            quarter: targets[quarter]
            for quarter in sorted(targets)
            if quarter in accepted_quarters and origin.since <= quarter <= origin.until
        }

    def list_share_targets(self, origin: AmountOrigin, agency: str) -> dict[str, int]:
        """The targets that a share is of: of a stock the one of its latest value's quarter."""
        targets = self.list_targets(origin, agency)
        if not self.indicator(origin).is_flow:
            latest = {row.quarter for row in self.list_actuals(origin, agency)}
            return {quarter: value for quarter, value in targets.items() if quarter in latest}
        if origin.confirmed:
            doubtful = self._list_doubtful_quarters(origin, agency)
            return {quarter: value for quarter, value in targets.items() if quarter not in doubtful}
        return targets

    def _list_doubtful_quarters(self, origin: AmountOrigin, agency: str) -> set[str]:
        """The quarters in which the figure, or the one it answers, is to be confirmed."""
        codes = filter(None, (origin.indicator, self.indicator(origin).rate_of))
        rows = [row for code in codes for row in self.facts(agency).get((code, TOTAL), ())]
        return {row.quarter for row in rows if row.Index in self.unconfirmed}

    def list_compared_rows(
        self, origin: AmountOrigin, agency: str, indicator: str = ""
    ) -> list[Any]:
        """The rows of the pairs that have a target: of the indicator, or of another one."""
        targets = self.list_share_targets(origin, agency)
        if indicator:
            origin = replace(origin, indicator=indicator, confirmed=False)
        return [row for row in self.list_actuals(origin, agency) if row.quarter in targets]

    def has_no_target(self, origin: AmountOrigin, agency: str) -> bool:
        """Whether the agency gave a figure that no target is set for in the whole period."""
        return bool(self.list_actuals(origin, agency)) and not self.list_targets(origin, agency)

    def has_target_for_some(self, origin: AmountOrigin, agency: str) -> bool:
        """Whether a target is set for some of its accepted quarters only."""
        quarters = {
            quarter
            for quarter in self.accepted.get(agency, ())
            if origin.since <= quarter <= origin.until
        }
        return 0 < len(self.list_targets(origin, agency)) < len(quarters)

    def agencies(self, origin: AmountOrigin) -> tuple[str, ...]:
        """The agencies whose figures make up an amount."""
        if origin.agency:
            return (origin.agency,)
        form = self.indicator(origin).form
        known = self.snapshot.agencies
        return tuple(
            code
            for code in dict.fromkeys((*known, *self.accepted))
            if code not in known or known[code]["form"] == form
        )

    def indicator(self, origin: AmountOrigin) -> Indicator:
        return self.snapshot.framework.by_code[origin.indicator]

    def rows_by_label(self, frame: str) -> dict[object, Any]:
        """A frame's rows by their labels; actions by their numbers."""
        return _index_by_label(self.snapshot, frame)


# What is of all agencies is looked up once a snapshot: a country has thousands of documents.


@lru_cache(maxsize=4)
def _index_accepted(snapshot: Snapshot) -> dict[str, set[str]]:
    quarters_by_agency: dict[str, set[str]] = defaultdict(set)
    rows = snapshot.scores
    rows = rows[rows["state"] == SubmissionState.ACCEPTED]
    scored = zip(rows["agency"], rows["quarter"], strict=True)
    for agency, quarter in (*scored, *snapshot.accepted_unscored):
        quarters_by_agency[agency].add(quarter)
    return quarters_by_agency


@lru_cache(maxsize=4)
def _list_unconfirmed(snapshot: Snapshot) -> frozenset[object]:
    return frozenset(snapshot.unconfirmed["figure"])


@lru_cache(maxsize=4)
def _index_quarters_due(snapshot: Snapshot) -> dict[str, list[Any]]:
    rows_by_agency: dict[str, list[Any]] = defaultdict(list)
    for row in snapshot.scores.sort_values("quarter").itertuples(index=False):
        due = getattr(row, "due", None)  # none in what version 1.0.0 closed: all counted
        if row.quarter >= snapshot.first_quarter and (not has_value(due) or due):
            rows_by_agency[row.agency].append(row)
    return rows_by_agency


@lru_cache(maxsize=4)
def _index_targets(snapshot: Snapshot) -> dict[str, dict[str, dict[str, int]]]:
    targets: dict[str, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    rows = snapshot.registry.targets
    columns = (rows[name].tolist() for name in ("agency", "indicator", "quarter", "hundredths"))
    for agency, indicator, quarter, value in zip(*columns, strict=True):
        targets[agency][indicator][quarter] = int(value)
    return targets


@lru_cache(maxsize=4)
def _index_weights(snapshot: Snapshot) -> dict[str, dict[str, float]]:
    weights: dict[str, dict[str, float]] = defaultdict(dict)
    for row in snapshot.registry.weights.itertuples(index=False):
        weights[row.agency][row.indicator] = float(row.weight)
    return weights


@lru_cache(maxsize=16)
def _index_by_label(snapshot: Snapshot, frame: str) -> dict[object, Any]:
    rows = getattr(snapshot, frame)
    labels = rows["number"] if frame == "actions" else rows.index
    return dict(zip(labels, rows.itertuples(index=False), strict=True))
