"""Programme page: what this system can count of the road map's targets.

Which measure counts a target is set in ``include/programme/reference/rollout.yaml``; here is what each measure
finds in a snapshot. What must not go here: wording, or a guess for a target without a measure.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from cpsa.calendar import AnyPeriod
from cpsa.documents import period_sums
from cpsa.figures import HUNDRED
from cpsa.provenance.origin import AmountKind, AmountOrigin, Origin, RowsMeasure, RowsOrigin
from cpsa.provenance.snapshot import Snapshot
from cpsa.reference.rollout_plan import (
    MEASURES_BY_REGISTRY,
    RolloutOutcome,
    RolloutTarget,
    TargetMeasure,
    TargetPeriod,
)
from cpsa.submissions.state import SubmissionState

QUARTERS_A_YEAR = 4


@dataclass(frozen=True, slots=True)
class TargetCount:
    """One target against its count; ``counted`` is None where nothing here counts it, or nobody reported it.

    ``unconfirmed``: whether the count has a figure that is to be confirmed.
    """

    target: RolloutTarget
    planned: int
    counted: int | None
    origin: Origin | None
    unconfirmed: bool = False

    @property
    def is_by_registry(self) -> bool:
        """Whether it is only registered, not reported or proven."""
        return self.target.counted_by in MEASURES_BY_REGISTRY

    @property
    def is_enough(self) -> bool:
        return self.counted is not None and self.counted >= self.planned

    @property
    def is_reached(self) -> bool:
        return self.is_enough and not self.is_by_registry


def count_targets(
    snapshot: Snapshot, outcome: RolloutOutcome, period: AnyPeriod
) -> tuple[TargetCount, ...]:
    """Count the targets of an outcome; a recurring one is multiplied by how often it is due."""
    found = []
    for target in outcome.targets:
        planned = target.count * _count_occurrences(target.per, period)
        if target.indicator is not None:
            found.append(_count_reported(snapshot, target, target.indicator, planned, period))
            continue
        counted, origin = (
            (None, None)
            if target.counted_by is None
            else _count_target(snapshot, target.counted_by, target.form or "", period)
        )
        found.append(TargetCount(target, planned, counted, origin))
    return tuple(found)


def _count_reported(
    snapshot: Snapshot, target: RolloutTarget, code: str, planned: int, period: AnyPeriod
) -> TargetCount:
    """What was reported: within the period where a target is due every so often, else to date."""
    first = None if target.per is TargetPeriod.STAGE else period.first_quarter
    figure = period_sums.sum_of_indicator(snapshot, code, period.last_quarter, first)
    if figure.actual is None:
        return TargetCount(target, planned, None, None)
    origin = AmountOrigin(
        AmountKind.ACTUAL,
        code,
        since=first.key if first else "",
        until=period.last_quarter.key,
    )
    return TargetCount(
        target, planned, figure.actual // HUNDRED, origin, unconfirmed=bool(figure.unconfirmed)
    )


def _count_occurrences(per: TargetPeriod, period: AnyPeriod) -> int:
    """How often something is due in a half-year or a year; once where it is due once for all."""
    quarters = len(period.quarters)
    return {
        TargetPeriod.STAGE: 1,
        TargetPeriod.QUARTER: quarters,
        TargetPeriod.HALF_YEAR: max(1, quarters * 2 // QUARTERS_A_YEAR),
        TargetPeriod.YEAR: 1,
    }[per]


def _count_target(
    snapshot: Snapshot, measure: TargetMeasure, form: str, period: AnyPeriod
) -> tuple[int | None, Origin | None]:
    last = period.last_quarter.key
    scores = snapshot.scores
    match measure:
        case TargetMeasure.CLUSTERS | TargetMeasure.CENTRES:
            return _count_agencies(snapshot, scores[scores["quarter"] == last], form)
        case TargetMeasure.CLUSTERS_ACCEPTED:
            within = snapshot.select_rows_in_quarters("scores", period.quarters)
            return _count_agencies(
                snapshot, within[within["state"] == SubmissionState.ACCEPTED], form
            )
        case TargetMeasure.CLUSTERS_REGISTERED:
            registered = snapshot.registry.agencies
            left = (registered["active_to"] != "") & (registered["active_to"] < last)
            return int(((registered["form"] == form) & ~left).sum()), None
        case TargetMeasure.QUARTERS_CLOSED:
            rows = _find_first_closings(snapshot, period)
            return len(rows), RowsOrigin("closings", tuple(rows.index))
        case TargetMeasure.QUARTERS_PUBLISHED:
            return _count_published(snapshot, period)
        case TargetMeasure.YEARS_CLOSED:
            quarters = snapshot.closings.loc[snapshot.closings["quarter"] <= last, "quarter"]
            years = quarters.drop_duplicates().str[: len("2017-18")].value_counts()
            return int((years == QUARTERS_A_YEAR).sum()), None


def _count_agencies(snapshot: Snapshot, rows: pd.DataFrame, form: str) -> tuple[int, Origin]:
    of_form = {code for code, row in snapshot.agencies.items() if row["form"] == form}
    form_rows = rows[rows["agency"].isin(of_form)]
    origin = RowsOrigin("scores", tuple(form_rows.index), RowsMeasure.AGENCIES)
    return int(form_rows["agency"].nunique()), origin


def _count_published(snapshot: Snapshot, period: AnyPeriod) -> tuple[int, Origin]:
    """The period's closed quarters that an online edition has, by the first that has each."""
    closed = set(snapshot.closings["quarter"])
    editions = snapshot.publications.sort_values("published_at", kind="stable")
    found = []
    for quarter in period.quarters:
        having = editions[editions["quarter"] >= quarter.key]
        if quarter.key in closed and len(having):
            found.append(having.index[0])
    return len(found), RowsOrigin("publications", tuple(found))


def _find_first_closings(snapshot: Snapshot, period: AnyPeriod) -> pd.DataFrame:
    """The first closing of each of the period's quarters."""
    rows = snapshot.select_rows_in_quarters("closings", period.quarters)
    return rows.sort_values("version", kind="stable").drop_duplicates("quarter")
