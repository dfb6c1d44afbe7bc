"""When a run must have done its work: by the day that the calendar gives to its period.

Airflow's own references know when a run was queued; ours asks the period what was promised. Who is
told, and how, is in ``watching``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from airflow.sdk import DeadlineAlert, SyncCallback
from airflow.sdk.definitions.deadline import BaseDeadlineReference

from cpsa.calendar import HalfYear, is_half_key, is_quarter_key
from cpsa.calendar import Quarter as QuarterOf
from cpsa_airflow import watching


@dataclass(eq=False)
class PeriodDue(BaseDeadlineReference):
    """Some hours after the quarter of a run is to be closed, or its half-year is to leave.

    None for a run that starts later than that: an old quarter that is replayed is late for nobody.
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

        of_run = DagRun.dag_id == dag_id, DagRun.run_id == run_id
        run = session.execute(select(DagRun.partition_key, DagRun.conf).where(*of_run)).first()
        grace, now = timedelta(hours=self.hours), datetime.now(UTC)
        if run is not None and not run.partition_key and (run.conf or {}).get("period"):
            return now + grace  # started for its period when that was due
        return due((run and run.partition_key) or "", grace, now)


def due(key: str, grace: timedelta, now: datetime) -> datetime | None:
    """The instant by which a run for a period must be done; none if it has passed, or for no period."""
    if is_quarter_key(key):
        promised = QuarterOf.parse(key).closes_at
    elif is_half_key(key):
        promised = HalfYear.parse(key).dispatch_at
    else:
        return None  # the run's task says that it is for no period
    late = promised + grace
    return late.astimezone(UTC) if late > now else None


def alert(hours: float) -> DeadlineAlert:
    """Ops are told when a run is not done so many hours after its period's day."""
    return DeadlineAlert(
        reference=PeriodDue(hours),
        interval=timedelta(0),
        callback=SyncCallback(watching.tell_ops_it_is_late),
        name="not done by its day",
    )
