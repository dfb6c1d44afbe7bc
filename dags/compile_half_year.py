"""# Compile a half-year

Builds the learning document and the policy-action compilation of every department; with a second
half-year also the year's final learning document, which is sent in the same pack.

- **Starts** when all quarters of the half-year are closed and its documents are missing or out of date
  (asset `cpsa_half_due`, from `publish_quarter` and `follow_store`); or by hand with the half-year as
  *Period* of the form or as partition key, such as `2026-27-H1`.
- **Leaves** documents below the home folder, and the asset `cpsa_compiled`. A run that finds nothing
  to do ends at once without starting anything: another run was faster.
- **Run again** by hand, it builds what is missing or has changed, and requests approval again.
- **A half-year or year** that began before the programme: the first page says which quarters are missing.
- **When it fails**: clear the task. `follow_store` starts it again after six hours.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import PartitionedAssetTimetable, dag, task
from airflow.sdk.exceptions import AirflowSkipException

from cpsa_airflow import follow_tasks, pools, run_form, task_defaults
from cpsa_airflow.assets import COMPILED, HALF_DUE
from cpsa_airflow.task_context import TaskReport, get_run_half, get_starter, open_task_context


@dag(
    schedule=PartitionedAssetTimetable(assets=HALF_DUE),
    doc_md=__doc__,
    tags=["cpsa", "documents"],
    max_active_runs=1,  # runs of one half-year are not merged: the second finds nothing left
    params=run_form.make_period_field(),
    default_args=task_defaults.TASK_DEFAULTS,
)
def compile_half_year() -> None:
    @task(
        task_display_name="Build the documents of the half-year",
        outlets=[COMPILED],
        pool=pools.DOCUMENTS,
        execution_timeout=task_defaults.LONG_TIMEOUT,
    )
    def build_documents(outlet_events: Any = None) -> TaskReport:
        from cpsa.services.dispatch.build_documents import build_documents
        from cpsa.services.publication.announce_periods import finish_announced
        from cpsa.services.publication.stale_periods import find_stale_periods

        context = open_task_context()
        half = get_run_half()
        if not get_starter() and half not in find_stale_periods(context.app, context.now).halves:
            finish_announced(context.app, half, context.now)
            raise AirflowSkipException(f"Nothing is left to do for {half.key}.")
        built = build_documents(context.app, half, context.now)
        follow_tasks.emit_partitions(COMPILED, [half.key], outlet_events)
        return built.as_json()

    build_documents()


compile_half_year()
