"""Programme page: what this system can count of the road map's targets.

Which measure counts a target stands in ``include/reference/rollout.yaml``; here is what each measure
finds in a snapshot. What must not go here: wording, or a guess for a target without a measure.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from cpsa.calendar import AnyPeriod
from cpsa.documents.origin import Listed, Measure, Origin
from cpsa.documents.snapshot import Snapshot
from cpsa.reference import Measure as Counts
from cpsa.reference import Outcome, Per, Target

CLUSTER_FORM, CENTRE_FORM = "IA", "FC"
QUARTERS_A_YEAR = 4


@dataclass(frozen=True, slots=True)
class Count:
    """One target against its count; ``counted`` is None where nothing here counts it."""

    target: Target
    planned: int
    counted: int | None
    origin: Origin | None

    @property
    def reached(self) -> bool:
        return self.counted is not None and self.counted >= self.planned


def counts(snapshot: Snapshot, outcome: Outcome, period: AnyPeriod) -> tuple[Count, ...]:
    """The targets of an outcome; one due every so often is held to how often that is in the period."""
    found = []
    for target in outcome.targets:
        counted, origin = (
            (None, None)
            if target.counted_by is None
            else _counted(snapshot, target.counted_by, period)
        )
        times = _times(target.per, period)
        found.append(Count(target, target.count * times, counted, origin))
    return tuple(found)


def _times(per: Per, period: AnyPeriod) -> int:
    """How often something is due in a half-year or a year; once where it is due once for all."""
    quarters = len(period.quarters)
    return {
        Per.STAGE: 1,
        Per.QUARTER: quarters,
        Per.HALF_YEAR: max(1, quarters * 2 // QUARTERS_A_YEAR),
        Per.YEAR: 1,
    }[per]


def _counted(
    snapshot: Snapshot, measure: Counts, period: AnyPeriod
) -> tuple[int | None, Origin | None]:
    last = period.last_quarter.key
    scores = snapshot.scores
    match measure:
        case Counts.CLUSTERS:
            return _agencies(snapshot, scores[scores["quarter"] == last], CLUSTER_FORM)
        case Counts.CENTRES:
            return _agencies(snapshot, scores[scores["quarter"] == last], CENTRE_FORM)
        case Counts.CLUSTERS_ACCEPTED:
            within = snapshot.during("scores", period.quarters)
            return _agencies(snapshot, within[within["state"] == "accepted"], CLUSTER_FORM)
        case Counts.CLUSTERS_REGISTERED:
            registered = snapshot.registry.agencies
            left = (registered["active_to"] != "") & (registered["active_to"] < last)
            return int(((registered["form"] == CLUSTER_FORM) & ~left).sum()), None
        case Counts.QUARTERS_CLOSED:
            rows = _closed(snapshot, period)
            return len(rows), Listed("closings", tuple(rows.index))
        case Counts.YEARS_CLOSED:
            quarters = snapshot.closings.loc[snapshot.closings["quarter"] <= last, "quarter"]
            years = quarters.drop_duplicates().str[: len("2017-18")].value_counts()
            return int((years == QUARTERS_A_YEAR).sum()), None


def _agencies(snapshot: Snapshot, rows: pd.DataFrame, form: str) -> tuple[int, Origin]:
    of_form = {code for code, row in snapshot.agencies.items() if row["form"] == form}
    held = rows[rows["agency"].isin(of_form)]
    origin = Listed("scores", tuple(held.index), Measure.AGENCIES)
    return int(held["agency"].nunique()), origin


def _closed(snapshot: Snapshot, period: AnyPeriod) -> pd.DataFrame:
    """The first closing of each of the period's quarters."""
    rows = snapshot.during("closings", period.quarters)
    return rows.sort_values("version", kind="stable").drop_duplicates("quarter")
