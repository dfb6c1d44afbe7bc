"""When a run must have done its work: by the day that the calendar gives to its period.

Airflow's own references know when a run was queued; ours takes the day from the period. Who is
notified, and how, is in ``ops_alerts``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from airflow.sdk import DeadlineAlert, SyncCallback  # type: ignore[attr-defined]
from airflow.sdk.definitions.deadline import BaseDeadlineReference

from cpsa.calendar import HalfYear, is_half_key, is_quarter_key
from cpsa.calendar import Quarter as QuarterOf
from cpsa_airflow import ops_alerts


@dataclass(eq=False)
class PeriodDue(BaseDeadlineReference):
    """Some hours after the quarter of a run is to be closed, or its half-year is to be sent.

    None for a run that starts later than that: an old quarter that is replayed is never late.
    """

    hours: float = 0
    required_kwargs: ClassVar[set[str]] = {"dag_id", "run_id"}

    def serialize_reference(self) -> dict[str, Any]:
        return {**super().serialize_reference(), "hours": self.hours}

    @classmethod
    def deserialize_reference(cls, reference_data: dict[str, Any]) -> PeriodDue:
        return cls(reference_data["hours"])

    def _evaluate_with(self, *, session: Any, dag_id: str, run_id: str) -> datetime | None:
        from airflow.models import DagRun
        from sqlalchemy import select

        conditions = DagRun.dag_id == dag_id, DagRun.run_id == run_id
        run = session.execute(select(DagRun.partition_key, DagRun.conf).where(*conditions)).first()
        grace, now = timedelta(hours=self.hours), datetime.now(UTC)
        if run is not None and not run.partition_key and (run.conf or {}).get("period"):
            return now + grace  # started for its period when that was due
        return compute_deadline((run and run.partition_key) or "", grace, now)


def compute_deadline(key: str, grace: timedelta, now: datetime) -> datetime | None:
    """The instant by which a run for a period must be done; none if it has passed, or for no period."""
    if is_quarter_key(key):
        day = QuarterOf.parse(key).closes_at
    elif is_half_key(key):
        day = HalfYear.parse(key).dispatch_at
    else:
        return None  # the run's task says that it is for no period
    deadline = day + grace
    return deadline.astimezone(UTC) if deadline > now else None


def make_alert(hours: float) -> DeadlineAlert:
    """An alert to ops when a run is not done so many hours after its period's day."""
    return DeadlineAlert(
        reference=PeriodDue(hours),
        interval=timedelta(0),
        callback=SyncCallback(ops_alerts.tell_ops_it_is_late),
        name="not done by its day",
    )
