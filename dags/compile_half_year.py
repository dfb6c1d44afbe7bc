"""# Compile a half-year

Builds the learning document and the policy-action compilation of every department; with a second
half-year also the year's final learning document, which leaves in the same pack.

- **Starts** when both quarters of the half-year have been published.
- **Leaves** documents below the home folder, and the asset `cpsa_compiled`.
- **Run again**, it finds what is built and builds what is missing or has changed.
- **Of a year** that began before the programme did, there is no final document.
- **When it fails**: clear the task. When only one quarter was published again after a
  restatement, Airflow waits for the other one: start this DAG by hand with the half-year as
  partition key, such as `2026-27-H1`.
"""

from __future__ import annotations

from airflow.sdk import PartitionedAssetTimetable, RollupMapper, dag, task

from cpsa_airflow import defaults, pools
from cpsa_airflow.assets import COMPILED, PUBLISHED
from cpsa_airflow.context import Report, desk, run_half
from cpsa_airflow.partitions import HalfYearWindow, QuarterToHalf


@dag(
    schedule=PartitionedAssetTimetable(
        assets=PUBLISHED,
        default_partition_mapper=RollupMapper(
            upstream_mapper=QuarterToHalf(), window=HalfYearWindow()
        ),
    ),
    doc_md=__doc__,
    tags=["cpsa", "documents"],
    max_active_runs=2,
    default_args=defaults.TASKS,
)
def compile_half_year() -> None:
    @task(outlets=[COMPILED], pool=pools.DOCUMENTS, execution_timeout=defaults.LONG)
    def build_documents() -> Report:
        cycle, office, now, _ = desk()
        return cycle.build(office, run_half(), now).as_json()

    build_documents()


compile_half_year()
