"""# Publish a quarter

Builds the quarterly updates and the compilation for review, in both languages, and writes the
online edition as it stands with the newest closed quarter.

- **Starts** when a quarter was closed.
- **Leaves** documents and `public` below the home folder, and the asset `cpsa_published`; where the
  store says that its half-year is whole and stale, the asset `cpsa_half_due` for the half-year.
- **Run again**, it finds what is built and builds what is missing or has changed.
- **When it fails**: clear the task.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import PartitionedAssetTimetable, dag, task

from cpsa_airflow import defaults, following, pools
from cpsa_airflow.assets import CLOSED, HALF_DUE, PUBLISHED
from cpsa_airflow.context import Report, desk, run_quarter


@dag(
    schedule=PartitionedAssetTimetable(assets=CLOSED),
    doc_md=__doc__,
    tags=["cpsa", "documents"],
    max_active_runs=2,
    default_args=defaults.TASKS,
)
def publish_quarter() -> None:
    @task(outlets=[PUBLISHED], pool=pools.DOCUMENTS, execution_timeout=defaults.LONG)
    def build_documents() -> Report:
        cycle, office, now, _ = desk()
        return cycle.build(office, run_quarter(), now).as_json()

    @task(pool=pools.DOCUMENTS, execution_timeout=defaults.LONG)
    def publish_online() -> Report:
        cycle, office, now, _ = desk()
        return cycle.publish(office, now).as_json()

    @task(outlets=[HALF_DUE])
    def announce_half(outlet_events: Any = None) -> Report:
        cycle, office, now, _ = desk()
        cycle.finish_announced(office, run_quarter(), now)
        due = set(cycle.stale_periods(office, now).halves) & {run_quarter().half}
        keys = cycle.announce_periods(office, due, now)
        return following.announce(HALF_DUE, keys, outlet_events)

    build_documents() >> publish_online() >> announce_half()


publish_quarter()
