"""# Publish a quarter

Builds the quarterly updates and the compilation for review, in both languages, and writes the
online edition as of the newest closed quarter.

- **Starts** when a quarter was closed.
- **Leaves** documents and `public` below the home folder, and the asset `cpsa_published`; if all
  quarters of the half-year are closed and its documents are out of date, also the asset `cpsa_half_due`.
- **Run again**, it builds only what is missing or has changed.
- **When it fails**: clear the task.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import PartitionedAssetTimetable, dag, task

from cpsa_airflow import follow_tasks, pools, task_defaults
from cpsa_airflow.assets import CLOSED, HALF_DUE, PUBLISHED
from cpsa_airflow.task_context import TaskReport, get_run_quarter, open_task_context


@dag(
    schedule=PartitionedAssetTimetable(assets=CLOSED),
    doc_md=__doc__,
    tags=["cpsa", "documents"],
    max_active_runs=2,
    default_args=task_defaults.TASK_DEFAULTS,
)
def publish_quarter() -> None:
    @task(
        task_display_name="Build the documents of the quarter",
        outlets=[PUBLISHED],
        pool=pools.DOCUMENTS,
        execution_timeout=task_defaults.LONG_TIMEOUT,
    )
    def build_documents() -> TaskReport:
        from cpsa.services.dispatch.build_documents import build_documents

        context = open_task_context()
        return build_documents(context.app, get_run_quarter(), context.now).as_json()

    @task(
        task_display_name="Write the online edition",
        pool=pools.DOCUMENTS,
        execution_timeout=task_defaults.LONG_TIMEOUT,
    )
    def publish_online() -> TaskReport:
        from cpsa.services.publication.publish_quarter import publish_quarter

        context = open_task_context()
        return publish_quarter(context.app, context.now).as_json()

    @task(task_display_name="Announce the half-year for compiling", outlets=[HALF_DUE])
    def announce_half(outlet_events: Any = None) -> TaskReport:
        from cpsa.services.publication.announce_periods import announce_periods, finish_announced
        from cpsa.services.publication.stale_periods import find_stale_periods

        context = open_task_context()
        finish_announced(context.app, get_run_quarter(), context.now)
        due = set(find_stale_periods(context.app, context.now).halves) & {get_run_quarter().half}
        keys = announce_periods(context.app, due, context.now)
        return follow_tasks.emit_partitions(HALF_DUE, keys, outlet_events)

    build_documents() >> publish_online() >> announce_half()


publish_quarter()
