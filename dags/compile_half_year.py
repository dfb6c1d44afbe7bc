"""# Compile a half-year

Builds the learning document and the policy-action compilation of every department; with a second
half-year also the year's final learning document, which leaves in the same pack.

- **Starts** when the store says that the half-year is whole and its documents are out of date
  (asset `cpsa_half_due`, from `publish_quarter` and `follow_store`); or by hand with the half-year as
  *Period* of the form or as partition key, such as `2026-27-H1`.
- **Leaves** documents below the home folder, and the asset `cpsa_compiled`. A run that finds nothing
  left to do ends at once and leaves nothing: another one was quicker.
- **Run again** by hand, it builds what is missing or has changed, and asks for approval again.
- **Of a half-year or year** that began before the programme did, the first page says which quarters it lacks.
- **When it fails**: clear the task. `follow_store` starts it again after six hours.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import PartitionedAssetTimetable, dag, task
from airflow.sdk.exceptions import AirflowSkipException

from cpsa_airflow import defaults, following, pools, run_form
from cpsa_airflow.assets import COMPILED, HALF_DUE
from cpsa_airflow.context import Report, desk, run_half, started_by


@dag(
    schedule=PartitionedAssetTimetable(assets=HALF_DUE),
    doc_md=__doc__,
    tags=["cpsa", "documents"],
    max_active_runs=1,  # runs of one half-year are not merged: the second finds nothing left
    params=run_form.period(),
    default_args=defaults.TASKS,
)
def compile_half_year() -> None:
    @task(outlets=[COMPILED], pool=pools.DOCUMENTS, execution_timeout=defaults.LONG)
    def build_documents(outlet_events: Any = None) -> Report:
        cycle, office, now, _ = desk()
        half = run_half()
        if not started_by() and half not in cycle.stale_periods(office, now).halves:
            cycle.finish_announced(office, half, now)
            raise AirflowSkipException(f"nothing is left to do for {half.key}")
        built = cycle.build(office, half, now)
        following.announce(COMPILED, [half.key], outlet_events)
        return built.as_json()

    build_documents()


compile_half_year()
